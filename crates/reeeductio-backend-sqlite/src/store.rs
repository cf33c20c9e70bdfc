//! The database's record of the blob store it belongs to.
//!
//! The table is no step of the schema: an earlier release does without it, and a backup that was made before there was
//! one can still be repaired from.

use std::path::Path;

use reeeductio_backend::{BackendError, StoreMark, StoreRecord};
use rusqlite::{Connection, OptionalExtension as _};

use crate::DATABASE;
use crate::connection::{open_reader, open_untouched, open_writer};
use crate::failure::failure;
use crate::wal::Log;

const OPERATION: &str = "read or write the mark of the blob store";

/// Reads the record of the database in `directory`.
pub fn store_record(directory: &Path) -> Result<StoreRecord, BackendError> {
    read(&open_reader(&directory.join(DATABASE))?)
}

/// [`store_record`] without making or changing a file.
pub fn look_at_store_record(directory: &Path) -> Result<StoreRecord, BackendError> {
    let path = directory.join(DATABASE);
    let log = Log::beside(&path).map_err(|error| {
        BackendError::unavailable(OPERATION, format!("{}: {error}", path.display()))
    })?;
    read(&open_untouched(&path, log)?)
}

/// Writes the record into the database in `directory`, which no server is using: the thread that writes takes what it
/// has not written in the log for room of its own.
pub fn set_store_record(directory: &Path, record: &StoreRecord) -> Result<(), BackendError> {
    let path = directory.join(DATABASE);
    if !path.exists() {
        return Err(BackendError::unavailable(
            OPERATION,
            format!("{} is missing", path.display()),
        ));
    }
    write(&open_writer(&path)?, record)
}

pub(crate) fn read(connection: &Connection) -> Result<StoreRecord, BackendError> {
    let failed = failure(OPERATION);
    let found: bool = connection
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'store')",
            (),
            |row| row.get(0),
        )
        .map_err(&failed)?;
    if !found {
        return Ok(StoreRecord::default());
    }
    let record = connection
        .query_row("SELECT mark, previous, held FROM store", (), |row| {
            let text: Option<String> = row.get(0)?;
            let previous: Option<String> = row.get(1)?;
            Ok(StoreRecord {
                mark: text.as_deref().and_then(StoreMark::parse),
                previous: previous.and_then(|turn| u128::from_str_radix(&turn, 16).ok()),
                held: row.get(2)?,
            })
        })
        .optional()
        .map_err(&failed)?;
    Ok(record.unwrap_or_default())
}

pub(crate) fn write(connection: &Connection, record: &StoreRecord) -> Result<(), BackendError> {
    let mark = record.mark.map(|mark| mark.to_string());
    let previous = record.previous.map(|turn| format!("{turn:032x}"));
    connection
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS store (
                one INTEGER PRIMARY KEY CHECK (one = 1), mark TEXT, previous TEXT, held INTEGER NOT NULL
            ) STRICT",
        )
        .and_then(|()| {
            connection.execute(
                "INSERT OR REPLACE INTO store (one, mark, previous, held) VALUES (1, ?1, ?2, ?3)",
                (mark, previous, record.held),
            )
        })
        .map(drop)
        .map_err(failure(OPERATION))
}
