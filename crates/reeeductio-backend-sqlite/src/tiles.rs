//! Tiles: how the tree of a space's events is stored.
//!
//! A tile holds up to [`WIDTH`] hashes of a stored level; level 0 are the leaves. The root of a full tile is a hash of the
//! next stored level, which lies six levels of the tree above. Hashes of the levels between follow from a tile. So an event
//! changes the last tile of level 0 and, each time one is full, that of the level above.

use reeeductio_backend::BackendError;
use reeeductio_proto::tree::{Node, TreeHash, node_hash, range_root};

use crate::row::malformed;

/// Hashes of a full tile.
pub(crate) const WIDTH: u64 = 64;
/// Levels of the tree from one stored level to the next.
const HEIGHT: u8 = 6;
/// Bytes of a hash.
const HASH: usize = 32;

/// Names a tile.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct TileId {
    pub(crate) level: u8,
    pub(crate) index: u64,
}

/// The hashes of a tile.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tile(Vec<TreeHash>);

impl Tile {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, BackendError> {
        let (hashes, rest) = bytes.as_chunks::<HASH>();
        if !rest.is_empty() || hashes.is_empty() || hashes.len() as u64 > WIDTH {
            return Err(malformed("a tile of a tree"));
        }
        Ok(Self(hashes.to_vec()))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.concat()
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    pub(crate) fn hash(&self, at: u64) -> Option<TreeHash> {
        self.0.get(usize::try_from(at).ok()?).copied()
    }

    /// The root of `count` of its hashes, a power of two, from `first` on.
    fn root(&self, first: u64, count: u64) -> Option<TreeHash> {
        if count == 1 {
            return self.hash(first);
        }
        let half = count / 2;
        Some(node_hash(
            &self.root(first, half)?,
            &self.root(first + half, half)?,
        ))
    }
}

/// The tiles of a tree that are not full: each stored level has one at most.
#[derive(Debug, Default)]
pub(crate) struct OpenTiles {
    levels: Vec<Open>,
}

#[derive(Debug, Default)]
struct Open {
    index: u64,
    tile: Tile,
    /// Has hashes that are not in the database.
    is_dirty: bool,
}

impl OpenTiles {
    /// The open tiles of a tree of `size` leaves, which `read` reads.
    pub(crate) fn of<E>(
        size: u64,
        mut read: impl FnMut(TileId) -> Result<Tile, E>,
    ) -> Result<Self, E> {
        let mut levels = Vec::new();
        let (mut level, mut nodes) = (0, size);
        while nodes > 0 {
            let index = nodes / WIDTH;
            let tile = match nodes % WIDTH {
                0 => Tile::default(),
                _ => read(TileId { level, index })?,
            };
            levels.push(Open {
                index,
                tile,
                is_dirty: false,
            });
            level += 1;
            nodes = index;
        }
        Ok(Self { levels })
    }

    /// How many leaves the tree has.
    pub(crate) fn size(&self) -> u64 {
        let leaves = self.levels.first();
        leaves.map_or(0, |open| open.index * WIDTH + open.tile.len())
    }

    /// The hash of a leaf, if it is in an open tile.
    pub(crate) fn leaf(&self, number: u64) -> Option<TreeHash> {
        let open = self.levels.first()?;
        let at = number.checked_sub(open.index * WIDTH)?;
        open.tile.hash(at)
    }

    /// Appends a leaf; returns the tiles that it fills.
    pub(crate) fn push(&mut self, leaf: TreeHash) -> Vec<(TileId, Tile)> {
        let mut full = Vec::new();
        let mut hash = leaf;
        for level in 0..=u8::MAX {
            let at = usize::from(level);
            if self.levels.len() == at {
                self.levels.push(Open::default());
            }
            let Some(open) = self.levels.get_mut(at) else {
                break;
            };
            open.tile.0.push(hash);
            open.is_dirty = true;
            if open.tile.len() < WIDTH {
                break;
            }
            let index = open.index;
            let tile = std::mem::take(open);
            open.index = index + 1;
            let root = tile.tile.root(0, WIDTH);
            full.push((TileId { level, index }, tile.tile));
            let Some(root) = root else { break };
            hash = root;
        }
        full
    }

    /// The tiles that changed since they were asked for.
    pub(crate) fn take_dirty(&mut self) -> Vec<(TileId, Vec<u8>)> {
        let mut dirty = Vec::new();
        for (level, open) in (0..).zip(&mut self.levels) {
            if std::mem::take(&mut open.is_dirty) {
                let id = TileId {
                    level,
                    index: open.index,
                };
                dirty.push((id, open.tile.to_bytes()));
            }
        }
        dirty
    }
}

/// The tile that a leaf is in.
pub(crate) fn tile_of(leaf: u64) -> TileId {
    TileId {
        level: 0,
        index: leaf / WIDTH,
    }
}

/// The root of a range of leaves of a proof, from the tiles that `read` reads.
pub(crate) fn root_of_range(
    range: std::ops::Range<u64>,
    read: &mut impl FnMut(TileId) -> Result<std::rc::Rc<Tile>, BackendError>,
) -> Result<TreeHash, BackendError> {
    range_root(range, &mut |Node { level, index }| {
        let (stored, above) = (level / HEIGHT, level % HEIGHT);
        let (first, count) = (index << above, 1 << above);
        let id = TileId {
            level: stored,
            index: first / WIDTH,
        };
        let root = read(id)?.root(first % WIDTH, count);
        root.ok_or_else(|| malformed("a whole tile of a tree"))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::rc::Rc;

    use reeeductio_proto::tree::{Frontier, consistency_ranges, inclusion_ranges};

    use super::*;

    fn leaf(number: u64) -> TreeHash {
        let mut hash = [7; HASH];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        hash
    }

    #[test]
    fn tiles_give_the_roots_of_the_tree_at_every_size_and_after_every_restart() {
        let mut stored: HashMap<TileId, Tile> = HashMap::new();
        let (mut open, mut frontier) = (OpenTiles::default(), Frontier::default());
        for number in 0..4_500 {
            frontier.push(leaf(number));
            for (id, tile) in open.push(leaf(number)) {
                stored.insert(id, tile);
            }
            for (id, bytes) in open.take_dirty() {
                stored.insert(id, Tile::from_bytes(&bytes).unwrap());
            }
            let size = number + 1;
            assert_eq!(open.size(), size);
            assert_eq!(open.leaf(number).is_some(), !size.is_multiple_of(WIDTH));
            let mut read = |id| Ok(Rc::new(stored[&id].clone()));
            assert_eq!(
                root_of_range(0..size, &mut read).unwrap(),
                frontier.root(),
                "{size}"
            );
            if number % 37 == 0 {
                open = OpenTiles::of(size, |id| Ok::<_, ()>(stored[&id].clone())).unwrap();
            }
        }
        assert!(stored.keys().any(|id| id.level == 2));
        for from in [1, 2, 63, 64, 65, 4_000, 4_096, 4_499] {
            for range in [
                inclusion_ranges(from, 4_500),
                consistency_ranges(from, 4_500),
            ]
            .concat()
            {
                let mut part = Frontier::default();
                range
                    .clone()
                    .for_each(|number| drop(part.push(leaf(number))));
                let mut read = |id| Ok(Rc::new(stored[&id].clone()));
                assert_eq!(root_of_range(range, &mut read).unwrap(), part.root());
            }
        }
    }

    #[test]
    fn bytes_that_are_no_tile_are_refused() {
        for length in [0, 31, 33, 65 * 32] {
            Tile::from_bytes(&vec![0; length]).unwrap_err();
        }
    }
}
