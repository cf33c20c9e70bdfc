//! Records of a log for a client's store, so that it goes on from there.

use reeeductio_proto::{Checkpoint, Lane, TopicId};

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
    /// The history was restored (none): topics and lanes after `survived` are forgotten.
    Restored {
        /// The beginning of the new history: the survived tree, under the name of the new incarnation.
        survived: Box<Checkpoint>,
        /// The place of the newest message of `state` that was in force before.
        in_force: Option<usize>,
    },
}
