//! The server's frames on a stream of signals (spec/stream.md).

use reeeductio_proto::api::InboxItemBody;
use reeeductio_proto::{MemberId, Signature, Subject, TopicId, encoding};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::ClientError;

/// A frame of the server. Nothing of it is verified.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Frame {
    Hello {
        checkpoint: Option<String>,
    },
    Subscribed,
    Ping,
    Checkpoint {
        checkpoint: String,
    },
    Signal(SignalFrame),
    Roster(RosterPage),
    Inbox(InboxFrame),
    Joined {
        member: MemberId,
    },
    Left {
        member: MemberId,
    },
    Error(Refusal),
    /// Not known to this release, and ignored.
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
pub(super) struct SignalFrame {
    pub(super) subject: Subject,
    pub(super) to: Option<MemberId>,
    pub(super) sender: MemberId,
    session: String,
    pub(super) counter: u64,
    sealed: String,
    pub(super) signature: Signature,
    pub(super) at: i64,
}

/// An item that was left in the own inbox, or that there are some.
#[derive(Debug, Deserialize)]
pub(super) struct InboxFrame {
    /// `None` also if it is no item by its fields: the inbox is read then.
    #[serde(flatten)]
    pub(super) item: Option<InboxItemBody>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RosterPage {
    pub(super) page: u64,
    pub(super) members: Vec<MemberId>,
    #[serde(default)]
    pub(super) more: bool,
    pub(super) count: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
    pub(super) counter: Option<u64>,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Debug, Deserialize)]
struct Details {
    retry_after: Option<u64>,
}

/// A message that was stored, of which only that it is there counts.
#[derive(Debug, Deserialize)]
pub(super) struct Stored {
    #[expect(dead_code, reason = "a message is told by this field")]
    message_hash: IgnoredAny,
    pub(super) topic_id: TopicId,
    pub(super) server_timestamp: i64,
}

/// A text frame.
#[derive(Debug)]
pub(super) enum Told {
    Frame(Box<Frame>),
    /// A message was stored.
    Stored(Stored),
    /// `pong`, in answer to a bare `ping`.
    Pong,
}

impl Told {
    pub(super) fn read(text: &str) -> Result<Self, ClientError> {
        if text == "pong" {
            return Ok(Self::Pong);
        }
        if let Ok(stored) = serde_json::from_str(text) {
            return Ok(Self::Stored(stored));
        }
        serde_json::from_str(text)
            .map(|frame| Self::Frame(Box::new(frame)))
            .map_err(|error| ClientError::answer("frame", error))
    }
}

impl SignalFrame {
    pub(super) fn session(&self) -> Result<[u8; 16], ClientError> {
        encoding::decode_array(&self.session).map_err(|error| ClientError::answer("session", error))
    }

    pub(super) fn sealed(&self) -> Result<Vec<u8>, ClientError> {
        encoding::decode(&self.sealed).map_err(|error| ClientError::answer("sealed", error))
    }
}

impl Refusal {
    pub(super) fn retry_after(&self) -> Option<u64> {
        self.details.as_ref()?.retry_after
    }
}
