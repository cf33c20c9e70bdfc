//! Checks whether a server could open the database of a data directory, without opening it as a server does.

use std::path::Path;

use reeeductio_backend::BackendError;

use crate::DATABASE;
use crate::connection::open_untouched;
use crate::database::Database;
use crate::extent::{check_file, check_pages, check_trees};
use crate::failure::failure;
use crate::open::with_cure;
use crate::schema::{CURRENT, known_version};
use crate::wal::Log;

/// Result of [`check_database`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FoundDatabase {
    /// None; a server makes it at its first start.
    Missing,
    /// One of this release.
    Current,
    /// One of an earlier release, which the next start of a server brings to the current version.
    Earlier {
        /// Its version.
        version: usize,
        /// The version of this release.
        current: usize,
    },
    /// One whose log has lost its index, as in a copy: the next start reads the log. Until then only the length of the
    /// file can be checked.
    LogUnread,
}

/// Checks what [`SqliteRecords::open`](crate::SqliteRecords::open) checks, and fails with the same errors. Makes and
/// changes no file, takes no lock that a server needs, and may run beside one.
pub fn check_database(directory: &Path) -> Result<FoundDatabase, BackendError> {
    let path = directory.join(DATABASE);
    check(&path).map_err(|error| with_cure(&path, error))
}

fn check(path: &Path) -> Result<FoundDatabase, BackendError> {
    check_file(path)?;
    let unreadable = |error: std::io::Error| {
        BackendError::unavailable("look at the database file", error.to_string()).with_source(error)
    };
    match path.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(FoundDatabase::Missing);
        }
        Err(error) => return Err(unreadable(error)),
        // SQLite makes a database of it.
        Ok(metadata) if metadata.len() == 0 => return Ok(FoundDatabase::Missing),
        Ok(_) => {}
    }
    let log = Log::beside(path).map_err(unreadable)?;
    let database = Database::new(open_untouched(path, log)?);
    // A server may go on writing: its log is not begun anew while this moment is read.
    database.at_one_moment(|database| {
        let version = known_version(database.connection())?;
        check_pages(database.connection(), path)?;
        if log == Log::WithoutIndex {
            // Without its log, the file may be from the middle of a checkpoint.
            return Ok(FoundDatabase::LogUnread);
        }
        if version < CURRENT {
            return Ok(FoundDatabase::Earlier {
                version,
                current: CURRENT,
            });
        }
        check_trees(database)?;
        Ok(FoundDatabase::Current)
    })
}

/// Returns whether the database in `directory` has the event tree of a space; false if there is no database. Makes and changes no file.
pub fn has_event_trees(directory: &Path) -> Result<bool, BackendError> {
    let path = directory.join(DATABASE);
    let failed = failure("look for event trees");
    match path.metadata() {
        Ok(metadata) if metadata.len() > 0 => {}
        // None, or SQLite makes one of it. Other errors are those of opening it.
        _ => return Ok(false),
    }
    let log = Log::beside(&path).map_err(|error| {
        BackendError::unavailable("look for event trees", error.to_string()).with_source(error)
    })?;
    let connection = open_untouched(&path, log)?;
    let has = |sql: &str| connection.query_row(sql, (), |row| row.get(0));
    // A database of an earlier release has no such table.
    if !has("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'trees')")
        .map_err(&failed)?
    {
        return Ok(false);
    }
    has("SELECT EXISTS (SELECT 1 FROM trees)").map_err(&failed)
}

#[cfg(test)]
mod tests;
