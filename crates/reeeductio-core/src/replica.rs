//! A client's knowledge of a space, and the one place that decides what it believes.
//!
//! A [`Replica`] does no I/O and has no clock. For each read it makes a question, which fixes what the answer will be compared with:
//! anything learned while the answer is on its way is not held against it. The answer goes through the question's steps, each of
//! which takes the one before it by value, so none can be left out or done in another order:
//!
//! ```text
//! PageQuestion --link--> LinkedAnswer --compare--> ComparedAnswer --judge--> Judged<Vec<Item>>
//! DataQuestion --judge--> Judged<DataEntry>
//! ```
//!
//! A [`Judged`] value comes together with the records that must be kept before it is used.

mod answer;
mod batch;
mod bodies;
mod clock;
mod data;
mod gap;
mod memory;
mod message;
mod page;
mod range;

use reeeductio_proto::{ChainId, DataPath, MessageId, Position, SpaceId};

pub use answer::{ComparedAnswer, LinkedAnswer};
pub use batch::{Batch, Judged};
pub use clock::ServerClock;
pub use data::DataQuestion;
pub use gap::Gap;
pub use memory::Known;
pub use message::MessageQuestion;
pub use page::{NotLinked, PageQuestion};
pub use range::Range;

use crate::chain::{StateChain, VerifiedMessage};
use bodies::Bodies;
use data::SignedTimes;
use memory::Memory;

/// Milliseconds for which a reading of the state counts.
const FRESH: i64 = 60_000;
/// Messages of the state that are read anew rather than kept in a snapshot.
const SNAPSHOT_AFTER: usize = 64;

/// A client's knowledge of a space: its state, and what the server has shown before.
#[derive(Debug)]
pub struct Replica {
    space: SpaceId,
    state: StateChain,
    /// A time, by the server's clock, up to which the state was read.
    state_read_to: Option<i64>,
    /// Time of the last reading of the state, by the local clock, milliseconds.
    state_read_at: Option<i64>,
    /// Messages of the state in the snapshot that was kept last.
    in_snapshot: usize,
    /// The newest time in any answer that was judged.
    latest: Option<i64>,
    memory: Memory,
    bodies: Bodies,
    signed_times: SignedTimes,
}

impl Replica {
    /// Makes the replica of a space of which nothing is known.
    pub fn new(space: SpaceId) -> Self {
        Self {
            space,
            state: StateChain::new(space),
            state_read_to: None,
            state_read_at: None,
            in_snapshot: 0,
            latest: None,
            memory: Memory::default(),
            bodies: Bodies::default(),
            signed_times: SignedTimes::default(),
        }
    }

    /// Returns the id of the space.
    pub fn space(&self) -> SpaceId {
        self.space
    }

    /// Returns the state as far as it was read.
    pub fn state(&self) -> &StateChain {
        &self.state
    }

    /// Returns the state as far as it was read, to be extended.
    pub fn state_mut(&mut self) -> &mut StateChain {
        &mut self.state
    }

    /// Returns what was seen of a chain since the replica was made, as far as it is remembered.
    pub fn known(&self, chain: &ChainId) -> Known {
        self.memory.known(chain)
    }

    /// Goes on from a state that was read before, if none was read yet.
    pub fn resume(&mut self, state: StateChain) {
        if self.state.head().is_none() {
            self.in_snapshot = state.len();
            self.state = state;
        }
    }

    /// Returns the state as bytes to be kept, if it has grown enough since it was kept last: by an eighth, so that keeping it
    /// costs little however long it is.
    pub fn snapshot_due(&mut self) -> Option<(Position, Vec<u8>)> {
        let (length, kept) = (self.state.len(), self.in_snapshot);
        if length < kept + SNAPSHOT_AFTER.max(kept / 8) {
            return None;
        }
        self.in_snapshot = length;
        Some((self.state.head()?, self.state.snapshot()))
    }

    /// Returns whether the state was read up to a time, Unix milliseconds.
    ///
    /// A reading counts for a minute of the local clock `elapsed` (milliseconds), which is never set: the times of messages are the
    /// server's word, and one in the far future would otherwise make every reading the last.
    pub fn has_state_of(&self, time: i64, elapsed: i64) -> bool {
        self.has_recent_state(elapsed) && self.state_read_to.is_some_and(|read_to| time <= read_to)
    }

