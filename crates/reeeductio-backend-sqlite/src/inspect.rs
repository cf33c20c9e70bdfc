//! Looking at a database that may be damaged.

use std::path::Path;

use reeeductio_backend::{BackendError, BlobReference, Committed, PageLimit, RecordedBlob};
use reeeductio_proto::{BlobId, ChainId, DataEntry, DataPath, Position, SpaceId, TopicId};
use rusqlite::Connection;

use crate::DATABASE;
use crate::connection::open_reader;
use crate::failure::failure;
use crate::{read, schema};

/// Something in a database is not what was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Damage(pub String);

/// Reads a database without a server, also while one runs.
#[derive(Debug)]
pub struct Inspector {
    connection: Connection,
}

impl Inspector {
    /// Opens the database in `directory` for reading.
    pub fn open(directory: &Path) -> Result<Self, BackendError> {
        let connection = open_reader(&directory.join(DATABASE))?;
        schema::version(&connection)?;
        Ok(Self { connection })
    }

    /// What SQLite itself finds wrong with the file.
    pub fn check_file(&self) -> Result<Vec<Damage>, BackendError> {
        let failed = failure("check the database file");
        let mut statement = self
            .connection
            .prepare("PRAGMA integrity_check")
            .map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            let line: String = row.get(0).map_err(&failed)?;
            if line != "ok" {
                found.push(Damage(line));
            }
        }
        Ok(found)
    }

    /// Every space that holds anything.
    pub fn spaces(&self) -> Result<Vec<SpaceId>, BackendError> {
        read::spaces::spaces(&self.connection, None, usize::MAX)
    }

    /// The topics of a space.
    pub fn topics(&self, space: &SpaceId) -> Result<Vec<TopicId>, BackendError> {
        read::spaces::topics(&self.connection, space)
    }

    /// The recorded head of a topic.
    pub fn head(&self, space: &SpaceId, topic: &TopicId) -> Result<Option<Position>, BackendError> {
        let chain = ChainId::shared(topic.clone());
        read::messages::head(&self.connection, space, &chain)
    }

    /// Whether the message a chain was walked up to is still in it: then what follows came after the walk.
    pub fn is_behind(&self, space: &SpaceId, topic: &TopicId, seen: &Position) -> bool {
        matches!(
            read::messages::message(&self.connection, space, topic, &seen.hash),
            Ok(Some(_))
        )
    }

    /// Messages of a space in the order of their events, after the event `after`.
    pub fn events(
        &self,
        space: &SpaceId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, BackendError> {
        Ok(read::messages::events(&self.connection, space, after, PageLimit::count(limit))?.items)
    }

    /// Paths of data entries after `after`.
    pub fn data_paths(
        &self,
        space: &SpaceId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<String>, BackendError> {
        read::data::data_paths(&self.connection, space, after, limit)
    }

    /// A data entry; `None` when it was deleted.
    pub fn data(
        &self,
        space: &SpaceId,
        path: &DataPath,
    ) -> Result<Option<DataEntry>, BackendError> {
        let row = read::data::data(&self.connection, space, path)?;
        Ok(row.filter(|row| !row.deleted).map(|row| row.entry))
    }

    /// All blob records, by object.
    pub fn blobs(&self) -> Result<Vec<RecordedBlob>, BackendError> {
        read::blobs::objects(&self.connection, None, usize::MAX)
    }

    /// References of a space to a blob.
    pub fn references(
        &self,
        space: &SpaceId,
        blob: &BlobId,
    ) -> Result<Vec<BlobReference>, BackendError> {
        read::blobs::references(&self.connection, space, blob)
    }
}
