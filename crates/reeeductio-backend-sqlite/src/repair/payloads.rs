//! The payloads of the database written anew.

use std::collections::{BTreeMap, HashSet};

use reeeductio_backend::{BackendError, RecordKind};
use rusqlite::{Connection, params};
use zeroize::Zeroizing;

use super::OPERATION;
use crate::failure::failure;
use crate::payload_seal::KEY;
use crate::row::checksum_of_key_block;
use crate::scan::Table;

/// Removes payloads that a revision replaced since the backup was made, and those without a message or without a key;
/// keys that nothing is sealed with; and inbox items without a key, and those that were acknowledged since the backup was made.
pub(super) fn settle_payloads(tables: &[Table], target: &Connection) -> Result<(), BackendError> {
    if !tables.iter().any(|table| table.kind == RecordKind::Payload) {
        return Ok(());
    }
    let failed = failure(OPERATION);
    target
        .execute_batch(
            "DELETE FROM payloads WHERE NOT EXISTS (SELECT 1 FROM messages AS m
               WHERE m.space_id = payloads.space_id AND m.event = payloads.event AND m.server_timestamp = payloads.server_timestamp);
             DELETE FROM payloads WHERE EXISTS (SELECT 1 FROM messages AS m
               JOIN revisions AS r ON r.space_id = m.space_id AND r.topic_id = m.topic_id AND r.target = m.message_hash
               WHERE m.space_id = payloads.space_id AND m.event = payloads.event);
             DELETE FROM payloads WHERE EXISTS (SELECT 1 FROM messages AS m
               JOIN revisions AS own ON own.space_id = m.space_id AND own.topic_id = m.topic_id AND own.message_hash = m.message_hash
               JOIN revisions AS later ON later.space_id = own.space_id AND later.topic_id = own.topic_id
                 AND later.target = own.target AND later.number > own.number
               WHERE m.space_id = payloads.space_id AND m.event = payloads.event);
             DELETE FROM payloads WHERE NOT EXISTS (SELECT 1 FROM payload_keys WHERE block = key_block
               AND substr(keys, key_slot * 32 + 1, 32) != zeroblob(32));",
        )
        .map_err(&failed)?;
    let mut used = BTreeMap::<i64, HashSet<i64>>::new();
    use_keys(
        target,
        "SELECT key_block, key_slot FROM payloads",
        &mut used,
    )?;
    if tables
        .iter()
        .any(|table| table.kind == RecordKind::InboxItem)
    {
        target
            .execute_batch(
                "DELETE FROM inbox WHERE NOT EXISTS (SELECT 1 FROM payload_keys WHERE block = key_block
                   AND substr(keys, key_slot * 32 + 1, 32) != zeroblob(32));
                 DELETE FROM inbox WHERE EXISTS (SELECT 1 FROM inbox_receipts AS r
                   WHERE r.space_id = inbox.space_id AND r.recipient = inbox.recipient AND r.item = inbox.item);",
            )
            .map_err(&failed)?;
        use_keys(target, "SELECT key_block, key_slot FROM inbox", &mut used)?;
    }
    forget_unused(target, &used)
}

/// Notes keys that are used, each by its block and its slot.
fn use_keys(
    target: &Connection,
    sql: &str,
    used: &mut BTreeMap<i64, HashSet<i64>>,
) -> Result<(), BackendError> {
    let failed = failure(OPERATION);
    let mut statement = target.prepare(sql).map_err(&failed)?;
    let mut rows = statement.query(()).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        let block: i64 = row.get(0).map_err(&failed)?;
        let slot: i64 = row.get(1).map_err(&failed)?;
        used.entry(block).or_default().insert(slot);
    }
    Ok(())
}

fn forget_unused(
    target: &Connection,
    used: &BTreeMap<i64, HashSet<i64>>,
) -> Result<(), BackendError> {
    let failed = failure(OPERATION);
    let mut statement = target
        .prepare("SELECT block FROM payload_keys")
        .map_err(&failed)?;
    let blocks: Vec<i64> = statement
        .query_map((), |row| row.get(0))
        .and_then(Iterator::collect)
        .map_err(&failed)?;
    for block in blocks {
        let keys: Vec<u8> = target
            .query_row(
                "SELECT keys FROM payload_keys WHERE block = ?1",
                [block],
                |row| row.get(0),
            )
            .map_err(&failed)?;
        let mut keys = Zeroizing::new(keys);
        let slots = used.get(&block);
        for (slot, key) in (0..).zip(keys.chunks_mut(KEY)) {
            if !slots.is_some_and(|slots| slots.contains(&slot)) {
                key.fill(0);
            }
        }
        let checksum = checksum_of_key_block(block, &keys);
        target
            .execute(
                "UPDATE payload_keys SET keys = ?2, checksum = ?3 WHERE block = ?1",
                params![block, *keys, checksum],
            )
            .map_err(&failed)?;
    }
    Ok(())
}
