//! SQLite as a durable server must use it: write-ahead log, synchronised at each commit.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::figure::Figure;
use crate::measure::repeat_blocking;

/// Rows of one transaction: what 32 writers have waiting.
const GROUP: i64 = 32;
/// Rows of a page.
const PAGE: i64 = 100;
/// Rows that pages are read from.
const TABLE: i64 = 10_000;
/// About the size of a message of 256 bytes in base64, with its ids and signature.
const ROW: [u8; 600] = [7; 600];

/// Inserting rows of a message's size in groups.
pub(super) fn commit(folder: &Path, time: Duration) -> Result<Figure> {
    let (mut connection, _folder) = database(folder)?;
    let mut next = 0;
    let run = repeat_blocking(time, || insert(&mut connection, &mut next, GROUP))?;
    Ok(Figure::rate(
        "commit",
        "SQLite inserts, 32 per commit",
        "rows/s",
        1.0,
        &run,
    ))
}

/// Reading rows of a message's size in pages.
pub(super) fn rows(folder: &Path, time: Duration) -> Result<Figure> {
    let (mut connection, _folder) = database(folder)?;
    insert(&mut connection, &mut 0, TABLE)?;
    let mut statement = connection.prepare(
        "SELECT topic, body FROM rows WHERE topic = ?1 AND id >= ?2 ORDER BY id LIMIT ?3",
    )?;
    let mut from = 0;
    let run = repeat_blocking(time, || {
        let mut found = statement.query(params!["topic", from, PAGE])?;
        let (mut count, mut bytes) = (0, 0);
        while let Some(row) = found.next()? {
            bytes += row.get_ref(1)?.as_blob()?.to_vec().len();
            count += 1;
        }
        anyhow::ensure!(bytes > 0, "nothing was read");
        from = (from + PAGE) % TABLE;
        Ok(count)
    })?;
    Ok(Figure::rate(
        "rows",
        "SQLite rows read in pages of 100",
        "rows/s",
        1.0,
        &run,
    ))
}

fn insert(connection: &mut Connection, next: &mut i64, count: i64) -> Result<u64> {
    let transaction = connection.transaction()?;
    {
        let mut statement =
            transaction.prepare_cached("INSERT INTO rows (topic, id, body) VALUES (?1, ?2, ?3)")?;
        for _ in 0..count {
            statement.execute(params!["topic", *next, ROW])?;
            *next += 1;
        }
    }
    transaction.commit()?;
    Ok(count.unsigned_abs())
}

fn database(folder: &Path) -> Result<(Connection, TempDir)> {
    let folder = tempfile::tempdir_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    let connection = Connection::open(folder.path().join("limit.db"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE rows (topic TEXT NOT NULL, id INTEGER NOT NULL, body BLOB NOT NULL,
             PRIMARY KEY (topic, id)) WITHOUT ROWID;",
    )?;
    Ok((connection, folder))
}
