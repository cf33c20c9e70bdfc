//! Trees of spaces, from their tiles.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use reeeductio_backend::{BackendError, Restore, TreeHead, is_proof_range};
use reeeductio_proto::SpaceId;
use reeeductio_proto::tree::{TreeHash, empty_root};
use rusqlite::params;

use crate::database::Database;
use crate::failure::failure;
use crate::row::{check, checksum_of_restore, checksum_of_tile, checksum_of_tree, malformed};
use crate::statements::Sql;
use crate::tiles::{OpenTiles, Tile, TileId, WIDTH, root_of_range, tile_of};

/// The incarnation of a space's tree, `None` if it has none.
pub(crate) fn incarnation(
    database: &Database,
    space: &SpaceId,
) -> Result<Option<[u8; 8]>, BackendError> {
    let failed = failure("read a tree");
    database.first(Sql::TREE, params![space.as_bytes()], |row| {
        let incarnation: [u8; 8] = row.get(0).map_err(&failed)?;
        let stored = row.get(1).map_err(&failed)?;
        let computed = checksum_of_tree(space, incarnation);
        check("trees", || space.to_string(), stored, computed)?;
        Ok(incarnation)
    })
}

/// How many leaves the tree of a space has.
pub(crate) fn size(database: &Database, space: &SpaceId) -> Result<u64, BackendError> {
    let failed = failure("read the size of a tree");
    let last = database.first(Sql::LAST_TILE, params![space.as_bytes(), 0], |row| {
        let index: i64 = row.get(0).map_err(&failed)?;
        let id = TileId {
            level: 0,
            index: index.cast_unsigned(),
        };
        let hashes = row.get_ref(1).and_then(|value| Ok(value.as_blob()?));
        let tile = checked(
            space,
            id,
            hashes.map_err(&failed)?,
            row.get(2).map_err(&failed)?,
        )?;
        Ok::<_, BackendError>(id.index * WIDTH + tile.len())
    })?;
    Ok(last.unwrap_or(0))
}

/// A tile that must be there.
pub(crate) fn tile(database: &Database, space: &SpaceId, id: TileId) -> Result<Tile, BackendError> {
    let failed = failure("read a tile of a tree");
    let key = params![space.as_bytes(), id.level, id.index.cast_signed()];
    let found = database.first(Sql::TILE, key, |row| {
        let hashes = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
        checked(
            space,
            id,
            hashes.map_err(&failed)?,
            row.get(1).map_err(&failed)?,
        )
    })?;
    found.ok_or_else(|| malformed("a tree with all of its tiles"))
}

fn checked(space: &SpaceId, id: TileId, hashes: &[u8], stored: i64) -> Result<Tile, BackendError> {
    let key = || format!("{space} {} {}", id.level, id.index);
    check(
        "tree_tiles",
        key,
        stored,
        checksum_of_tile(space, id, hashes),
    )?;
    Tile::from_bytes(hashes)
}

/// The tiles of a tree that are not full.
pub(crate) fn open_tiles(database: &Database, space: &SpaceId) -> Result<OpenTiles, BackendError> {
    let size = size(database, space)?;
    let open = OpenTiles::of(size, |id| tile(database, space, id))?;
    if open.size() != size {
        return Err(malformed("a tree whose tiles agree"));
    }
    Ok(open)
}

/// The hash of a leaf, `None` beyond the size.
pub(crate) fn leaf(
    database: &Database,
    space: &SpaceId,
    number: u64,
) -> Result<Option<TreeHash>, BackendError> {
    if number >= size(database, space)? {
        return Ok(None);
    }
    Ok(tile(database, space, tile_of(number))?.hash(number % WIDTH))
}

/// The tree of a space. Several queries: see [`Database::at_one_moment`].
pub(crate) fn head(database: &Database, space: &SpaceId) -> Result<Option<TreeHead>, BackendError> {
    let Some(incarnation) = incarnation(database, space)? else {
        return Ok(None);
    };
    let size = size(database, space)?;
    let whole = roots(database, space, std::slice::from_ref(&(0..size)))?;
    Ok(Some(TreeHead {
        incarnation,
        size,
        root: whole.into_iter().next().unwrap_or_else(empty_root),
    }))
}

/// The roots of ranges of a tree; `None` if one is not a range of a proof.
pub(crate) fn range_roots(
    database: &Database,
    space: &SpaceId,
    ranges: &[Range<u64>],
) -> Result<Option<Vec<TreeHash>>, BackendError> {
    if incarnation(database, space)?.is_none() {
        return Ok(None);
    }
    let size = size(database, space)?;
    if !ranges.iter().all(|range| is_proof_range(range, size)) {
        return Ok(None);
    }
    roots(database, space, ranges).map(Some)
}

fn roots(
    database: &Database,
    space: &SpaceId,
    ranges: &[Range<u64>],
) -> Result<Vec<TreeHash>, BackendError> {
    let known = RefCell::<HashMap<TileId, Rc<Tile>>>::default();
    let mut read = |id| {
        if let Some(tile) = known.borrow().get(&id) {
            return Ok(Rc::clone(tile));
        }
        let tile = Rc::new(tile(database, space, id)?);
        known.borrow_mut().insert(id, Rc::clone(&tile));
        Ok(tile)
    };
    let ranges = ranges.iter().cloned();
    ranges
        .map(|range| root_of_range(range, &mut read))
        .collect()
}

/// The restores of a space, each with its number.
pub(crate) fn restores(
    database: &Database,
    space: &SpaceId,
) -> Result<Vec<(i64, Restore)>, BackendError> {
    let failed = failure("read restores");
    database.all(Sql::RESTORES, params![space.as_bytes()], |row| {
        let number: i64 = row.get(0).map_err(&failed)?;
        let size: i64 = row.get(2).map_err(&failed)?;
        let restore = Restore {
            old: TreeHead {
                incarnation: row.get(1).map_err(&failed)?,
                size: size.cast_unsigned(),
                root: row.get(3).map_err(&failed)?,
            },
            new: row.get(4).map_err(&failed)?,
            signature: row.get(6).map_err(&failed)?,
        };
        let stored = row.get(5).map_err(&failed)?;
        let computed = checksum_of_restore(space, number, &restore);
        check("restores", || format!("{space} {number}"), stored, computed)?;
        Ok((number, restore))
    })
}
