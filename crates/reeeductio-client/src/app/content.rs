//! Messages of a channel, as a program sees them.

use std::fmt;

use reeeductio_core::app::{CHANNEL_MESSAGE, ChannelContent, Form};
use reeeductio_core::log::{Opened, Shown};
use reeeductio_proto::{MemberId, MessageId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::channel::Channel;
use crate::error::ClientError;
use crate::policy_space::{NewMessage, TopicMessage};

/// How often a message is read again that others change at the same time.
const READINGS: usize = 4;

/// The subject of messages whose program names none.
pub const DEFAULT_SUBJECT: &str = "default";

/// A message for a channel.
#[derive(Clone, Eq, PartialEq)]
pub struct NewPost {
    content: ChannelContent,
    client_id: Option<[u8; 16]>,
    expires: Option<u64>,
}

/// A message of a channel.
#[derive(Clone, Eq, PartialEq)]
pub struct ChannelMessage {
    /// Names the message in the channel, also after an edit: the server's time, Unix milliseconds.
    pub handle: i64,
    /// The id of the message as it was posted.
    pub id: MessageId,
    /// The user that signed it.
    pub sender: MemberId,
    /// Number of the epoch that it was posted under; 0 if the message says none.
    pub epoch: u32,
    /// How often it was edited.
    pub revision: u32,
    /// When it expires, Unix milliseconds.
    pub expires: Option<u64>,
    /// The id that its sender gave the draft.
    pub client_id: [u8; 16],
    /// The content, as it was posted or last edited.
    pub content: ChannelContent,
}

/// A message of a channel that cannot be shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnreadableMessage {
    /// Its handle; `None` if the message has none that can be believed.
    pub handle: Option<i64>,
    /// The member that signed it, if that is certain.
    pub sender: Option<MemberId>,
    /// The stable code of the reason. `key.missing` may pass: the message comes again when the key has come.
    pub reason: String,
}

impl NewPost {
    /// A value as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, ClientError> {
        let payload = serde_json::to_vec(value);
        let payload = payload.map_err(|error| ClientError::argument("payload", error))?;
        Ok(Self::of(Form::Json, "application/json", payload))
    }

    /// Bytes.
    pub fn bytes(content_type: &str, payload: Vec<u8>) -> Self {
        Self::of(Form::Bytes, content_type, payload)
    }

    fn of(form: Form, content_type: &str, payload: Vec<u8>) -> Self {
        Self {
            content: ChannelContent {
                subject: DEFAULT_SUBJECT.to_owned(),
                content_type: content_type.to_owned(),
                form,
                payload: payload.into(),
            },
            client_id: None,
            expires: None,
        }
    }

    /// Under a subject of the channel: at most 128 bytes. It is sealed with the message.
    #[must_use]
    pub fn with_subject(mut self, subject: &str) -> Self {
        subject.clone_into(&mut self.content.subject);
        self
    }

    /// With another word for the payload: at most 128 bytes.
    #[must_use]
    pub fn with_content_type(mut self, content_type: &str) -> Self {
        content_type.clone_into(&mut self.content.content_type);
        self
    }

    /// Names the draft: one that is posted again with the same id is not posted twice, whatever its payload.
    #[must_use]
    pub fn with_client_id(mut self, client_id: [u8; 16]) -> Self {
        self.client_id = Some(client_id);
        self
    }

    /// Has the server remove the payload at a time, Unix milliseconds.
    #[must_use]
    pub fn expiring(mut self, at: u64) -> Self {
        self.expires = Some(at);
        self
    }

    /// The bytes to seal.
    pub(super) fn body(&self) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        Ok(self.content.to_bytes()?)
    }

    /// The message of the topic.
    pub(super) fn message(&self) -> Result<NewMessage, ClientError> {
        let body = self.body()?;
        Ok(NewMessage {
            content_type: CHANNEL_MESSAGE.to_owned(),
            body,
            client_id: self.client_id,
            expires: self.expires,
        })
    }
}

impl ChannelMessage {
    /// Reads the payload as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.content.payload)
            .map_err(|error| ClientError::argument("payload", error))
    }

    /// The payload.
    pub fn payload(&self) -> &Zeroizing<Vec<u8>> {
        &self.content.payload
    }
}

/// The outcome of reading a message.
pub(super) enum Readable {
    Message(Box<ChannelMessage>),
    /// It was deleted, or its time has come.
    Gone,
    /// A change that was not read yet has replaced its content, or the server withholds it.
    Behind,
    Unreadable(UnreadableMessage),
}

impl Channel {
    /// Reads a message that changes no other; again, if it was changed meanwhile.
    pub(super) async fn read(&self, message: &TopicMessage) -> Result<Readable, ClientError> {
        let mut readable = read(message);
        for reading in 0..READINGS {
            if !matches!(readable, Readable::Behind) {
                break;
            }
            if reading > 0 {
                // Of several changes the server names the last one, which counts once those before it are known.
                self.topic().history().next_page().await?;
            }
            let again = self.topic().read_item(&message.position.hash).await?;
            readable = again.message().map_or(Readable::Gone, read);
        }
        Ok(readable)
    }
}

/// Reads what a topic shows of a message that changes no other.
pub(super) fn read(message: &TopicMessage) -> Readable {
    let (opened, revision) = match &message.shown {
        Shown::Posted(content) => (Ok(content), 0),
        Shown::Edited {
            content, revision, ..
        } => match &**content {
            Opened::Content(content) => (Ok(content), *revision),
            Opened::KeyMissing { .. } => (Err("key.missing"), *revision),
            Opened::Unreadable(_) => (Err("client.open"), *revision),
            Opened::Gone(_) | Opened::Plain => return Readable::Behind,
        },
        Shown::Deleted { .. } | Shown::Expired => return Readable::Gone,
        Shown::Missing => return Readable::Behind,
        Shown::KeyMissing { .. } => (Err("key.missing"), 0),
        Shown::Unreadable(_) => (Err("client.open"), 0),
    };
    let unreadable = |reason: &str| {
        Readable::Unreadable(UnreadableMessage {
            handle: Some(message.position.timestamp),
            sender: Some(message.sender),
            reason: reason.to_owned(),
        })
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(reason) => return unreadable(reason),
    };
    if opened.content_type != CHANNEL_MESSAGE {
        return unreadable("format.unknown");
    }
    match ChannelContent::parse(&opened.body) {
        Err(_) => unreadable("format.malformed"),
        Ok(content) => Readable::Message(Box::new(ChannelMessage {
            handle: message.position.timestamp,
            id: message.position.hash,
            sender: message.sender,
            epoch: message.epoch.unwrap_or_default(),
            revision,
            expires: message.expires,
            client_id: opened.client_id,
            content,
        })),
    }
}

impl fmt::Debug for NewPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPost")
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ChannelMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelMessage")
            .field("handle", &self.handle)
            .field("sender", &self.sender)
            .field("revision", &self.revision)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}
