//! Looking at a database that may be damaged.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use reeeductio_backend::{
    BackendError, BackendErrorKind, BlobPage, Committed, Copied, InboxItem, InboxPlace, Inspect,
    ObjectName, PageLimit, RecordName, RecordedBlob, RecordsCopy,
};
use reeeductio_proto::{BlobId, ChainId, DataEntry, DataPath, Position, SpaceId, TopicId};
use rusqlite::Connection;

use crate::connection::open_reader;
use crate::database::Database;
use crate::failure::failure;
use crate::read::spaces::HOLDING;
use crate::read::{self, WHOLE};
use crate::scan::Table;
use crate::{DATABASE, backup, schema};

mod inboxes;
mod trees;

/// Reads a database without a server, also while one runs.
#[derive(Debug)]
pub struct Inspector {
    database: Database,
    path: PathBuf,
}

impl Inspector {
    /// Opens the database in `directory` for reading.
    pub fn open(directory: &Path) -> Result<Self, BackendError> {
        let path = directory.join(DATABASE);
        if path.metadata().is_ok_and(|metadata| metadata.len() == 0) {
            return Err(BackendError::corrupt(
                "open the database",
                "the file is empty",
            ));
        }
        let connection = open_reader(&path)?;
        schema::version(&connection)?;
        let database = Database::new(connection);
        Ok(Self { database, path })
    }
}

impl Inspector {
    /// Refuses to look into rows of an earlier version, which lack columns.
    fn require_current(&self) -> Result<(), BackendError> {
        let version = schema::version(self.database.connection())?;
        if version == schema::CURRENT {
            return Ok(());
        }
        Err(BackendError::unavailable(
            "examine the database",
            format!(
                "it has version {version}. Start this release on it once, which brings it to version {}, or use the release that wrote it.",
                schema::CURRENT
            ),
        ))
    }

    /// Records that are whole, each by itself, and do not agree with one another.
    fn disagreeing(&self) -> Result<Vec<RecordName>, BackendError> {
        let mut found = Vec::new();
        let spaces = match trees::spaces(&self.database) {
            Err(error) if error.kind() == BackendErrorKind::Corrupt => return Ok(found),
            spaces => spaces?,
        };
        for space in spaces {
            found.extend(trees::disagreeing(&self.database, &space)?);
        }
        found.extend(inboxes::disagreeing(&self.database)?);
        Ok(found)
    }
}

impl Inspect for Inspector {
    fn location(&self) -> String {
        self.path.display().to_string()
    }

    fn check_storage(&self) -> Result<Vec<String>, BackendError> {
        check_file(self.database.connection())
    }

    fn damaged_records(&self) -> Result<Vec<RecordName>, BackendError> {
        let connection = self.database.connection();
        let mut damaged = Vec::new();
        for table in Table::all(connection)? {
            let scanned = table.each(connection, false, |row| {
                if row.values.is_none() {
                    damaged.push(row.name);
                }
                Ok(())
            });
            // `check_storage` reports a table that cannot be walked; the others may be whole.
            if let Err(error) = scanned
                && error.kind() != BackendErrorKind::Corrupt
            {
                return Err(error);
            }
        }
        // Earlier versions have no trees.
        if schema::version(connection)? == schema::CURRENT {
            let known: HashSet<RecordName> = damaged.iter().cloned().collect();
            let others = self.disagreeing()?.into_iter();
            damaged.extend(others.filter(|name| !known.contains(name)));
        }
        Ok(damaged)
    }

    fn spaces(&self) -> Result<Vec<SpaceId>, BackendError> {
        read::spaces::spaces(&self.database, HOLDING, None, usize::MAX)
    }

    fn topics(&self, space: &SpaceId) -> Result<Vec<TopicId>, BackendError> {
        read::spaces::topics(&self.database, space)
    }

    fn head(&self, space: &SpaceId, chain: &ChainId) -> Result<Option<Position>, BackendError> {
        read::messages::head(&self.database, space, chain)
    }

    fn holds(&self, space: &SpaceId, topic: &TopicId, place: &Position) -> bool {
        matches!(
            read::messages::message(&self.database, space, topic, &place.hash, WHOLE),
            Ok(Some(message)) if message.server_timestamp == place.timestamp
        )
    }

    fn events(
        &self,
        space: &SpaceId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, BackendError> {
        self.require_current()?;
        Ok(read::messages::events(&self.database, space, after, PageLimit::count(limit))?.items)
    }

    fn last_event(&self, space: &SpaceId) -> Result<u64, BackendError> {
        read::messages::last_event(&self.database, space)
    }

    fn data_paths(
        &self,
        space: &SpaceId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<String>, BackendError> {
        read::data::data_paths(&self.database, space, after, limit)
    }

    fn data(&self, space: &SpaceId, path: &DataPath) -> Result<Option<DataEntry>, BackendError> {
        self.require_current()?;
        let row = read::data::data(&self.database, space, path, WHOLE)?;
        Ok(row.filter(|row| !row.deleted).map(|row| row.entry))
    }

    fn inbox_places(
        &self,
        space: &SpaceId,
        after: Option<InboxPlace>,
        limit: usize,
    ) -> Result<Vec<InboxPlace>, BackendError> {
        // Earlier versions have no inboxes.
        if schema::version(self.database.connection())? < schema::CURRENT {
            return Ok(Vec::new());
        }
        read::inboxes::every(&self.database, space, after, limit)
    }

    fn inbox_item(
        &self,
        space: &SpaceId,
        place: InboxPlace,
    ) -> Result<Option<InboxItem>, BackendError> {
        read::inboxes::item_at(&self.database, space, place)
    }

    fn blobs(&self, after: &str, limit: usize) -> Result<BlobPage, BackendError> {
        blobs(&self.database, after, limit)
    }

    fn blob(&self, space: &SpaceId, blob: &BlobId) -> Result<Option<RecordedBlob>, BackendError> {
        match read::blobs::blob(&self.database, space, blob) {
            Ok(None) => Ok(None),
            Err(error) if error.kind() == BackendErrorKind::Corrupt => Ok(None),
            Err(error) => Err(error),
            Ok(Some(record)) => Ok(Some(RecordedBlob {
                space: *space,
                blob: *blob,
                record,
            })),
        }
    }

    fn refers_to(&self, object: &ObjectName) -> Result<bool, BackendError> {
        read::blobs::is_named(&self.database, object)
    }

    fn copy_to(
        &self,
        directory: &Path,
        backlog: u64,
        progress: &mut dyn FnMut(Copied),
    ) -> Result<Box<dyn RecordsCopy>, BackendError> {
        backup::copy(
            self.database.connection(),
            &self.path,
            directory,
            backlog,
            progress,
        )
    }
}

/// Returns the problems that SQLite itself finds in the file.
fn check_file(connection: &Connection) -> Result<Vec<String>, BackendError> {
    integrity(connection, "PRAGMA integrity_check")
}

/// Returns the problems that SQLite itself finds in a table and its indexes.
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

/// A page of intact blob records.
pub(crate) fn blobs(
    database: &Database,
    after: &str,
    limit: usize,
) -> Result<BlobPage, BackendError> {
    let (next, blobs) = read::blobs::intact_objects(database, after, limit)?;
    Ok(BlobPage { blobs, next })
}
