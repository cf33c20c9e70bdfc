//! Messages on their way out (wire.md 3.2 and 3.4).

use std::fmt;

use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{
    MemberId, Message, MessageId, Signature, SpaceId, TopicId, encoding, message_hash,
};

use crate::identity::Identity;

/// A message without its place in the chain. A conflict does not undo it: sign it again behind the new
/// head.
#[derive(Clone)]
pub struct Draft {
    space: SpaceId,
    topic: TopicId,
    kind: String,
    data: String,
}

impl Draft {
    /// A message of these bytes; seal them first unless the server may read them.
    pub fn new(space: SpaceId, topic: TopicId, kind: impl Into<String>, data: &[u8]) -> Self {
        Self {
            space,
            topic,
            kind: kind.into(),
            data: encoding::encode(data),
        }
    }

    /// The topic.
    pub fn topic(&self) -> &TopicId {
        &self.topic
    }

    /// Puts the message behind `prev_hash`, `None` for the first of its topic, and signs it.
    pub fn sign(&self, identity: &Identity, prev_hash: Option<MessageId>) -> NewMessage {
        let sender = identity.member_id();
        let hash = message_hash(
            &self.space,
            &self.topic,
            &self.kind,
            prev_hash.as_ref(),
            &self.data,
            &sender,
        );
        NewMessage(Message {
            message_hash: hash,
            topic_id: self.topic.clone(),
            kind: self.kind.clone(),
            prev_hash,
            data: self.data.clone(),
            sender,
            signature: identity.sign(&hash.to_bytes()),
            server_timestamp: 0,
        })
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("topic", &self.topic)
            .field("kind", &self.kind)
            .field("characters", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// A signed message that the server has not seen.
#[derive(Clone, Debug)]
pub struct NewMessage(Message);

impl NewMessage {
    /// The id.
    pub fn message_hash(&self) -> MessageId {
        self.0.message_hash
    }

    /// The message it follows.
    pub fn prev_hash(&self) -> Option<MessageId> {
        self.0.prev_hash
    }

    /// Who signed it.
    pub fn sender(&self) -> MemberId {
        self.0.sender
    }

    /// The signature.
    pub fn signature(&self) -> Signature {
        self.0.signature
    }

    /// The body to post.
    pub fn to_body(&self) -> PostMessage {
        PostMessage {
            kind: self.0.kind.clone(),
            prev_hash: self.0.prev_hash.map(|hash| hash.to_string()),
            data: self.0.data.clone(),
            message_hash: self.0.message_hash.to_string(),
            signature: self.0.signature.to_string(),
        }
    }

    /// The message as it is served once the server has stamped it.
    pub fn stamped(self, server_timestamp: i64) -> Message {
        Message {
            server_timestamp,
            ..self.0
        }
    }
}
