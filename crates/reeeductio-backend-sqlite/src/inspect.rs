//! Looking at a database that may be damaged.

pub(crate) mod blobs;

use std::path::{Path, PathBuf};

use reeeductio_backend::{
    BackendError, BackendErrorKind, BlobPage, Committed, Copied, Head, Inspect, ObjectName,
    RecordName, RecordsCopy, StoredBlob,
};
use reeeductio_proto::{BlobId, DataEntry, DataPath, SpaceId, TopicId};
use rusqlite::Connection;

use crate::connection::open_reader;
use crate::failure::failure;
use crate::scan::{TABLES, Table};
use crate::{DATABASE, backup, read, schema};

/// Reads a database without a server, also while one runs.
#[derive(Debug)]
pub struct Inspector {
    connection: Connection,
    path: PathBuf,
}

impl Inspector {
    /// Opens the database in `directory` for reading.
    pub fn open(directory: &Path) -> Result<Self, BackendError> {
        let path = directory.join(DATABASE);
        let connection = open_reader(&path)?;
        schema::version(&connection)?;
        Ok(Self { connection, path })
    }
}

impl Inspect for Inspector {
    fn location(&self) -> String {
        self.path.display().to_string()
    }

    fn check_storage(&self) -> Result<Vec<String>, BackendError> {
        check_file(&self.connection)
    }

    fn damaged_records(&self) -> Result<Vec<RecordName>, BackendError> {
        let mut damaged = Vec::new();
        for (name, kind) in TABLES {
            let table = Table::of(&self.connection, name, *kind)?;
            let scanned = table.each(&self.connection, false, |row| {
                if row.values.is_none() {
                    damaged.push(row.name);
                }
                Ok(())
            });
            // What cannot be walked is for `check_storage` to say; the other tables may be whole.
            if let Err(error) = scanned
                && error.kind() != BackendErrorKind::Corrupt
            {
                return Err(error);
            }
        }
        Ok(damaged)
    }

    fn spaces(&self) -> Result<Vec<SpaceId>, BackendError> {
        read::spaces(&self.connection, None, usize::MAX)
    }

    fn topics(&self, space: &SpaceId) -> Result<Vec<TopicId>, BackendError> {
        read::topics(&self.connection, space)
    }

    fn head(&self, space: &SpaceId, topic: &TopicId) -> Result<Option<Head>, BackendError> {
        read::head(&self.connection, space, topic.as_str())
    }

    fn holds(&self, space: &SpaceId, topic: &TopicId, place: &Head) -> bool {
        matches!(
            read::message(&self.connection, space, topic, &place.hash),
            Ok(Some(message)) if message.server_timestamp == place.timestamp
        )
    }

    fn events(
        &self,
        space: &SpaceId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, BackendError> {
        read::events(&self.connection, space, after, limit)
    }

    fn last_event(&self, space: &SpaceId) -> Result<u64, BackendError> {
        read::last_event(&self.connection, space)
    }

    fn data_paths(
        &self,
        space: &SpaceId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<String>, BackendError> {
        read::data_paths(&self.connection, space, after, limit)
    }

    fn data(&self, space: &SpaceId, path: &DataPath) -> Result<Option<DataEntry>, BackendError> {
        let row = read::data(&self.connection, space, path)?;
        Ok(row.filter(|row| !row.deleted).map(|row| row.entry))
    }

    fn blobs(&self, after: &str, limit: usize) -> Result<BlobPage, BackendError> {
        blobs::blobs(&self.connection, after, limit)
    }

    fn blob(&self, blob: &BlobId) -> Result<Option<StoredBlob>, BackendError> {
        blobs::blob(&self.connection, blob)
    }

    fn refers_to(&self, object: &ObjectName) -> Result<bool, BackendError> {
        self.connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM blobs WHERE object = ?1)")
            .and_then(|mut statement| statement.query_row([object.as_str()], |row| row.get(0)))
            .map_err(failure("look for a blob's record"))
    }

    fn copy_to(
        &self,
        directory: &Path,
        backlog: u64,
        progress: &mut dyn FnMut(Copied),
    ) -> Result<Box<dyn RecordsCopy>, BackendError> {
        backup::copy(&self.connection, &self.path, directory, backlog, progress)
    }
}

/// What SQLite itself finds wrong with the file.
fn check_file(connection: &Connection) -> Result<Vec<String>, BackendError> {
    integrity(connection, "PRAGMA integrity_check")
}

/// What SQLite itself finds wrong with a table and its indexes.
pub(crate) fn check_table(
    connection: &Connection,
    table: &str,
) -> Result<Vec<String>, BackendError> {
    integrity(connection, &format!("PRAGMA integrity_check({table})"))
}

fn integrity(connection: &Connection, sql: &str) -> Result<Vec<String>, BackendError> {
    let failed = failure("check the database file");
    let mut statement = connection.prepare(sql).map_err(&failed)?;
    let mut rows = statement.query([]).map_err(&failed)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(&failed)? {
        let line: String = row.get(0).map_err(&failed)?;
        if line != "ok" {
            found.push(line);
        }
    }
    Ok(found)
}
