//! Event trees in memory.

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use reeeductio_proto::tree::{Frontier, Node, TreeHash, node_hash, range_root};
use reeeductio_proto::{
    Change, Event, EventKind, EventLeaf, EventPosition, Lane, SpaceId, TopicId, data_event_hash,
};

use super::MemoryRecords;
use super::space::Space;
use crate::{BackendError, Leaf, Restore, TreeHead, Trees, is_proof_range};

/// The tree of a space.
#[derive(Clone)]
pub(super) struct Tree {
    incarnation: [u8; 8],
    frontier: Frontier,
    hashes: Vec<TreeHash>,
    restores: Vec<Restore>,
    /// Leaves of messages and of the newest changes of data.
    leaves: BTreeMap<EventPosition, PlacedLeaf>,
    /// Hash of the newest leaf of each topic.
    topics: BTreeMap<TopicId, TreeHash>,
}

/// A leaf, and the one before it in its topic.
#[derive(Clone)]
struct PlacedLeaf {
    leaf: Leaf,
    previous: TreeHash,
}

impl Tree {
    pub(super) fn new(incarnation: [u8; 8]) -> Self {
        Self {
            incarnation,
            frontier: Frontier::default(),
            hashes: Vec::new(),
            restores: Vec::new(),
            leaves: BTreeMap::new(),
            topics: BTreeMap::new(),
        }
    }

    fn head(&self) -> TreeHead {
        TreeHead {
            incarnation: self.incarnation,
            size: self.frontier.size(),
            root: self.frontier.root(),
        }
    }

    fn hash(&self, number: u64) -> Option<TreeHash> {
        let number = usize::try_from(number).ok()?;
        self.hashes.get(number).copied()
    }

    /// The hash of a node that is complete; `None` if it is not.
    fn node(&self, Node { level, index }: Node) -> Option<TreeHash> {
        let Some(below) = level.checked_sub(1) else {
            return self.hash(index);
        };
        let child = |index| {
            self.node(Node {
                level: below,
                index,
            })
        };
        Some(node_hash(&child(2 * index)?, &child(2 * index + 1)?))
    }

    fn range_root(&self, range: Range<u64>) -> Option<TreeHash> {
        if !is_proof_range(&range, self.frontier.size()) {
            return None;
        }
        range_root(range, &mut |node| self.node(node).ok_or(())).ok()
    }
}

impl Space {
    /// Adds the leaf of an event, if the space has a tree. A message is in the topic already.
    pub(super) fn add_leaf(
        &mut self,
        id: &SpaceId,
        event: &Event,
        lane: Option<&Lane>,
    ) -> Option<Leaf> {
        let states = self.topic(&TopicId::state()).iter().rev();
        let before = states
            .map(|message| message.message_hash)
            .find(|hash| event.message().is_none_or(|new| new.message_hash != *hash));
        let tree = self.tree.as_mut()?;
        let leaf = Leaf {
            number: tree.frontier.size(),
            state: before,
        };
        let zero = TreeHash::default();
        let topic = event.message().map(|message| message.topic_id.clone());
        let previous = topic.as_ref().and_then(|topic| tree.topics.get(topic));
        let previous = previous.copied().unwrap_or(zero);
        let (what, hash, timestamp) = match &event.what {
            Change::Message(message) => (
                EventKind::Message,
                *message.message_hash.hash(),
                message.server_timestamp,
            ),
            Change::Data(entry) => {
                let (path, signature) = (entry.path.as_str(), entry.signature.to_bytes());
                let hash = data_event_hash(path, &signature, entry.signed_at.cast_unsigned());
                (EventKind::Data, hash, entry.signed_at)
            }
            Change::DataRemoved(removed) => {
                // Its row keeps the signature.
                let stored = self.entries.get(&removed.path);
                let signature = stored.map_or([0; 64], |stored| stored.entry.signature.to_bytes());
                let signed_at = removed.signed_at.cast_unsigned();
                let hash = data_event_hash(removed.path.as_str(), &signature, signed_at);
                (EventKind::DataRemoved, hash, removed.signed_at)
            }
        };
        let hash = EventLeaf {
            space: id,
            number: leaf.number,
            what,
            topic: topic.as_ref().map_or("", TopicId::as_str),
            lane: lane.map_or([0; 8], |lane| lane.id),
            hash,
            timestamp: timestamp.cast_unsigned(),
            previous,
            state: before.map_or(zero, |state| *state.hash()),
        }
        .hash();
        tree.frontier.push(hash);
        tree.hashes.push(hash);
        tree.leaves
            .insert(event.position, PlacedLeaf { leaf, previous });
        if let Some(topic) = topic {
            tree.topics.insert(topic, hash);
        }
        Some(leaf)
    }

    /// The leaf of the event at a position.
    pub(super) fn leaf_at(&self, position: EventPosition) -> Option<Leaf> {
        let placed = self.tree.as_ref()?.leaves.get(&position)?;
        Some(placed.leaf)
    }

    /// The same, with the hash of the topic's leaf before.
    pub(super) fn leaf_and_previous(&self, position: EventPosition) -> Option<(Leaf, TreeHash)> {
        let placed = self.tree.as_ref()?.leaves.get(&position)?;
        Some((placed.leaf, placed.previous))
    }
}

#[async_trait]
impl Trees for MemoryRecords {
    async fn tree(&self, space: SpaceId) -> Result<Option<TreeHead>, BackendError> {
        let found = self.read(space, |space| space.tree.as_ref().map(Tree::head));
        Ok(found.flatten())
    }

    async fn leaf(&self, space: SpaceId, number: u64) -> Result<Option<TreeHash>, BackendError> {
        let found = self.read(space, |space| space.tree.as_ref()?.hash(number));
        Ok(found.flatten())
    }

    async fn range_roots(
        &self,
        space: SpaceId,
        ranges: Vec<Range<u64>>,
    ) -> Result<Option<Vec<TreeHash>>, BackendError> {
        let found = self.read(space, |space| {
            let tree = space.tree.as_ref()?;
            let roots = ranges.into_iter().map(|range| tree.range_root(range));
            roots.collect()
        });
        Ok(found.flatten())
    }

    async fn renew_tree(
        &self,
        space: SpaceId,
        incarnation: [u8; 8],
    ) -> Result<Option<Restore>, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        let Some(tree) = all.spaces.get_mut(&space).and_then(|of| of.tree.as_mut()) else {
            return Ok(None);
        };
        if tree.incarnation == incarnation {
            return Ok(tree.restores.last().copied());
        }
        let restore = Restore {
            old: tree.head(),
            new: incarnation,
            signature: None,
        };
        tree.restores.push(restore);
        tree.incarnation = incarnation;
        Ok(Some(restore))
    }

    async fn sign_restore(
        &self,
        space: SpaceId,
        incarnation: [u8; 8],
        signature: [u8; 64],
    ) -> Result<bool, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        let tree = all.spaces.get_mut(&space).and_then(|of| of.tree.as_mut());
        let restore = tree.and_then(|tree| {
            let mut restores = tree.restores.iter_mut();
            restores.find(|restore| restore.new == incarnation)
        });
        let found = restore.map(|restore| restore.signature = Some(signature));
        Ok(found.is_some())
    }

    async fn restores(&self, space: SpaceId) -> Result<Vec<Restore>, BackendError> {
        let found = self.read(space, |space| {
            let tree = space.tree.as_ref();
            tree.map(|tree| tree.restores.clone())
        });
        Ok(found.flatten().unwrap_or_default())
    }
}
