//! Reading a topic backwards, from its newest message on.

use std::collections::HashMap;

use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{Lane, MessageId};

use super::entry::{Linked, Tail};
use super::lanes::Unreadable;
use super::reason::Reason;

/// Lanes whose links are checked while a topic is read backwards.
const LANES: usize = 65_536;

/// Where a reader that goes backwards has come to.
#[derive(Clone, Debug)]
pub struct Cursor {
    previous: TreeHash,
    oldest: Tail,
    /// Expected predecessor of the oldest message that was read of each lane.
    lanes: HashMap<Lane, Expected>,
    unreadable: Unreadable,
    /// Restores that were accepted when it began.
    restores: u32,
}

#[derive(Clone, Copy, Debug)]
struct Expected {
    /// The message before; `None` if there is none.
    prev_hash: Option<MessageId>,
    /// The place of the authority that the oldest message names.
    authority: Option<usize>,
}

impl Cursor {
    pub(super) fn new(newest: &Linked, restores: u32) -> Self {
        Self {
            previous: newest.leaf,
            oldest: newest.tail(),
            lanes: HashMap::new(),
            unreadable: Unreadable::default(),
            restores,
        }
    }

    /// Leaf that comes before what was read.
    pub(super) fn previous(&self) -> TreeHash {
        self.previous
    }

    /// Returns whether the topic was read to its first message.
    pub fn is_at_start(&self) -> bool {
        self.previous == [0; 32]
    }

    /// Time of the oldest message that was read, Unix milliseconds.
    pub fn timestamp(&self) -> i64 {
        self.oldest.timestamp
    }

    /// Returns whether what was read is after a message.
    pub(super) fn is_after(&self, message: Tail) -> bool {
        message.number < self.oldest.number && message.timestamp < self.oldest.timestamp
    }

    /// Goes back to before a message.
    pub(super) fn go_before(&mut self, entry: &Linked) {
        self.previous = entry.previous;
        self.oldest = entry.tail();
    }

    /// Checks that a message is the one before in its lane: of two that do not fit, the one that is read later is refused.
    pub(super) fn check(&self, entry: &Linked, authority: Option<usize>) -> Result<(), Reason> {
        let Some(expected) = self.lanes.get(&entry.lane) else {
            return Ok(());
        };
        match expected.prev_hash {
            Some(hash) if hash == entry.id() && authority > expected.authority => {
                Err(Reason::AuthorityOlder)
            }
            Some(hash) if hash == entry.id() => Ok(()),
            prev_hash if self.unreadable.holds(prev_hash) => Ok(()),
            _ => Err(Reason::LaneLink),
        }
    }

    /// Takes in a message that is its sender's and fits.
    pub(super) fn take(&mut self, entry: &Linked, authority: Option<usize>) {
        let expected = Expected {
            prev_hash: entry.message().prev_hash,
            authority,
        };
        if self.lanes.len() < LANES || self.lanes.contains_key(&entry.lane) {
            self.lanes.insert(entry.lane, expected);
        }
    }

    /// Passes over a message that is not its sender's: what its lane has before it is not known.
    pub(super) fn pass(&mut self, entry: &Linked) {
        self.unreadable.add(entry.entry.number, entry.id());
    }

    /// Number of the oldest event that was read, and the restores that were accepted when the reading began.
    pub(super) fn place(&self) -> (u64, u32) {
        (self.oldest.number, self.restores)
    }

    /// Lanes whose links are checked: bounded.
    #[cfg(test)]
    pub(super) fn lanes(&self) -> usize {
        self.lanes.len()
    }
}
