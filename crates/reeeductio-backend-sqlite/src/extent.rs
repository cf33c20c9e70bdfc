//! Finding out that pages are missing.
//!
//! SQLite notices a file that is too short only while there is no log: with one it believes the log's page
//! count, reads the missing pages as zeros, and fails one query after the other.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use reeeductio_backend::BackendError;
use rusqlite::Connection;

use crate::database::Database;
use crate::failure::failure;
use crate::statements::Sql;
use crate::wal::log_of;

const OPERATION: &str = "open the database";

/// Bytes of the log's header and of the header of each frame (<https://www.sqlite.org/fileformat2.html#walformat>).
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// Refuses an empty file beside a log: SQLite would make a new database and delete the log.
pub(crate) fn check_file(database: &Path) -> Result<(), BackendError> {
    let length = |path: &Path| match path.metadata() {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(unreadable(path, &error)),
    };
    if length(database)? == 0 && length(&log_of(database))? > 0 {
        return Err(BackendError::corrupt(
            OPERATION,
            "the file is empty or gone, but its log is there",
        ));
    }
    Ok(())
}

/// Refuses a file that lacks pages which are not in the log either.
pub(crate) fn check_pages(connection: &Connection, database: &Path) -> Result<(), BackendError> {
    let pragma = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, u32>(0))
            .map_err(failure(OPERATION))
    };
    let (size, pages, free) = (
        pragma("page_size")?,
        pragma("page_count")?,
        pragma("freelist_count")?,
    );
    let length = database
        .metadata()
        .map_err(|error| unreadable(database, &error))?
        .len();
    let present = u32::try_from(length / u64::from(size)).unwrap_or(u32::MAX);
    if present >= pages {
        return Ok(());
    }
    let log = log_of(database);
    let logged = logged(&log, size, present..pages).map_err(|error| unreadable(&log, &error))?;
    let missing = pages - present - u32::try_from(logged).unwrap_or(u32::MAX);
    // A free page need not be anywhere, and SQLite never writes the page at 1 GiB.
    let unused = (1 << 30) / size + 1;
    let spared = free.saturating_add(u32::from(present < unused && unused <= pages));
    if missing > spared {
        return Err(BackendError::corrupt(
            OPERATION,
            format!("{missing} of its {pages} pages are missing: the file was cut off"),
        ));
    }
    Ok(())
}

/// How many of the pages behind the first `range.start` and up to `range.end` the log holds, or seems to:
/// frames that SQLite would not read again count, too.
fn logged(log: &Path, page_size: u32, range: std::ops::Range<u32>) -> io::Result<usize> {
    let mut file = BufReader::new(File::open(log)?);
    let mut header = [0; LOG_HEADER];
    if file.read_exact(&mut header).is_err() {
        return Ok(0);
    }
    let mut found = HashSet::new();
    let mut frame = [0; FRAME_HEADER];
    while file.read_exact(&mut frame).is_ok() {
        // Its first four bytes are the page's number; the salts of an older log are others.
        let [a, b, c, d, ..] = frame;
        let number = u32::from_be_bytes([a, b, c, d]);
        if frame.get(8..16) != header.get(16..24) {
            break;
        }
        if number > range.start && number <= range.end {
            found.insert(number);
        }
        file.seek_relative(i64::from(page_size))?;
    }
    Ok(found.len())
}

/// Reads the first and the last row of every table and index.
pub(crate) fn check_trees(database: &Database) -> Result<(), BackendError> {
    for sql in Sql::ENDS {
        database.first(*sql, (), |_| Ok::<_, BackendError>(()))?;
    }
    Ok(())
}

fn unreadable(path: &Path, error: &io::Error) -> BackendError {
    BackendError::unavailable(OPERATION, format!("{}: {error}", path.display()))
}

#[cfg(test)]
pub(crate) mod tests;
