//! Room in the write-ahead log ahead of the writer.
//!
//! Syncing a file that grew costs about twice as much as syncing one that was overwritten, because its new size
//! must become durable too. So the log grows in steps, by zeros: SQLite takes what follows its last frame for
//! the remains of an older log, whatever it is (<https://www.sqlite.org/walformat.html>). From the first
//! checkpoint on, the log is overwritten from its beginning and nothing needs to be done.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::room::room;

/// Bytes to grow by: as much again as there is, within these bounds, so that a small database does not carry a
/// large log.
const LEAST: u64 = 256 * 1024;
const MOST: u64 = 8 * 1024 * 1024;

/// Room is made ahead only while the disk has this many times as much left.
const SPARE: u64 = 16;

/// The file that SQLite keeps the log of a database in.
pub(crate) fn log_of(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    path.into()
}

/// Log found beside a database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Log {
    /// Nothing: the database file is all there is, and no server has it open.
    Empty,
    /// A log and its index: a server runs, or was killed.
    Readable,
    /// A log alone, as in a copy. Reading it makes its index.
    WithoutIndex,
}

impl Log {
    /// Looks for the log of the database at `database`.
    pub(crate) fn beside(database: &Path) -> io::Result<Self> {
        let length = |path: &Path| match path.metadata() {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let mut index = database.as_os_str().to_owned();
        index.push("-shm");
        Ok(
            match (length(&log_of(database))?, length(index.as_ref())?) {
                (None | Some(0), _) => Self::Empty,
                (Some(_), Some(_)) => Self::Readable,
                (Some(_), None) => Self::WithoutIndex,
            },
        )
    }
}

/// The log of a database that only this process writes.
#[derive(Debug)]
pub(crate) struct Wal {
    path: PathBuf,
    /// Opened once SQLite has made it.
    file: Option<File>,
    /// Length of the log when this had done its part: what is longer, SQLite has added.
    length: u64,
    room: fn(&Path) -> io::Result<u64>,
}

impl Wal {
    /// The log of the database at `database`.
    pub(crate) fn of(database: &Path) -> Self {
        Self::with_room(database, room)
    }

    /// The same, on a disk whose room `room` tells.
    pub(crate) fn with_room(database: &Path, room: fn(&Path) -> io::Result<u64>) -> Self {
        Self {
            path: log_of(database),
            file: None,
            length: 0,
            room,
        }
    }

    /// Makes room if SQLite has used up what there was. Returns `false` if the disk has too little for a log
    /// that grows. For the thread that writes, between transactions.
    pub(crate) fn reserve(&mut self) -> io::Result<bool> {
        let file = match &mut self.file {
            Some(file) => file,
            none => match File::options().write(true).open(&self.path) {
                Ok(file) => none.insert(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
                Err(error) => return Err(error),
            },
        };
        let length = file.metadata()?.len();
        if length == self.length {
            return Ok(true);
        }
        // Also if it fails: the next attempt is when SQLite has added something again.
        self.length = length;
        let step = length.clamp(LEAST, MOST);
        if (self.room)(&self.path)? / SPARE < step {
            return Ok(false);
        }
        file.seek(SeekFrom::Start(length))?;
        let grown = io::copy(&mut io::repeat(0).take(step), file).and_then(|_| file.sync_data());
        self.length = file.metadata()?.len();
        grown.map(|()| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn the_log_grows_ahead_of_what_is_written_and_is_read_back_after_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER) STRICT;")
            .unwrap();
        let mut wal = Wal::of(&path);
        let log = folder.path().join("x.db-wal");
        let length = || std::fs::metadata(&log).unwrap().len();
        let used = length();
        wal.reserve().unwrap();
        assert_eq!(length(), used + LEAST);
        connection.execute("INSERT INTO t VALUES (1)", ()).unwrap();
        wal.reserve().unwrap();
        assert_eq!(
            length(),
            used + LEAST,
            "one row fits into the room there is"
        );

        // Both files as a crash leaves them, without a checkpoint.
        let crashed = folder.path().join("crashed.db");
        std::fs::copy(&path, &crashed).unwrap();
        std::fs::copy(&log, folder.path().join("crashed.db-wal")).unwrap();
        let count = |path: &Path| -> i64 {
            let connection = Connection::open(path).unwrap();
            connection
                .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
                .unwrap()
        };
        assert_eq!(count(&crashed), 1);
    }

    #[test]
    fn a_log_that_was_truncated_gets_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER) STRICT;")
            .unwrap();
        let mut wal = Wal::of(&path);
        wal.reserve().unwrap();
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
            .unwrap();
        connection.execute("INSERT INTO t VALUES (1)", ()).unwrap();
        wal.reserve().unwrap();
        let length = std::fs::metadata(folder.path().join("x.db-wal"))
            .unwrap()
            .len();
        assert!(length > LEAST, "{length}");
    }
}
