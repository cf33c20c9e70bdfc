//! Messages and state (wire.md 3 and 4).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{IdError, MemberId, MessageId};
use crate::message::Message;
use crate::signature::Signature;
use crate::topic::{TopicError, TopicId};

fn default_type() -> String {
    "chat.text".to_owned()
}

/// Posts a message.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct PostMessage {
    /// Type of the message; in the topic `state`, the path.
    #[serde(rename = "type", default = "default_type")]
    pub kind: String,
    /// The head of the topic, null for its first message.
    #[serde(default)]
    pub prev_hash: Option<String>,
    /// Standard base64.
    pub data: String,
    /// The message's id.
    pub message_hash: String,
    /// Ed25519 over the 33 bytes of the id, standard base64.
    pub signature: String,
    /// In a space with a policy: the ciphertext beside the signed part, standard base64 (spec/protocol.md).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
}

impl From<&Message> for PostMessage {
    /// A message without a payload.
    fn from(message: &Message) -> Self {
        Self {
            kind: message.kind.clone(),
            prev_hash: message.prev_hash.map(|hash| hash.to_string()),
            data: message.data.clone(),
            message_hash: message.message_hash.to_string(),
            signature: message.signature.to_string(),
            payload: None,
        }
    }
}

/// A message was stored.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct MessageCreated {
    /// The message's id.
    pub message_hash: String,
    /// Unix milliseconds, strictly increasing in the topic.
    pub server_timestamp: i64,
    /// In a space with a policy: the number of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
}

/// A message, with exactly these eight keys.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct MessageBody {
    /// The message's id.
    pub message_hash: String,
    /// The topic.
    pub topic_id: String,
    /// Type of the message; in the topic `state`, the path.
    #[serde(rename = "type")]
    pub kind: String,
    /// The message before it, null for the first.
    pub prev_hash: Option<String>,
    /// Standard base64.
    pub data: String,
    /// Id of the member that signed it.
    pub sender: String,
    /// Ed25519 over the 33 bytes of the id, standard base64.
    pub signature: String,
    /// Unix milliseconds.
    pub server_timestamp: i64,
}

/// A page of messages.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct MessagePage {
    /// In the order asked for.
    pub messages: Vec<MessageBody>,
    /// Whether the range holds more.
    pub has_more: bool,
}

/// A served message has a field that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageBodyError {
    /// An id.
    #[error("{field}: {error}")]
    Id {
        /// Which field.
        field: &'static str,
        /// The problem with the id.
        error: IdError,
    },
    /// The signature.
    #[error("signature: {0}")]
    Signature(#[from] crate::encoding::EncodingError),
    /// The topic.
    #[error("topic_id: {0}")]
    Topic(#[from] TopicError),
}

impl TryFrom<MessageBody> for Message {
    type Error = MessageBodyError;

    fn try_from(body: MessageBody) -> Result<Self, MessageBodyError> {
        let id = |field, text: &str| {
            MessageId::parse(text).map_err(|error| MessageBodyError::Id { field, error })
        };
        Ok(Self {
            message_hash: id("message_hash", &body.message_hash)?,
            topic_id: TopicId::parse(&body.topic_id)?,
            prev_hash: body
                .prev_hash
                .map(|text| id("prev_hash", &text))
                .transpose()?,
            sender: MemberId::parse(&body.sender).map_err(|error| MessageBodyError::Id {
                field: "sender",
                error,
            })?,
            signature: Signature::parse(&body.signature)?,
            kind: body.kind,
            data: body.data,
            server_timestamp: body.server_timestamp,
        })
    }
}
