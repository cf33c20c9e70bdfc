//! Records of a log for a client's store, so that it goes on from there.

use reeeductio_proto::{Checkpoint, Lane, MessageId, TopicId};

use super::checkpoints::SignedCheckpoint;
use super::entry::Tail;
use super::lanes::LaneTail;
use super::seen::Sighting;

/// A fact about the log of a space, to be kept durably: a client goes on from its records with [`Log::apply`](super::Log::apply).
///
/// Of records with the same key (in brackets) the last one counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LogRecord {
    /// The newest checkpoint.
    Checkpoint(Box<SignedCheckpoint>),
    /// A checkpoint that a message of this client names (size). The newest 64 are kept.
    Named(Box<SignedCheckpoint>),
    /// The newest message of a topic (topic).
    Topic {
        /// The topic.
        topic: TopicId,
        /// Its newest leaf.
        tail: Tail,
        /// Whether it was read from its first message on.
        is_whole: bool,
    },
    /// The newest entry of a lane (topic, lane).
    Lane {
        /// The topic.
        topic: TopicId,
        /// The lane.
        lane: Lane,
        /// Its newest entry.
        tail: LaneTail,
    },
    /// A message of the topic `state` (place). Later places of earlier records count no more.
    State {
        /// Its place in the chain, from 0.
        place: usize,
        /// Its leaf.
        tail: Tail,
    },
    /// The checkpoint that the newest message of a lane names as seen (topic, lane).
    Seen(Box<Sighting>),
    /// Messages of a topic that are not their senders', and over which lanes go on (topic). The newest few, by the numbers of their
    /// events.
    Passed {
        /// The topic.
        topic: TopicId,
        /// Numbers and ids, ascending.
        messages: Vec<(u64, MessageId)>,
    },
    /// The server was restored (number): what came after the survived events is forgotten. It goes before all others when records of an
    /// earlier run are taken in.
    Restored {
        /// Which one of those that were accepted, from 1.
        number: u32,
        /// The incarnation that ended.
        before: [u8; 8],
        /// Events of it that survived.
        survived: u64,
        /// The beginning of the new history, under the name of its incarnation: the survived tree, or the known one if that is smaller.
        begins: Box<Checkpoint>,
    },
}
