//! Chains, places in them, and the order of everything that happens in a space.

use std::sync::Arc;

use crate::id::{MemberId, MessageId};
use crate::message::Message;
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

/// Something durable that happened in a space.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// Starts at 1, without gaps, in commit order.
    pub number: u64,
    /// The change.
    pub what: Change,
}

/// A durable change.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// A message was appended.
    Message(Arc<Message>),
}

impl Event {
    /// The message that was appended, `None` for any other change.
    pub fn message(&self) -> Option<&Arc<Message>> {
        let Change::Message(message) = &self.what;
        Some(message)
    }
}
