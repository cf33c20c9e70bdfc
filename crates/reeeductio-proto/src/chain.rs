//! Chains, places in them, and the order of everything that happens in a space.

use std::sync::Arc;

use crate::data_entry::DataEntry;
use crate::id::{MemberId, MessageId};
use crate::message::Message;
use crate::path::DataPath;
use crate::topic::TopicId;

/// Names a chain of messages: a topic, or a lane inside it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ChainId {
    /// The topic.
    pub topic: TopicId,
    /// `None` in a base space, where all writers of a topic share one chain.
    pub lane: Option<Lane>,
}

/// One installation's own chain inside a topic.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Lane {
    /// The only member who writes it.
    pub member: MemberId,
    /// Random, made with the local store of the installation.
    pub id: [u8; 8],
}

impl ChainId {
    /// The one chain that all writers of a topic share.
    pub fn shared(topic: TopicId) -> Self {
        Self { topic, lane: None }
    }

    /// The chain of the topic `state`.
    pub fn state() -> Self {
        Self::shared(TopicId::state())
    }
}

/// A message's place in its chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// The message's id.
    pub hash: MessageId,
    /// Its `server_timestamp`, Unix milliseconds.
    pub timestamp: i64,
}

impl From<&Message> for Position {
    fn from(message: &Message) -> Self {
        Self {
            hash: message.message_hash,
            timestamp: message.server_timestamp,
        }
    }
}

/// A place in the order of everything that happens in a space: after a message, and after some of the changes of
/// data that followed it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EventPosition {
    /// Number of the newest message before or at the place. The first message is 1; there are no gaps.
    pub message: u64,
    /// Number of the newest change of data since that message, 0 before the first. A change that a later one of the
    /// same path replaced leaves a gap.
    pub change: u64,
}

/// Something durable that happened in a space.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// Where in the order it is.
    pub position: EventPosition,
    /// The change.
    pub what: Change,
}

/// A durable change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// A message was appended.
    Message(Arc<Message>),
    /// A data entry was stored.
    Data(Arc<DataEntry>),
    /// A data entry was removed.
    DataRemoved(Arc<RemovedData>),
}

/// A data entry that was removed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RemovedData {
    /// Its path.
    pub path: DataPath,
    /// When it was signed, Unix milliseconds. The next entry at the path is signed later.
    pub signed_at: i64,
    /// The member that had signed it.
    pub signed_by: MemberId,
}

impl Event {
    /// An appended message, the `number`th of its space.
    pub fn of_message(number: u64, message: Arc<Message>) -> Self {
        Self {
            position: EventPosition {
                message: number,
                change: 0,
            },
            what: Change::Message(message),
        }
    }

    /// The message that was appended, `None` for any other change.
    pub fn message(&self) -> Option<&Arc<Message>> {
        match &self.what {
            Change::Message(message) => Some(message),
            Change::Data(_) | Change::DataRemoved(_) => None,
        }
    }

    /// Bytes of its content: those of `data`.
    pub fn bytes(&self) -> usize {
        match &self.what {
            Change::Message(message) => message.data.len(),
            Change::Data(entry) => entry.data.len(),
            Change::DataRemoved(_) => 0,
        }
    }
}
