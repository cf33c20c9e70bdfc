//! The database written anew.

use reeeductio_backend::{BackendError, BackendErrorKind, RecordKind, StoreMark, StoreRecord};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::payloads::settle_payloads;
use super::trees::derive_tiles;
use super::{OPERATION, SqliteRepair};
use crate::failure::failure;
use crate::scan::{Table, checksum};
use crate::{schema, store};

/// Fills `target`, which is empty.
pub(super) fn build(repair: &SqliteRepair, target: &mut Connection) -> Result<(), BackendError> {
    let failed = failure(OPERATION);
    let target = target.transaction().map_err(&failed)?;
    make_tables(&repair.backup, &target)?;
    for table in &repair.tables {
        if let Some(damaged) = &repair.damaged {
            copy_intact(repair, table, damaged, &target)?;
        }
    }
    let by_kind = |kind| repair.tables.iter().find(|table| table.kind == kind);
    for (kind, key) in &repair.put_back {
        let Some(table) = by_kind(*kind) else {
            continue;
        };
        // Read again: what goes in has passed its check just now.
        let row = table.find(&repair.backup, key)?;
        if let Some(values) = row.and_then(|row| row.values) {
            table.insert(&target, &values)?;
        }
    }
    if let Some(heads) = by_kind(RecordKind::Head) {
        derive_heads(heads, &target)?;
    }
    derive_tiles(&repair.tables, &target, &repair.backup)?;
    settle_payloads(&repair.tables, &target)?;
    schema::recount(&target)?;
    // Objects may belong to what could not be put back.
    let record = StoreRecord {
        mark: repair.id().map(StoreMark::next).transpose()?,
        previous: None,
        held: true,
    };
    store::write(&target, &record)?;
    target.commit().map_err(&failed)
}

/// The tables and marks of the backup.
fn make_tables(backup: &Connection, target: &Connection) -> Result<(), BackendError> {
    let failed = failure(OPERATION);
    let mut statement = backup
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index'")
        .map_err(&failed)?;
    let made: Vec<String> = statement
        .query_map((), |row| row.get(0))
        .and_then(Iterator::collect)
        .map_err(&failed)?;
    for sql in made {
        target.execute_batch(&sql).map_err(&failed)?;
    }
    for mark in ["application_id", "user_version"] {
        let value: i64 = backup
            .pragma_query_value(None, mark, |row| row.get(0))
            .map_err(&failed)?;
        target.pragma_update(None, mark, value).map_err(&failed)?;
    }
    Ok(())
}

/// Copies the intact rows. Where the table cannot be read on, from its other end; rows in between are found by
/// the keys that the backup knows.
fn copy_intact(
    repair: &SqliteRepair,
    table: &Table,
    damaged: &Connection,
    target: &Connection,
) -> Result<(), BackendError> {
    for backwards in [false, true] {
        let copied = table.each(damaged, backwards, |row| {
            if let Some(values) = row.values {
                table.insert(target, &values)?;
            }
            Ok(())
        });
        match copied {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == BackendErrorKind::Corrupt => {}
            Err(error) => return Err(error),
        }
    }
    table.each(&repair.backup, false, |row| {
        if let Some(values) = repair.intact(table, &row.key) {
            table.insert(target, &values)?;
        }
        Ok(())
    })
}

/// Heads that are missing, each from the last message of its chain.
fn derive_heads(heads: &Table, target: &Connection) -> Result<(), BackendError> {
    let failed = failure("derive a head");
    // Of each chain the row with the greatest time.
    let mut statement = target
        .prepare(
            "SELECT space_id, topic_id, x'', x'', message_hash, max(server_timestamp) FROM messages
               WHERE lane IS NULL GROUP BY space_id, topic_id
             UNION ALL SELECT space_id, topic_id, sender, lane, message_hash, max(server_timestamp) FROM messages
               WHERE lane IS NOT NULL GROUP BY space_id, topic_id, sender, lane",
        )
        .map_err(&failed)?;
    let all: Vec<[Value; 5]> = statement
        .query_map((), |row| {
            let lane = [row.get::<_, Vec<u8>>(2)?, row.get(3)?].concat();
            Ok([
                row.get(0)?,
                row.get(1)?,
                Value::Blob(lane),
                row.get(4)?,
                row.get(5)?,
            ])
        })
        .and_then(Iterator::collect)
        .map_err(&failed)?;
    for row in all {
        let sealed = Value::Integer(checksum(heads, &row));
        target
            .prepare_cached(
                "INSERT OR IGNORE INTO heads (space_id, topic_id, lane, message_hash, server_timestamp, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .and_then(|mut statement| statement.execute(params_from_iter(row.iter().chain([&sealed]))))
            .map_err(&failed)?;
    }
    Ok(())
}
