//! The payloads of the database written anew.

use std::collections::{BTreeMap, HashSet};

use reeeductio_backend::{BackendError, BackendErrorKind, Mend, MendBy, RecordKind};
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use zeroize::Zeroizing;

use super::OPERATION;
use crate::failure::failure;
use crate::payload_seal::KEY;
use crate::row::checksum_of_key_block;
use crate::scan::Table;

/// The keys of payloads as they will be: of the backup where a block is put back, otherwise of the damaged database.
pub(super) struct Keys<'a> {
    table: Option<&'a Table>,
    damaged: &'a Connection,
    backup: &'a Connection,
    put_back: HashSet<i64>,
    /// The block that was read last: rows come about in the order of their blocks.
    read: Option<(i64, Zeroizing<Vec<u8>>)>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(
        tables: &'a [Table],
        damaged: &'a Connection,
        backup: &'a Connection,
        put_back: &[(RecordKind, Vec<Value>)],
    ) -> Self {
        let blocks = put_back.iter().filter_map(|(kind, key)| match &**key {
            [Value::Integer(block)] if *kind == RecordKind::PayloadKeys => Some(*block),
            _ => None,
        });
        Self {
            table: tables
                .iter()
                .find(|table| table.kind == RecordKind::PayloadKeys),
            damaged,
            backup,
            put_back: blocks.collect(),
            read: None,
        }
    }

    fn has(&mut self, block: i64, slot: i64) -> bool {
        let read = match self.read.take() {
            Some(read) if read.0 == block => read,
            _ => (block, self.block(block).unwrap_or_default()),
        };
        let key = usize::try_from(slot)
            .ok()
            .and_then(|slot| read.1.chunks_exact(KEY).nth(slot));
        let has = key.is_some_and(|key| key.iter().any(|byte| *byte != 0));
        self.read = Some(read);
        has
    }

    /// The keys of a block, unless it is damaged or missing.
    fn block(&self, block: i64) -> Option<Zeroizing<Vec<u8>>> {
        let source = if self.put_back.contains(&block) {
            self.backup
        } else {
            self.damaged
        };
        let table = self.table?;
        let row = table.find(source, &[Value::Integer(block)]).ok()??;
        let values = row.values?;
        values.into_iter().find_map(|value| match value {
            Value::Blob(keys) => Some(Zeroizing::new(keys)),
            _ => None,
        })
    }
}

/// Payloads and inbox items that are whole and whose keys are lost: a backup has no keys that were given after it was made.
pub(super) fn payloads_without_keys(
    tables: &[Table],
    damaged: &Connection,
    mut keys: Keys<'_>,
) -> Result<Vec<Mend>, BackendError> {
    let mut lost = Vec::new();
    let sealed = tables
        .iter()
        .filter(|table| matches!(table.kind, RecordKind::Payload | RecordKind::InboxItem));
    for table in sealed {
        let walked = table.each(damaged, false, |row| {
            let Some(values) = &row.values else {
                // The plan names it already.
                return Ok(());
            };
            let number = |column| match table.value(values, column) {
                Some(Value::Integer(number)) => Some(*number),
                _ => None,
            };
            if let (Some(block), Some(slot)) = (number("key_block"), number("key_slot"))
                && !keys.has(block, slot)
            {
                lost.push(Mend {
                    record: row.name,
                    by: MendBy::Lost,
                });
            }
            Ok(())
        });
        match walked {
            // The plan names all that cannot be read.
            Err(error) if error.kind() == BackendErrorKind::Corrupt => {}
            walked => walked?,
        }
    }
    Ok(lost)
}

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
