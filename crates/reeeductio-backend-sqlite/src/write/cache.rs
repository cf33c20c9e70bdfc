//! The writer's cache of spaces and chains, so that an append reads nothing.
//!
//! Never stale, because this process is the only one that writes to the database: see `lock.rs`.

use std::collections::HashMap;

use reeeductio_backend::Tally;
use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{Lane, MemberId, Position, SpaceId, TopicId};

use super::inboxes::KnownInboxes;
use super::payload_keys::KeyBlocks;
use crate::tiles::OpenTiles;

/// Entries of each kind that are kept; one more and the memory starts over.
const CAPACITY: usize = 100_000;
/// Trees that are kept, of up to some 6 KiB each.
const TREES: usize = 4_096;

#[derive(Default)]
pub(crate) struct Cache {
    topics: HashMap<(SpaceId, TopicId), KnownTopic>,
    spaces: HashMap<SpaceId, KnownSpace>,
    /// Registrations of spaces, by the space that has the entry and the registered one.
    registrations: HashMap<(SpaceId, SpaceId), Option<Position>>,
    /// Tiles of trees that are not full. Their changes are written before the transaction ends.
    pub(super) trees: HashMap<SpaceId, OpenTiles>,
    /// Keys of payloads that the transaction changed.
    pub(super) keys: KeyBlocks,
    pub(super) inboxes: KnownInboxes,
}

/// Cached facts about a topic.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownTopic {
    /// The newest message, whichever lane it is in.
    pub(crate) newest: Option<NewestMessage>,
    /// Heads of chains that were asked for.
    pub(crate) heads: HashMap<Option<Lane>, Position>,
}

/// The newest message of a topic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewestMessage {
    pub(crate) position: Position,
    /// Number of its leaf, if there is a tree.
    pub(crate) leaf: Option<u64>,
    /// Hash of its leaf, if that was not read from the database.
    pub(crate) hash: Option<TreeHash>,
}

/// Cached facts about a space.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownSpace {
    /// Number of the newest message.
    pub(crate) event: u64,
    /// Number of the newest change of data since that message.
    pub(crate) change: u64,
    /// Whether it has a tree.
    pub(crate) has_tree: bool,
    /// The newest message at an authority path.
    pub(crate) authority: Option<Position>,
    /// Messages that the table `usage` does not count yet, by sender.
    pub(crate) uncounted: HashMap<MemberId, Tally>,
    /// Number of messages in `uncounted`.
    pub(crate) uncounted_messages: u64,
}

impl Cache {
    pub(crate) fn topic(&mut self, key: &(SpaceId, TopicId)) -> Option<&mut KnownTopic> {
        self.topics.get_mut(key)
    }

    pub(crate) fn set_topic(
        &mut self,
        key: (SpaceId, TopicId),
        known: KnownTopic,
    ) -> &mut KnownTopic {
        room(&mut self.topics);
        self.topics.entry(key).insert_entry(known).into_mut()
    }

    pub(crate) fn space(&mut self, id: &SpaceId) -> Option<&mut KnownSpace> {
        self.spaces.get_mut(id)
    }

    pub(crate) fn set_space(&mut self, id: SpaceId, known: KnownSpace) -> &mut KnownSpace {
        // A forgotten space is read again: the table `usage` says up to where it counts.
        room(&mut self.spaces);
        self.spaces.entry(id).insert_entry(known).into_mut()
    }

    /// Returns the cached registration: outer `None` if not cached, inner `None` if there is none.
    pub(crate) fn registration(
        &self,
        registrar: &SpaceId,
        space: &SpaceId,
    ) -> Option<Option<Position>> {
        self.registrations.get(&(*registrar, *space)).copied()
    }

    pub(crate) fn set_registration(
        &mut self,
        registrar: &SpaceId,
        space: &SpaceId,
        entry: Option<Position>,
    ) {
        room(&mut self.registrations);
        self.registrations.insert((*registrar, *space), entry);
    }

    /// Forgets what a space is registered by, which is about to change.
    pub(crate) fn forget_registration(&mut self, registrar: &SpaceId, space: &SpaceId) {
        self.registrations.remove(&(*registrar, *space));
    }

    /// Forgets all trees if there are many. Between transactions, when nothing of them is unwritten.
    pub(super) fn make_room(&mut self) {
        if self.trees.len() >= TREES {
            self.trees.clear();
        }
    }

    /// Forgets a space that is being purged.
    pub(crate) fn forget(&mut self, id: &SpaceId) {
        self.spaces.remove(id);
        self.trees.remove(id);
        self.inboxes.forget(id);
        self.topics.retain(|(space, _), _| space != id);
    }
}

/// Makes room for one more entry.
pub(super) fn room<K, V>(map: &mut HashMap<K, V>) {
    if map.len() >= CAPACITY {
        map.clear();
    }
}
