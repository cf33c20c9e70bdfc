//! The port, on a database in a directory.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_backend::{
    AddBlob, AddBlobOutcome, Append, AppendOutcome, BackendError, BlobRecord, BlobRecords,
    BlobReference, CommitSink, Committed, DataEntries, DeleteData, DeleteDataOutcome, MessageRange,
    Messages, ObjectName, Page, PageLimit, Purged, PutData, PutDataOutcome, RecordedBlob, Records,
    RemoveBlob, RemoveBlobOutcome, Spaces, State, Tools, Usage,
};
use reeeductio_proto::{
    BlobId, ChainId, DataEntry, DataPath, MemberId, Message, MessageId, Position, SpaceId,
    StatePath, TopicId,
};

use crate::DATABASE;
use crate::connection::open_writer;
use crate::failure::failure;
use crate::lock::DirectoryLock;
use crate::read;
use crate::readers::Readers;
use crate::schema::migrate;
use crate::wal::Wal;
use crate::writer::Writer;

/// Records in an SQLite database.
pub struct SqliteRecords {
    path: PathBuf,
    readers: Readers,
    writer: Writer,
    _lock: DirectoryLock,
}

impl SqliteRecords {
    /// Opens, or makes, the database in `directory`. Fails when another server has it open.
    pub fn open(directory: &Path) -> Result<Self, BackendError> {
        let failed = |error: std::io::Error| {
            BackendError::unavailable(
                "open the data directory",
                format!("{}: {error}", directory.display()),
            )
            .with_source(error)
        };
        std::fs::create_dir_all(directory).map_err(failed)?;
        let lock = DirectoryLock::take(directory)?;
        let path = directory.join(DATABASE);
        let mut connection = open_writer(&path)?;
        migrate(&mut connection)?;
        // The new file's name must be on disk before anything in it is acknowledged.
        File::open(directory)
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
        Ok(Self {
            readers: Readers::new(path.clone()),
            writer: Writer::start(connection, Wal::of(&path))?,
            path,
            _lock: lock,
        })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl std::fmt::Debug for SqliteRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteRecords")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Records for SqliteRecords {
    fn attach(&self, sink: Arc<dyn CommitSink>) -> Result<(), BackendError> {
        self.writer
            .sink
            .set(sink)
            .map_err(|_| BackendError::unavailable("attach a sink", "there is one already"))
    }

    /// The directory is locked: see `lock.rs`.
    fn is_shared(&self) -> bool {
        false
    }

    async fn ready(&self) -> Result<(), BackendError> {
        // An empty transaction goes through the writer like any other.
        self.writer.write(|_| Ok(())).await
    }

    async fn close(&self) -> Result<(), BackendError> {
        self.writer.close().await?;
        self.readers.close().await;
        Ok(())
    }
}

#[async_trait]
impl Messages for SqliteRecords {
    async fn append(&self, append: Append) -> Result<AppendOutcome, BackendError> {
        self.writer.write(move |batch| batch.append(append)).await
    }

    async fn head(
        &self,
        space: SpaceId,
        chain: &ChainId,
    ) -> Result<Option<Position>, BackendError> {
        let chain = chain.clone();
        self.readers
            .read(move |connection| read::messages::head(connection, &space, &chain))
            .await
    }

    async fn message(
        &self,
        space: SpaceId,
        topic: &TopicId,
        hash: MessageId,
    ) -> Result<Option<Arc<Message>>, BackendError> {
        let topic = topic.clone();
        self.readers
            .read(move |connection| {
                let found = read::messages::message(connection, &space, &topic, &hash)?;
                Ok(found.map(Arc::new))
            })
            .await
    }

    async fn messages(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Page<Message>, BackendError> {
        let topic = topic.clone();
        self.readers
            .read(move |connection| read::messages::messages(connection, &space, &topic, range))
            .await
    }

    async fn last_event(&self, space: SpaceId) -> Result<u64, BackendError> {
        self.readers
            .read(move |connection| read::messages::last_event(connection, &space))
            .await
    }

    async fn events(
        &self,
        space: SpaceId,
        after: u64,
        limit: PageLimit,
    ) -> Result<Page<Committed>, BackendError> {
        self.readers
            .read(move |connection| read::messages::events(connection, &space, after, limit))
            .await
    }
}

#[async_trait]
impl State for SqliteRecords {
    async fn state_entry(
        &self,
        space: SpaceId,
        path: &StatePath,
    ) -> Result<Option<Arc<Message>>, BackendError> {
        let path = path.clone();
        self.readers
            .read(move |connection| {
                let found = read::state::state_entry(connection, &space, &path)?;
                Ok(found.map(Arc::new))
            })
            .await
    }

