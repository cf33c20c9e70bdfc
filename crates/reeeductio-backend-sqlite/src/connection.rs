//! Opening connections.

use std::path::Path;
use std::time::Duration;

use reeeductio_backend::BackendError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::failure::failure;

/// Pages after which the writer moves the log into the database: 64 MiB.
const CHECKPOINT_PAGES: u32 = 16_384;
/// Prepared statements kept per connection: more than there are.
const STATEMENTS: usize = 64;
/// How long a connection waits for a lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connection that writes.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, BackendError> {
    const OPERATION: &str = "open the database";
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failure(OPERATION))?;
    prepare(&connection, PATIENCE)?;
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
             PRAGMA cache_size = -16384;"
        ))
        .map_err(failure(OPERATION))?;
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, BackendError> {
    open_read_only(path, PATIENCE)
}

/// A connection that only reads and reports a lock instead of waiting for it.
pub(crate) fn open_hasty_reader(path: &Path) -> Result<Connection, BackendError> {
    open_read_only(path, Duration::ZERO)
}

fn open_read_only(path: &Path, patience: Duration) -> Result<Connection, BackendError> {
    const OPERATION: &str = "open the database for reading";
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failure(OPERATION))?;
    prepare(&connection, patience)?;
    connection
        .execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -4096;")
        .map_err(failure(OPERATION))?;
    Ok(connection)
}

fn prepare(connection: &Connection, patience: Duration) -> Result<(), BackendError> {
    let failed = failure("prepare a connection");
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(patience).map_err(&failed)?;
    // Otherwise SQLite parses a statement again whenever a parameter is bound that might suggest another plan.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(&failed)?;
    connection
        .execute_batch("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;")
        .map_err(&failed)
}
