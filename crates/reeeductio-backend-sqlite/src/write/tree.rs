//! Leaves of the trees of spaces.
//!
//! The tiles of a tree that are not full are in the writer's cache, and are written once in a transaction. A tile that
//! an event fills is written with it.

use reeeductio_backend::{BackendError, Leaf, Restore};
use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{
    ChainId, DataEntry, EventKind, EventLeaf, Message, SpaceId, TopicId, data_event_hash,
};
use rusqlite::params;

use super::Batch;
use crate::read;
use crate::row::{checksum_of_restore, checksum_of_tile, checksum_of_tree, malformed};
use crate::statements::Sql;
use crate::tiles::{OpenTiles, TileId, WIDTH, tile_of};

impl Batch<'_> {
    /// Gives a space a tree.
    pub(super) fn begin_tree(
        &mut self,
        space: &SpaceId,
        incarnation: [u8; 8],
    ) -> Result<(), BackendError> {
        self.set_incarnation(space, incarnation)?;
        self.space(space)?.has_tree = true;
        Ok(())
    }

    fn set_incarnation(
        &mut self,
        space: &SpaceId,
        incarnation: [u8; 8],
    ) -> Result<(), BackendError> {
        let checksum = checksum_of_tree(space, incarnation);
        self.execute(
            Sql::SET_TREE,
            params![space.as_bytes(), incarnation, checksum],
        )?;
        Ok(())
    }

    /// The leaf of the next event, `None` if the space has no tree.
    pub(super) fn next_leaf(&mut self, space: &SpaceId) -> Result<Option<Leaf>, BackendError> {
        if !self.space(space)?.has_tree {
            return Ok(None);
        }
        let number = self.open_tiles(space)?.size();
        let state = self.topic(space, &TopicId::state())?.newest;
        Ok(Some(Leaf {
            number,
            state: state.map(|newest| newest.position.hash),
        }))
    }

    /// Adds the leaf of a message; returns its hash.
    pub(super) fn add_message_leaf(
        &mut self,
        space: &SpaceId,
        chain: &ChainId,
        message: &Message,
        leaf: &Leaf,
    ) -> Result<TreeHash, BackendError> {
        let previous = self.previous_leaf(space, &chain.topic)?;
        self.push_leaf(&EventLeaf {
            space,
            number: leaf.number,
            what: EventKind::Message,
            topic: chain.topic.as_str(),
            lane: chain.lane.map_or([0; 8], |lane| lane.id),
            hash: *message.message_hash.hash(),
            timestamp: message.server_timestamp.cast_unsigned(),
            previous,
            state: state_of(leaf),
        })
    }

    /// Adds the leaf of a change of data.
    pub(super) fn add_data_leaf(
        &mut self,
        space: &SpaceId,
        entry: &DataEntry,
        deleted: bool,
        leaf: &Leaf,
    ) -> Result<TreeHash, BackendError> {
        let timestamp = entry.signed_at.cast_unsigned();
        let signature = entry.signature.to_bytes();
        self.push_leaf(&EventLeaf {
            space,
            number: leaf.number,
            what: if deleted {
                EventKind::DataRemoved
            } else {
                EventKind::Data
            },
            topic: "",
            lane: [0; 8],
            hash: data_event_hash(entry.path.as_str(), &signature, timestamp),
            timestamp,
            previous: TreeHash::default(),
            state: state_of(leaf),
        })
    }

    /// The hash of the newest leaf of a topic; zero if there is none.
    fn previous_leaf(
        &mut self,
        space: &SpaceId,
        topic: &TopicId,
    ) -> Result<TreeHash, BackendError> {
        let Some(newest) = self.topic(space, topic)?.newest else {
            return Ok(TreeHash::default());
        };
        if let Some(hash) = newest.hash {
            return Ok(hash);
        }
        let number = newest
            .leaf
            .ok_or_else(|| malformed("a message with a leaf"))?;
        if let Some(hash) = self.open_tiles(space)?.leaf(number) {
            return Ok(hash);
        }
        let tile = read::tree::tile(self.database, space, tile_of(number))?;
        tile.hash(number % WIDTH)
            .ok_or_else(|| malformed("a whole tile of a tree"))
    }

    fn push_leaf(&mut self, leaf: &EventLeaf<'_>) -> Result<TreeHash, BackendError> {
        let hash = leaf.hash();
        for (id, tile) in self.open_tiles(leaf.space)?.push(hash) {
            self.write_tile(leaf.space, id, &tile.to_bytes())?;
        }
        Ok(hash)
    }

    fn open_tiles(&mut self, space: &SpaceId) -> Result<&mut OpenTiles, BackendError> {
        if !self.cache.trees.contains_key(space) {
            let open = read::tree::open_tiles(self.database, space)?;
            self.cache.trees.insert(*space, open);
        }
        self.cache
            .trees
            .get_mut(space)
            .ok_or_else(|| BackendError::unavailable("add a leaf", "a tree was forgotten"))
    }

    /// Writes the tiles that changed.
    pub(super) fn write_open_tiles(&mut self) -> Result<(), BackendError> {
        let changed: Vec<_> = self
            .cache
            .trees
            .iter_mut()
            .flat_map(|(space, open)| {
                let dirty = open.take_dirty().into_iter();
                dirty.map(|(id, hashes)| (*space, id, hashes))
            })
            .collect();
        for (space, id, hashes) in changed {
            self.write_tile(&space, id, &hashes)?;
        }
        Ok(())
    }

    fn write_tile(
        &mut self,
        space: &SpaceId,
        id: TileId,
        hashes: &[u8],
    ) -> Result<(), BackendError> {
        let checksum = checksum_of_tile(space, id, hashes);
        self.execute(
            Sql::SET_TILE,
            params![
                space.as_bytes(),
                id.level,
                id.index.cast_signed(),
                hashes,
                checksum
            ],
        )?;
        Ok(())
    }

    pub(crate) fn renew_tree(
        &mut self,
        space: &SpaceId,
        incarnation: [u8; 8],
    ) -> Result<Option<Restore>, BackendError> {
        // So that the tree can be read from the database.
        self.write_open_tiles()?;
        let Some(old) = read::tree::head(self.database, space)? else {
            return Ok(None);
        };
        let restores = read::tree::restores(self.database, space)?;
        let last = restores.last();
        if old.incarnation == incarnation {
            return Ok(last.map(|(_, restore)| *restore));
        }
        let number = last.map_or(1, |(number, _)| number + 1);
        let restore = Restore {
            old,
            new: incarnation,
            signature: None,
        };
        self.execute(
            Sql::INSERT_RESTORE,
            params![
                space.as_bytes(),
                number,
                restore.old.incarnation,
                restore.old.size.cast_signed(),
                restore.old.root,
                restore.new,
                checksum_of_restore(space, number, &restore),
                restore.signature,
            ],
        )?;
        self.set_incarnation(space, incarnation)?;
        Ok(Some(restore))
    }

    pub(crate) fn sign_restore(
        &mut self,
        space: &SpaceId,
        incarnation: [u8; 8],
        signature: [u8; 64],
    ) -> Result<bool, BackendError> {
        let restores = read::tree::restores(self.database, space)?;
        let found = restores.iter().find(|(_, found)| found.new == incarnation);
        let Some((number, restore)) = found else {
            return Ok(false);
        };
        let signed = Restore {
            signature: Some(signature),
            ..*restore
        };
        self.execute(
            Sql::SIGN_RESTORE,
            params![
                space.as_bytes(),
                number,
                signed.signature,
                checksum_of_restore(space, *number, &signed)
            ],
        )?;
        Ok(true)
    }
}

fn state_of(leaf: &Leaf) -> [u8; 32] {
    leaf.state.map_or([0; 32], |state| *state.hash())
}