    async fn auth_entries(
        &self,
        space: SpaceId,
        after: i64,
        limit: PageLimit,
    ) -> Result<Page<Message>, BackendError> {
        self.readers
            .read(move |connection| read::state::auth_entries(connection, &space, after, limit))
            .await
    }
}

#[async_trait]
impl DataEntries for SqliteRecords {
    async fn data(
        &self,
        space: SpaceId,
        path: &DataPath,
    ) -> Result<Option<Arc<DataEntry>>, BackendError> {
        let path = path.clone();
        self.readers
            .read(move |connection| {
                let row = read::data::data(connection, &space, &path)?;
                Ok(row
                    .filter(|row| !row.deleted)
                    .map(|row| Arc::new(row.entry)))
            })
            .await
    }

    async fn put_data(&self, put: PutData) -> Result<PutDataOutcome, BackendError> {
        self.writer.write(move |batch| batch.put_data(&put)).await
    }

    async fn delete_data(&self, delete: DeleteData) -> Result<DeleteDataOutcome, BackendError> {
        self.writer
            .write(move |batch| batch.delete_data(&delete))
            .await
    }
}

#[async_trait]
impl Tools for SqliteRecords {
    async fn tool_uses(&self, space: SpaceId, tool: MemberId) -> Result<u64, BackendError> {
        self.readers
            .read(move |connection| read::tools::tool_uses(connection, &space, &tool))
            .await
    }

    async fn raise_tool_uses(
        &self,
        space: SpaceId,
        tool: MemberId,
        at_least: u64,
    ) -> Result<(), BackendError> {
        self.writer
            .write(move |batch| batch.raise_tool_uses(&space, &tool, at_least))
            .await
    }
}

#[async_trait]
impl BlobRecords for SqliteRecords {
    async fn blob(&self, space: SpaceId, blob: BlobId) -> Result<Option<BlobRecord>, BackendError> {
        self.readers
            .read(move |connection| read::blobs::blob(connection, &space, &blob))
            .await
    }

    async fn blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
    ) -> Result<Vec<BlobReference>, BackendError> {
        self.readers
            .read(move |connection| read::blobs::references(connection, &space, &blob))
            .await
    }

    async fn blob_spaces(&self, blob: BlobId) -> Result<Vec<SpaceId>, BackendError> {
        self.readers
            .read(move |connection| read::blobs::blob_spaces(connection, &blob))
            .await
    }

    async fn add_blob(&self, add: AddBlob) -> Result<AddBlobOutcome, BackendError> {
        self.writer.write(move |batch| batch.add_blob(&add)).await
    }

    async fn remove_blob(&self, remove: RemoveBlob) -> Result<RemoveBlobOutcome, BackendError> {
        self.writer
            .write(move |batch| batch.remove_blob(&remove))
            .await
    }

    async fn objects(
        &self,
        after: Option<&ObjectName>,
        limit: usize,
    ) -> Result<Vec<RecordedBlob>, BackendError> {
        let after = after.cloned();
        self.readers
            .read(move |connection| read::blobs::objects(connection, after.as_ref(), limit))
            .await
    }
}

#[async_trait]
impl Spaces for SqliteRecords {
    async fn spaces(
        &self,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpaceId>, BackendError> {
        self.readers
            .read(move |connection| read::spaces::spaces(connection, after, limit))
            .await
    }

    async fn topics(&self, space: SpaceId) -> Result<Vec<TopicId>, BackendError> {
        self.readers
            .read(move |connection| read::spaces::topics(connection, &space))
            .await
    }

    async fn usage(&self, space: SpaceId, member: Option<MemberId>) -> Result<Usage, BackendError> {
        self.readers
            .read(move |connection| {
                // Rows and what they do not count yet, as of one moment.
                let snapshot = connection
                    .unchecked_transaction()
                    .map_err(failure("read what is stored"))?;
                read::usage::usage(&snapshot, &space, member.as_ref())
            })
            .await
    }

    async fn purge(&self, space: SpaceId, limit: usize) -> Result<Purged, BackendError> {
        self.writer
            .write(move |batch| batch.purge(&space, limit))
            .await
    }
}
