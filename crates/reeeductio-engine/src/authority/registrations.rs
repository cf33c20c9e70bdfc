//! Which spaces the admin space, or that of an app, registers.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

use reeeductio_proto::{Message, Position, SpaceId, registered_at};

use crate::registrars::Registrar;

/// The registrations that hold.
pub(crate) struct Registrations {
    /// `None` for those of a space that registers none.
    of: Option<Registrar>,
    held: BTreeMap<SpaceId, Held>,
    /// Spaces that have had a tombstone.
    withdrawn: HashSet<SpaceId>,
}

/// A space's registration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Held {
    /// The newest entry.
    pub(crate) entry: Position,
    /// `server_timestamp` of the entry from which on the space has been registered without a break.
    pub(crate) since: i64,
}

impl Registrations {
    pub(super) fn new(of: Option<Registrar>) -> Self {
        Self {
            of,
            held: BTreeMap::new(),
            withdrawn: HashSet::new(),
        }
    }

    /// The space's registration, if it is registered.
    pub(crate) fn get(&self, space: &SpaceId) -> Option<Held> {
        self.held.get(space).copied()
    }

    /// Returns whether the space was ever withdrawn.
    pub(crate) fn was_withdrawn(&self, space: &SpaceId) -> bool {
        self.withdrawn.contains(space)
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
        let (Some(of), Some(space)) = (self.of, registered_at(&message.kind)) else {
            return;
        };
        if message.data.is_empty() {
            let was_held = self.held.remove(&space).is_some();
            // In the admin space also of one that was never registered: it was in use while every space existed, and may be purged.
            // An app has no say in spaces that it has not registered.
            if was_held || of == Registrar::Admin {
                self.withdrawn.insert(space);
            }
            return;
        }
        let entry = Position::from(message);
        let first = Held {
            entry,
            since: entry.timestamp,
        };
        self.held.entry(space).or_insert(first).entry = entry;
    }
}