    /// Returns whether a pushed message can be judged without reading the state: the state comes over the stream as well, unless
    /// the server withholds it. So it is read once in a minute, and for messages that are dated much later than the last reading.
    pub fn has_state_of_pushed(&self, time: i64, elapsed: i64) -> bool {
        let read_to = self
            .state_read_to
            .map(|read_to| read_to.saturating_add(FRESH));
        self.has_recent_state(elapsed) && read_to.is_some_and(|read_to| time <= read_to)
    }

    fn has_recent_state(&self, elapsed: i64) -> bool {
        let age = self
            .state_read_at
            .map(|read_at| elapsed.saturating_sub(read_at));
        age.is_some_and(|age| age <= FRESH)
    }

    /// Returns the newest time that the server has shown, Unix milliseconds. A state that is read to its end after this was called is
    /// complete up to then.
    pub fn latest(&self) -> Option<i64> {
        self.latest
    }

    /// Takes note that the state was read to its end, by requests that were sent after the server had shown `time`.
    /// `elapsed` is the local clock when the first of them was sent.
    pub fn read_state_to(&mut self, time: Option<i64>, elapsed: i64) {
        self.state_read_at = Some(elapsed);
        let head = self.state.head().map(|head| head.timestamp);
        self.state_read_to = self.state_read_to.max(time).max(head);
    }

    /// Remembers what was judged, for as long as the replica lives.
    pub fn remember(&mut self, batch: &Batch) {
        self.memory.remember(batch);
        for (path, time) in &batch.signed_times {
            self.signed_times.see(path, *time);
        }
        for message in &batch.messages {
            if message.topic_id.is_state() {
                self.bodies.keep(message.clone());
            }
        }
        let newest = batch
            .messages
            .iter()
            .map(|message| message.server_timestamp);
        self.latest = self.latest.max(newest.max());
    }

    /// Returns an entry of the state that had authority, if its content is at hand.
    pub fn entry(&self, id: &MessageId) -> Option<VerifiedMessage> {
        let message = self.bodies.get(id)?;
        self.state.authorize_state(message).ok()?;
        Some(VerifiedMessage::new(message.clone()))
    }

    /// Keeps the content of an entry at hand.
    pub fn keep_entry(&mut self, entry: &VerifiedMessage) {
        self.bodies.keep(entry.shared());
    }

    /// Begins to read a data entry. `stored` is the newest signed time that the local store knows for the path.
    pub fn ask_data(&mut self, path: &DataPath, stored: Option<i64>) -> DataQuestion {
        if let Some(stored) = stored {
            self.signed_times.see(path, stored);
        }
        DataQuestion::new(self.space, path.clone(), self.signed_times.newest(path))
    }

    /// Returns the time to sign a data entry with, Unix milliseconds: `now` by the server's clock, or later if an entry of that
    /// time was seen at the path. `stored` is the newest signed time that the local store knows for it.
    pub fn next_signed_time(&self, path: &DataPath, now: i64, stored: Option<i64>) -> i64 {
        let seen = self.signed_times.newest(path).max(stored);
        seen.map_or(now, |seen| now.max(seen.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identity;

    #[test]
    fn a_reading_of_the_state_counts_for_a_minute_whatever_time_the_server_has_shown() {
        let mut replica = Replica::new(Identity::from_seed(&[1; 32]).space_id());
        assert!(!replica.has_state_of(0, 0) && !replica.has_state_of_pushed(0, 0));
        replica.read_state_to(Some(1_000_000), 500);
        assert!(replica.has_state_of(1_000_000, 500));
        assert!(!replica.has_state_of(1_000_001, 500));
        assert!(replica.has_state_of_pushed(1_060_000, 500));
        assert!(!replica.has_state_of_pushed(1_060_001, 500));
        // The server shows the far future.
        replica.read_state_to(Some(i64::MAX), 500);
        assert!(replica.has_state_of(i64::MAX, 60_500));
        assert!(!replica.has_state_of(0, 60_501) && !replica.has_state_of_pushed(0, 60_501));
    }
}
