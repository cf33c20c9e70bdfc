//! The trees of the database written anew.
//!
//! A tree is never made up: a root that differs from one that was signed would accuse the server of two histories. So
//! each leaf must be in a tile of the damaged database or of the backup.

use std::collections::BTreeMap;

use reeeductio_backend::{BackendError, RecordKind};
use reeeductio_proto::SpaceId;
use reeeductio_proto::tree::TreeHash;
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::OPERATION;
use crate::failure::failure;
use crate::row::{checksum_of_tile, space_id};
use crate::scan::Table;
use crate::tiles::{OpenTiles, Tile, TileId, WIDTH};

/// Leaves of spaces, by their numbers.
type Leaves = BTreeMap<SpaceId, BTreeMap<u64, TreeHash>>;

/// Writes the tiles of all trees anew, from those of `target` and, where it lacks a leaf, of `backup`.
pub(super) fn derive_tiles(
    tables: &[Table],
    target: &Connection,
    backup: &Connection,
) -> Result<(), BackendError> {
    let Some(table) = tables
        .iter()
        .find(|table| table.kind == RecordKind::TreeTile)
    else {
        return Ok(());
    };
    let failed = failure(OPERATION);
    let (mut of_backup, mut leaves) = (Leaves::new(), Leaves::new());
    collect(table, backup, &mut of_backup)?;
    collect(table, target, &mut leaves)?;
    target
        .execute("DELETE FROM tree_tiles", ())
        .map_err(&failed)?;
    let mut statement = target
        .prepare(
            "SELECT space_id, max(
               coalesce((SELECT max(leaf) FROM messages WHERE messages.space_id = trees.space_id), -1),
               coalesce((SELECT max(leaf) FROM data_entries WHERE data_entries.space_id = trees.space_id), -1)) FROM trees",
        )
        .map_err(&failed)?;
    let mut rows = statement.query(()).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        let space: Vec<u8> = row.get(0).map_err(&failed)?;
        let last: i64 = row.get(1).map_err(&failed)?;
        let space = space_id(&space)?;
        let mut found = leaves.remove(&space).unwrap_or_default();
        // Beyond the last event the backup has those of a space that was purged since.
        for (number, hash) in of_backup.remove(&space).unwrap_or_default() {
            if number.cast_signed() <= last {
                found.entry(number).or_insert(hash);
            }
        }
        write_tiles(target, &space, &found, last)?;
    }
    Ok(())
}

fn collect(
    table: &Table,
    connection: &Connection,
    leaves: &mut Leaves,
) -> Result<(), BackendError> {
    table.each(connection, false, |row| {
        let Some(values) = &row.values else {
            return Ok(());
        };
        let number = |column| match table.value(values, column) {
            Some(Value::Integer(number)) => number.cast_unsigned(),
            _ => 0,
        };
        if number("level") != 0 {
            return Ok(());
        }
        if let (Some(space), Some(Value::Blob(hashes))) =
            (row.name.space, table.value(values, "hashes"))
        {
            let tile = Tile::from_bytes(hashes)?;
            let of_space = leaves.entry(space).or_default();
            for at in 0..tile.len() {
                if let Some(hash) = tile.hash(at) {
                    of_space.insert(number("tile") * WIDTH + at, hash);
                }
            }
        }
        Ok(())
    })
}

fn write_tiles(
    target: &Connection,
    space: &SpaceId,
    leaves: &BTreeMap<u64, TreeHash>,
    last: i64,
) -> Result<(), BackendError> {
    let mut open = OpenTiles::default();
    let write = |id: TileId, hashes: &[u8]| {
        let (tile, checksum) = (id.index.cast_signed(), checksum_of_tile(space, id, hashes));
        target
            .prepare_cached(
                "INSERT INTO tree_tiles (space_id, level, tile, hashes, checksum) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut statement| {
                statement.execute(params![space.as_bytes(), id.level, tile, hashes, checksum])
            })
            .map(drop)
            .map_err(failure(OPERATION))
    };
    for (expected, (number, hash)) in (0..).zip(leaves) {
        if *number != expected {
            return Err(lost(space, expected));
        }
        for (id, tile) in open.push(*hash) {
            write(id, &tile.to_bytes())?;
        }
    }
    if open.size().cast_signed() <= last {
        return Err(lost(space, open.size()));
    }
    for (id, hashes) in open.take_dirty() {
        write(id, &hashes)?;
    }
    Ok(())
}

fn lost(space: &SpaceId, number: u64) -> BackendError {
    BackendError::unavailable(
        OPERATION,
        format!(
            "leaf {number} of the event tree of space {space} is in neither of both. Restore the backup with `reeeductio restore`, which tells the clients."
        ),
    )
}
