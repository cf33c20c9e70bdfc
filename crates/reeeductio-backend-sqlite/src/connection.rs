//! Opening connections.

use std::path::Path;
use std::time::Duration;

use reeeductio_backend::BackendError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::failure::failure;
use crate::wal::Log;

/// Pages after which the writer moves the log into the database: 64 MiB.
const CHECKPOINT_PAGES: u32 = 16_384;
/// Prepared statements kept per connection: more than there are.
const STATEMENTS: usize = 128;
/// How long a connection waits for a lock.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

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
             PRAGMA secure_delete = ON;
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

/// A connection that reads what is there without making or changing a file, unlike [`open_reader`], which makes
/// a log's index where there is none and mends one that a killed server left.
pub(crate) fn open_untouched(path: &Path, log: Log) -> Result<Connection, BackendError> {
    const OPERATION: &str = "open the database for checking";
    let mode = match log {
        Log::Readable => "readonly_shm=1",
        Log::Empty | Log::WithoutIndex => "immutable=1",
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let uri = format!("{}?{mode}", uri(path)?);
    let connection = Connection::open_with_flags(uri, flags).map_err(failure(OPERATION))?;
    prepare(&connection, PATIENCE)?;
    Ok(connection)
}

/// The path as SQLite takes it where options follow (<https://www.sqlite.org/uri.html>).
fn uri(path: &Path) -> Result<String, BackendError> {
    const OPERATION: &str = "name the database file";
    let failed = |error: String| BackendError::unavailable(OPERATION, error);
    let path = std::path::absolute(path).map_err(|error| failed(error.to_string()))?;
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    let bytes = match path.to_str() {
        Some(path) => format!("/{}", path.replace('\\', "/")).into_bytes(),
        None => return Err(failed(format!("{} is not Unicode", path.display()))),
    };
    let escaped = bytes.into_iter().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b':' | b'.' | b'-' | b'_' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    Ok(format!("file://{}", escaped.collect::<String>()))
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
