//! The tables, and opening the file they are in.

use std::path::Path;
use std::time::Duration;

use reeeductio_client::StoreError;
use rusqlite::Connection;

use crate::row::unavailable;

/// The layout below; a file with another one is not touched.
const VERSION: i64 = 1;

/// Ids, times and base64 as they are on the wire.
const TABLES: &str = "
    CREATE TABLE messages (
        sequence INTEGER PRIMARY KEY,
        space_id TEXT NOT NULL,
        topic_id TEXT NOT NULL,
        message_hash TEXT NOT NULL,
        type TEXT NOT NULL,
        prev_hash TEXT,
        data TEXT NOT NULL,
        sender TEXT NOT NULL,
        signature TEXT NOT NULL,
        server_timestamp INTEGER NOT NULL,
        UNIQUE (space_id, topic_id, message_hash)
    ) STRICT;
    CREATE INDEX messages_by_time ON messages (space_id, topic_id, server_timestamp, sequence);
    CREATE TABLE heads (
        space_id TEXT NOT NULL,
        topic_id TEXT NOT NULL,
        message_hash TEXT NOT NULL,
        server_timestamp INTEGER NOT NULL,
        PRIMARY KEY (space_id, topic_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE signed_times (
        space_id TEXT NOT NULL,
        path TEXT NOT NULL,
        signed_at INTEGER NOT NULL,
        PRIMARY KEY (space_id, path)
    ) STRICT, WITHOUT ROWID;";

/// Opens the file, making it if it is not there.
pub(crate) fn open(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(unavailable)?;
    connection
        .busy_timeout(Duration::from_secs(5))
        .map_err(unavailable)?;
    // What was saved last may be lost with the power, never the file: then a little less is known of what
    // the server has shown.
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF;",
        )
        .map_err(unavailable)?;
    prepare(connection)
}

fn prepare(mut connection: Connection) -> Result<Connection, StoreError> {
    let change = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(unavailable)?;
    let version: i64 = change
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(unavailable)?;
    match version {
        VERSION => {}
        0 => change
            .execute_batch(&format!("{TABLES} PRAGMA user_version = {VERSION};"))
            .map_err(unavailable)?,
        other => {
            return Err(StoreError::Unavailable(format!(
                "its layout is {other}, and this release knows {VERSION} only; use a newer release"
            )));
        }
    }
    change.commit().map_err(unavailable)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_layout_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen.db");
        let connection = open(&path).unwrap();
        connection.execute_batch("PRAGMA user_version = 2").unwrap();
        drop(connection);
        let error = open(&path).unwrap_err();
        assert_eq!(error.code(), "store.unavailable");
        assert!(error.to_string().contains("use a newer release"), "{error}");
    }
}
