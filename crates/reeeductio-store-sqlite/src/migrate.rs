//! Files of earlier releases.
//!
//! The caller's transaction holds the whole migration: if it fails or the process ends, the file is as it
//! was. Messages are taken over if hash and signature are right. Rows of others are moved to the table
//! `left_out_messages` as they are, which nothing reads; then the old tables go.

use reeeductio_client::StoreError;
use reeeductio_client::store::Batch;
use reeeductio_client::store::records::{changes, format_record};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{ChainId, DataPath, Message, MessageId, Position, SpaceId, TopicId};
use rusqlite::{Connection, Row, Transaction};

use crate::apply::apply;
use crate::failure::unavailable;

/// Program and layout that an earlier file is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Old {
    /// The layout with `user_version` 1: messages, heads and signed times of this client.
    Version1,
    /// The Python client 0.1.1. It did not judge whether a sender may post, and kept no heads: its messages
    /// count as given, not as verified.
    Published,
}

/// Counts of the messages of a file of an earlier release.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Migrated {
    /// Messages that are in the store now.
    pub messages: u64,
    /// Messages with a wrong hash or signature. Their rows are in the table `left_out_messages`.
    pub left_out: u64,
}

const COLUMNS: [&str; 9] = [
    "space_id",
    "message_hash",
    "topic_id",
    "type",
    "prev_hash",
    "data",
    "sender",
    "signature",
    "server_timestamp",
];

const MESSAGES: &str = "SELECT space_id, message_hash, topic_id, type, prev_hash, data, sender,
    signature, server_timestamp, rowid FROM messages";

const LEAVE_OUT: &str = "INSERT INTO left_out_messages SELECT * FROM messages WHERE rowid = ?1";

/// Returns whether the table `messages` is the one of the Python client 0.1.1.
pub(crate) fn is_published(connection: &Connection) -> rusqlite::Result<bool> {
    let mut columns = connection.prepare("SELECT name FROM pragma_table_info('messages')")?;
    let columns = columns.query_map([], |row| row.get(0))?;
    let columns = columns.collect::<rusqlite::Result<Vec<String>>>()?;
    Ok(columns.len() == COLUMNS.len()
        && COLUMNS
            .iter()
            .all(|name| columns.iter().any(|column| column == name)))
}

/// Takes over all records of an earlier release. The table `records` is there and empty.
pub(crate) fn migrate(transaction: &Transaction<'_>, old: Old) -> Result<Migrated, StoreError> {
    apply(transaction, &[format_record()]).map_err(unavailable)?;
    let migrated = messages(transaction, old)?;
    let drop = match old {
        Old::Published => "DROP TABLE messages;",
        Old::Version1 => {
            heads(transaction)?;
            signed_times(transaction)?;
            "DROP TABLE messages; DROP TABLE heads; DROP TABLE signed_times;"
        }
    };
    transaction.execute_batch(drop).map_err(unavailable)?;
    if migrated.left_out == 0 {
        let drop = "DROP TABLE left_out_messages";
        transaction.execute_batch(drop).map_err(unavailable)?;
    }
    Ok(migrated)
}

fn messages(transaction: &Transaction<'_>, old: Old) -> Result<Migrated, StoreError> {
    let mut migrated = Migrated::default();
    let table = "CREATE TABLE left_out_messages AS SELECT * FROM messages WHERE 0";
    transaction.execute_batch(table).map_err(unavailable)?;
    let mut statement = transaction.prepare_cached(MESSAGES).map_err(unavailable)?;
    let mut rows = statement.query([]).map_err(unavailable)?;
    while let Some(row) = rows.next().map_err(unavailable)? {
        let Some((space, message)) = verified(row) else {
            let id: i64 = row.get(COLUMNS.len()).map_err(unavailable)?;
            let leave_out = transaction.prepare_cached(LEAVE_OUT);
            leave_out
                .and_then(|mut leave_out| leave_out.execute([id]))
                .map_err(unavailable)?;
            migrated.left_out += 1;
            continue;
        };
        let mut batch = Batch::default();
        match old {
            Old::Version1 => batch.messages.push(message.into()),
            Old::Published => batch.given.push(message.into()),
        }
        apply(transaction, &changes(&space, batch)).map_err(unavailable)?;
        migrated.messages += 1;
    }
    Ok(migrated)
}

/// Returns the message of a row, if it is one: the columns parse, and hash and signature are right.
fn verified(row: &Row<'_>) -> Option<(SpaceId, Message)> {
    let (space, body) = read(row).ok()?;
    let space = SpaceId::parse(&space).ok()?;
    let message = Message::try_from(body).ok()?;
    message.verify_by_sender(&space).ok()?;
    Some((space, message))
}

fn read(row: &Row<'_>) -> rusqlite::Result<(String, MessageBody)> {
    let body = MessageBody {
        message_hash: row.get(1)?,
        topic_id: row.get(2)?,
        kind: row.get(3)?,
        prev_hash: row.get(4)?,
        data: row.get(5)?,
        sender: row.get(6)?,
        signature: row.get(7)?,
        server_timestamp: row.get(8)?,
    };
    Ok((row.get(0)?, body))
}

/// Takes over the heads. They and the signed times are evidence: one that cannot be read is damage, and nothing is migrated.
fn heads(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let query = "SELECT space_id, topic_id, message_hash, server_timestamp FROM heads";
    each(transaction, query, |row| {
        let (space, topic): (String, String) = (row.get(0)?, row.get(1)?);
        let (hash, timestamp): (String, i64) = (row.get(2)?, row.get(3)?);
        let read = || {
            let topic = TopicId::parse(&topic).ok()?;
            let hash = MessageId::parse(&hash).ok()?;
            let head = (ChainId::shared(topic), Position { hash, timestamp });
            let batch = Batch {
                heads: vec![head],
                ..Batch::default()
            };
            Some((SpaceId::parse(&space).ok()?, batch))
        };
        Ok(read())
    })
}

fn signed_times(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let query = "SELECT space_id, path, signed_at FROM signed_times";
    each(transaction, query, |row| {
        let (space, path): (String, String) = (row.get(0)?, row.get(1)?);
        let signed_at: i64 = row.get(2)?;
        let read = || {
            let batch = Batch {
                signed_times: vec![(DataPath::parse(&path).ok()?, signed_at)],
                ..Batch::default()
            };
            Some((SpaceId::parse(&space).ok()?, batch))
        };
        Ok(read())
    })
}

fn each(
    transaction: &Transaction<'_>,
    query: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<Option<(SpaceId, Batch)>>,
) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(query).map_err(unavailable)?;
    let mut rows = statement.query([]).map_err(unavailable)?;
    while let Some(row) = rows.next().map_err(unavailable)? {
        let Some((space, batch)) = read(row).map_err(unavailable)? else {
            let error = "a head or a signed time cannot be read; the file was not migrated";
            return Err(StoreError::Damaged(error.to_owned()));
        };
        apply(transaction, &changes(&space, batch)).map_err(unavailable)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
