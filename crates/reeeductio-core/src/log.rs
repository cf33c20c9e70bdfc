//! Verification of the log of a space with a policy (`spec/protocol.md`, "What a client believes").
//!
//! Everything that happens in such a space is a leaf of a tree, which the server signs. A [`Log`] decides what of a server's answers
//! is believed. It does no I/O and has no clock. A question fixes what its answer will be compared with: anything learned while the
//! answer is on its way is not held against it. Each step takes the one before it by value:
//!
//! ```text
//! LogQuestion --link--> LinkedLog --prove--> Step<ProvenLog> --judge--> Judged       messages of a topic
//!                                                            --extend--> Judged      messages of the state
//! Log::ask_checkpoint --take_checkpoint--> Step<SignedCheckpoint>
//! Log::ask_seen --take_seen--> records, or suspicions
//! ```
//!
//! `link` computes every leaf, so that nothing of the topic can be left out, added or moved. `prove` checks that the newest leaf is in the
//! tree of a signed checkpoint, and, by a [`ConsistencyQuestion`] to the server, that this tree is the known one, grown. `judge` looks at each
//! message alone: its sender's rights and epoch at the message of `state` that the leaf names, its lane, its payload. A bad message never
//! hides the good ones.
//!
//! Messages that came over a stream are an answer to [`Log::ask_after`] too: the client asks for the proof of the newest one.
//!
//! A space without a policy has no log: [`replica`](crate::replica) is for it.

mod checkpoints;
mod consistency;
mod cursor;
mod entry;
mod error;
mod evidence;
mod extend;
mod in_force;
mod judge;
mod lanes;
mod message;
mod open;
mod page;
mod prove;
mod read;
mod reason;
mod record;
mod remember;
mod restore;
mod revisions;
mod seen;
mod topics;
mod waiting;

use reeeductio_proto::{Checkpoint, MessageId, SpaceId, TopicId};

pub use checkpoints::{Asked, SignedCheckpoint};
pub use consistency::{Agreement, ConsistencyQuestion};
pub use cursor::Cursor;
pub use entry::{Inclusion, LogAnswer, LogEntry, Tail};
pub use error::LogError;
pub use evidence::{Evidence, EvidenceError, SplitView};
pub use in_force::InForce;
pub use lanes::{LANES_OF_MEMBER, LaneTail};
pub use message::{LogItem, LogMessage, Payload};
pub use open::{EpochKeys, Opened, Shown};
pub use page::{LinkedLog, LogQuestion, PAGE};
pub use prove::{ProvenLog, Step, Unsettled};
pub use read::Judged;
pub use reason::{LogRefused, Reason};
pub use record::LogRecord;
pub use restore::{Restore, Restored};
pub use revisions::{Revisions, Standing, Withheld};
pub use seen::{Clarified, SeenQuestion, SeenVerdict, Sighting, Suspicion};
pub use waiting::Waiting;

use crate::chain::StateChain;
use crate::sealed::Seen;
use checkpoints::Checkpoints;
use page::Place;
use seen::Sightings;
use topics::Topics;

/// A client's knowledge of the log of a space. All of it is bounded, but for 48 bytes of each message of the state and, once a restored server
/// has lost a part of the state, a second copy of it.
#[derive(Clone, Debug)]
pub struct Log {
    space: SpaceId,
    checkpoints: Checkpoints,
    /// The leaf of each message of the topic `state`, by its place.
    state: Vec<Tail>,
    topics: Topics,
    /// Events that were judged: all before this number.
    judged_to: u64,
    /// State that a restored server has lost, and that stays in force.
    in_force: Option<InForce>,
    revisions: Revisions,
    sightings: Sightings,
}

impl Log {
    /// Makes the log of a space of which nothing is known.
    pub fn new(space: SpaceId) -> Self {
        Self {
            space,
            checkpoints: Checkpoints::default(),
            state: Vec::new(),
            topics: Topics::default(),
            judged_to: 0,
            in_force: None,
            revisions: Revisions::default(),
            sightings: Sightings::default(),
        }
    }

