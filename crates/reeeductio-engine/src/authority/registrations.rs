//! Which spaces the admin space registers.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

use reeeductio_proto::{Message, Position, SpaceId, registered_at};

/// The registrations that hold.
#[derive(Default)]
pub(crate) struct Registrations {
    held: BTreeMap<SpaceId, Registered>,
    /// Spaces that have had a tombstone.
    withdrawn: HashSet<SpaceId>,
}

/// A space's registration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Registered {
    /// The newest entry.
    pub(crate) entry: Position,
    /// `server_timestamp` of the entry from which on the space has been registered without a break.
    pub(crate) since: i64,
    /// Whether there was a tombstone before that: tokens of before do not count.
    pub(crate) again: bool,
}

impl Registrations {
    /// The space's registration, if it is registered.
    pub(crate) fn get(&self, space: &SpaceId) -> Option<Registered> {
        self.held.get(space).copied()
    }

    /// Registered spaces after `after`, sorted.
    pub(crate) fn after(&self, after: Option<SpaceId>) -> impl Iterator<Item = SpaceId> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.held
            .range((from, Bound::Unbounded))
            .map(|(space, _)| *space)
    }

    /// Takes in a message of the topic `state`.
    pub(super) fn take_in(&mut self, message: &Message) {
        let Some(space) = registered_at(&message.kind) else {
            return;
        };
        if message.data.is_empty() {
            // Also of a space that was never registered: it was in use while every space existed, and may be purged.
            self.held.remove(&space);
            self.withdrawn.insert(space);
            return;
        }
        let entry = Position::from(message);
        let first = Registered {
            entry,
            since: entry.timestamp,
            again: self.withdrawn.contains(&space),
        };
        self.held.entry(space).or_insert(first).entry = entry;
    }
}
