//! The store.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use reeeductio_client::store::{Batch, LocalStore, Stored};
use reeeductio_client::{Position, Range, StoreError};
use reeeductio_proto::{DataPath, Message, MessageId, SpaceId, TopicId, encoding};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::row::{COLUMNS, anchor, message, unavailable};
use crate::schema;

/// A local store in a SQLite file. Clones share it; several programs may.
#[derive(Clone)]
pub struct SqliteStore(Arc<Mutex<Connection>>);

impl SqliteStore {
    /// Opens the file at `path`, making it if it is not there. Its folder must be there.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Mutex::new(schema::open(path)?))))
    }

    /// Runs where waiting for a disk is allowed.
    fn run<'a, T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Stored<'a, T> {
        let connection = Arc::clone(&self.0);
        Box::pin(async move {
            tokio::task::spawn_blocking(move || work(&mut connection.lock()))
                .await
                .map_err(|error| StoreError::Unavailable(error.to_string()))?
        })
    }
}

impl LocalStore for SqliteStore {
    fn save<'a>(&'a self, space: &'a SpaceId, batch: Batch) -> Stored<'a, ()> {
        let space = space.to_string();
        self.run(move |connection| {
            let change = connection.transaction().map_err(unavailable)?;
            for message in &batch.messages {
                insert(&change, &space, message).map_err(unavailable)?;
            }
            for (chain, head) in &batch.heads {
                advance(&change, &space, &chain.topic, head).map_err(unavailable)?;
            }
            for (path, signed_at) in &batch.signed_times {
                see(&change, &space, path, *signed_at).map_err(unavailable)?;
            }
            change.commit().map_err(unavailable)
        })
    }

    fn message<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: &'a TopicId,
        id: &'a MessageId,
    ) -> Stored<'a, Option<Message>> {
        let key = params_of(space, topic);
        let id = id.to_string();
        self.run(move |connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM messages
                 WHERE space_id = ?1 AND topic_id = ?2 AND message_hash = ?3"
            );
            let mut statement = connection.prepare_cached(&query).map_err(unavailable)?;
            statement
                .query_row(params![key.0, key.1, id], message)
                .optional()
                .map_err(unavailable)?
                .transpose()
        })
    }

    fn messages<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: &'a TopicId,
        range: Range,
    ) -> Stored<'a, Vec<Message>> {
        let key = params_of(space, topic);
        self.run(move |connection| {
            let direction = if range.is_newest_first() {
                "DESC"
            } else {
                "ASC"
            };
            let query = format!(
                "SELECT {COLUMNS} FROM messages
                 WHERE space_id = ?1 AND topic_id = ?2 AND server_timestamp BETWEEN ?3 AND ?4
                 ORDER BY server_timestamp {direction}, sequence {direction} LIMIT ?5"
            );
            let limit = i64::try_from(range.limit).unwrap_or(i64::MAX);
            let lowest = range.lowest().unwrap_or(i64::MIN);
            let highest = range.highest().unwrap_or(i64::MAX);
            let mut statement = connection.prepare_cached(&query).map_err(unavailable)?;
            let rows = statement
                .query_map(params![key.0, key.1, lowest, highest, limit], message)
                .map_err(unavailable)?;
            rows.map(|row| row.map_err(unavailable)?).collect()
        })
    }

    fn head<'a>(&'a self, space: &'a SpaceId, topic: &'a TopicId) -> Stored<'a, Option<Position>> {
        let key = params_of(space, topic);
        self.run(move |connection| {
            let query = "SELECT message_hash, server_timestamp FROM heads
                         WHERE space_id = ?1 AND topic_id = ?2";
            let mut statement = connection.prepare_cached(query).map_err(unavailable)?;
            statement
                .query_row(params![key.0, key.1], anchor)
                .optional()
                .map_err(unavailable)?
                .transpose()
        })
    }

    fn signed_time<'a>(
        &'a self,
        space: &'a SpaceId,
        path: &'a DataPath,
    ) -> Stored<'a, Option<i64>> {
        let key = (space.to_string(), path.to_string());
        self.run(move |connection| {
            let query = "SELECT signed_at FROM signed_times WHERE space_id = ?1 AND path = ?2";
            let mut statement = connection.prepare_cached(query).map_err(unavailable)?;
            statement
                .query_row(params![key.0, key.1], |row| row.get(0))
                .optional()
                .map_err(unavailable)
        })
    }

    fn delete_messages<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: Option<&'a TopicId>,
        before: Option<i64>,
    ) -> Stored<'a, u64> {
        let space = space.to_string();
        let topic = topic.map(ToString::to_string);
        self.run(move |connection| {
            let deleted = connection
                .execute(
                    "DELETE FROM messages WHERE space_id = ?1
                     AND (?2 IS NULL OR topic_id = ?2)
                     AND (?3 IS NULL OR server_timestamp < ?3)",
                    params![space, topic, before],
                )
                .map_err(unavailable)?;
            Ok(deleted as u64)
        })
    }

    fn count<'a>(&'a self, space: Option<&'a SpaceId>) -> Stored<'a, u64> {
        let space = space.map(ToString::to_string);
        self.run(move |connection| {
            let count: i64 = connection
                .query_row(
                    "SELECT count(*) FROM messages WHERE ?1 IS NULL OR space_id = ?1",
                    params![space],
                    |row| row.get(0),
                )
                .map_err(unavailable)?;
            Ok(count.unsigned_abs())
        })
    }

    fn clear(&self) -> Stored<'_, ()> {
        self.run(|connection| {
            let change = connection.transaction().map_err(unavailable)?;
            change
                .execute_batch("DELETE FROM messages; DELETE FROM heads; DELETE FROM signed_times;")
                .map_err(unavailable)?;
            change.commit().map_err(unavailable)
        })
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

fn params_of(space: &SpaceId, topic: &TopicId) -> (String, String) {
    (space.to_string(), topic.to_string())
}

fn insert(change: &Transaction<'_>, space: &str, message: &Message) -> rusqlite::Result<()> {
    let query = format!(
        "INSERT INTO messages (space_id, {COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO NOTHING"
    );
    change.prepare_cached(&query)?.execute(params![
        space,
        message.message_hash.to_string(),
        message.topic_id.to_string(),
        message.kind,
        message.prev_hash.map(|hash| hash.to_string()),
        message.data,
        message.sender.to_string(),
        encoding::encode(&message.signature.to_bytes()),
        message.server_timestamp,
    ])?;
    Ok(())
}

fn advance(
    change: &Transaction<'_>,
    space: &str,
    topic: &TopicId,
    head: &Position,
) -> rusqlite::Result<()> {
    let query = "INSERT INTO heads VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
                 SET message_hash = excluded.message_hash,
                     server_timestamp = excluded.server_timestamp
                 WHERE excluded.server_timestamp >= heads.server_timestamp";
    change.prepare_cached(query)?.execute(params![
        space,
        topic.to_string(),
        head.hash.to_string(),
        head.timestamp,
    ])?;
    Ok(())
}

fn see(
    change: &Transaction<'_>,
    space: &str,
    path: &DataPath,
    signed_at: i64,
) -> rusqlite::Result<()> {
    let query = "INSERT INTO signed_times VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
                 SET signed_at = max(signed_at, excluded.signed_at)";
    change
        .prepare_cached(query)?
        .execute(params![space, path.to_string(), signed_at])?;
    Ok(())
}