    /// Returns the newest checkpoint that belongs to the history of the space.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoints.newest()
    }

    /// Returns the newest checkpoint with its note; `None` before the first one, also of a restored server.
    pub fn signed_checkpoint(&self) -> Option<&SignedCheckpoint> {
        self.checkpoints.signed()
    }

    /// Returns the record of the newest checkpoint, to be kept after [`take_checkpoint`](Self::take_checkpoint).
    pub fn checkpoint_record(&self) -> Option<LogRecord> {
        let signed = self.signed_checkpoint()?.clone();
        Some(LogRecord::Checkpoint(Box::new(signed)))
    }

    fn incarnation(&self) -> Option<[u8; 8]> {
        self.checkpoint().map(|newest| newest.origin.incarnation())
    }

    /// Refuses what was proven before a restore that was accepted since.
    fn check_still(&self, incarnation: Option<[u8; 8]>) -> Result<(), LogError> {
        match incarnation {
            Some(_) if incarnation != self.incarnation() => Err(LogError::Stale),
            _ => Ok(()),
        }
    }

    /// Refuses what was judged before a restore that was accepted since.
    pub fn check_judged(&self, judged: &Judged) -> Result<(), LogError> {
        self.check_still(judged.changes.incarnation)
    }

    /// Returns the newest message of a topic up to which it was followed.
    pub fn tail(&self, topic: &TopicId) -> Option<Tail> {
        if topic.is_state() {
            return self.state.last().copied();
        }
        self.topics.get(topic).map(|known| known.tail)
    }

    /// Returns edits and deletes as far as they were read.
    pub fn revisions(&self) -> &Revisions {
        &self.revisions
    }

    /// Begins to read the messages after the newest one that is known of a topic, or from the first one on.
    pub fn ask_after(&self, topic: &TopicId, limit: usize) -> LogQuestion {
        let tail = self.tail(topic);
        self.ask(topic, limit, Place::After(tail))
    }

    /// Begins to read the messages of `state` that follow those in the chain.
    pub fn ask_state(&self, state: &StateChain, limit: usize) -> LogQuestion {
        let known = self.state.len().min(state.len());
        let tail = known.checked_sub(1).and_then(|place| self.state.get(place));
        LogQuestion {
            state_place: known,
            ..self.ask(&TopicId::state(), limit, Place::After(tail.copied()))
        }
    }

    /// Begins to read a topic backwards, from its newest message on. A topic of which nothing is known is followed from there on.
    pub fn ask_newest(&self, topic: &TopicId, limit: usize) -> LogQuestion {
        let tail = self.tail(topic);
        self.ask(topic, limit, Place::Newest(tail))
    }

    /// Returns whether a restore that was accepted since has cut off the place of a cursor: begin again from the newest message.
    pub fn is_cut_off(&self, cursor: &Cursor) -> bool {
        let (oldest, restores) = cursor.place();
        oldest > self.survived_since(restores)
    }

    /// Goes on reading a topic backwards; `None` at its beginning.
    pub fn ask_before(&self, topic: &TopicId, cursor: Cursor, limit: usize) -> Option<LogQuestion> {
        if cursor.is_at_start() {
            return None;
        }
        Some(self.ask(topic, limit, Place::Before(Box::new(cursor))))
    }

    /// Begins to read one message. Whether others of its topic were left out, and whether its lane is whole, does not show.
    pub fn ask_message(&self, topic: &TopicId, id: MessageId) -> LogQuestion {
        self.ask(topic, 1, Place::One(id))
    }

    fn ask(&self, topic: &TopicId, limit: usize, place: Place) -> LogQuestion {
        LogQuestion {
            space: self.space,
            topic: topic.clone(),
            limit: limit.clamp(1, PAGE),
            place,
            asked: self.checkpoints.asked(),
            state_place: 0,
            settings: None,
        }
    }

    /// Begins to ask the server for its newest checkpoint.
    pub fn ask_checkpoint(&self) -> Asked {
        self.checkpoints.asked()
    }

    /// Takes a signed checkpoint: the server's answer, or one that another member gave, for which `asked` is the default. One that does not
    /// agree with the known one is [`LogError::SplitView`], with evidence.
    pub fn take_checkpoint(
        &mut self,
        state: &StateChain,
        note: &str,
        asked: Asked,
    ) -> Result<Step<SignedCheckpoint>, LogError> {
        let server = state.view().settings().server.as_ref();
        let server = server.ok_or(LogError::NoKey("server"))?;
        let signed = SignedCheckpoint::verify(self.space, server, note)?;
        self.offer(signed.clone(), signed, asked, None)
    }

    /// Returns the newest checkpoint for an own message to name as seen, with the record of its note: whoever was shown another history
    /// can be convinced by it. `None` if the server has signed none yet.
    pub fn name_seen(&mut self) -> Option<(Seen, LogRecord)> {
        let signed = self.checkpoints.signed()?.clone();
        let checkpoint = signed.checkpoint();
        let seen = Seen {
            incarnation: checkpoint.origin.incarnation(),
            size: checkpoint.size,
            root: checkpoint.root,
        };
        self.checkpoints.name(signed.clone());
        Some((seen, LogRecord::Named(Box::new(signed))))
    }

    /// Returns the signed checkpoint of a size, if an own message named it or it is the newest one.
    pub fn kept_checkpoint(&self, size: u64) -> Option<&SignedCheckpoint> {
        // A restored server may have had the size before.
        { self.checkpoints.kept() }
            .filter(|signed| signed.checkpoint().size == size)
            .last()
    }

    /// The place of the newest message of `state` before an event.
    fn state_before(&self, number: u64) -> Option<usize> {
        let before = self.state.partition_point(|tail| tail.number < number);
        before.checked_sub(1)
    }

    /// Counts of what is remembered: topics, lanes, sightings, and [`Revisions::remembered`].
    pub fn remembered(&self) -> [usize; 6] {
        let [messages, changed, missing] = self.revisions.remembered();
        [
            self.topics.len(),
            self.topics.lanes(),
            self.sightings.len(),
            messages,
            changed,
            missing,
        ]
    }
}

#[cfg(test)]
mod tests;
