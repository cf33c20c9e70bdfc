//! The port, on a database in a directory.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_backend::{
    AddBlob, AddBlobOutcome, Append, AppendAll, AppendOutcome, BackendError, BlobRecord,
    BlobRecords, BlobReference, CommitSink, Committed, DataEntries, DataPage, DataRange,
    DeleteData, DeleteDataOutcome, Entry, MessageRange, Messages, ObjectName, Page, PageLimit,
    Purge, PurgeOutcome, PutData, PutDataOutcome, RecordedBlob, Records, RemoveBlob,
    RemoveBlobOutcome, Spaces, State, StoreRecord, Tools, Usage,
};
use reeeductio_proto::{
    BlobId, ChainId, DataEntry, DataPath, EventPosition, MemberId, Message, MessageId, Position,
    SpaceId, StatePath, TopicId,
};

use crate::file::DatabaseFile;
use crate::lock::DirectoryLock;
use crate::open::{Opened, open};
use crate::read::spaces::HOLDING_OR_PURGED;
use crate::read::{self, Unread, WHOLE};
use crate::readers::Readers;
use crate::store;
use crate::wal::Wal;
use crate::write::append::SharedAppend;
use crate::writer::Writer;

/// Messages of a listing that are few.
const FEW: usize = 8;
/// References to a blob that are few.
const FEW_REFERENCES: usize = 64;

/// Records in an SQLite database.
pub struct SqliteRecords {
    file: Arc<DatabaseFile>,
    pub(crate) readers: Readers,
    pub(crate) writer: Writer,
    _lock: DirectoryLock,
}

impl SqliteRecords {
    /// Opens, or makes, the database in `directory`. Fails when another server has it open, and when the file is
    /// damaged in a way that shows at once.
    pub fn open(directory: &Path) -> Result<Self, BackendError> {
        Self::started(open(directory)?)
    }

    /// Opens the database like [`open`](Self::open) and writes what `mark` makes of what it knows of its blob store;
    /// returns what it knows then. It opens also if that cannot be written, as on a full disk.
    pub fn open_marked(
        directory: &Path,
        mark: impl FnOnce(&StoreRecord) -> Result<StoreRecord, BackendError>,
    ) -> Result<(Self, StoreRecord), BackendError> {
        let opened = open(directory)?;
        // Before there is a thread that writes: it takes what it has not written in the log for room of its own.
        let connection = opened.database.connection();
        let marked = mark(&store::read(connection)?)?;
        if let Err(error) = store::write(connection, &marked) {
            tracing::warn!(%error, "the database is not marked");
        }
        let stored = store::read(connection)?;
        Ok((Self::started(opened)?, stored))
    }

    /// Writes what the database knows of its blob store.
    pub async fn set_store_record(&self, record: StoreRecord) -> Result<(), BackendError> {
        self.writer
            .write(move |batch| batch.set_store_record(&record))
            .await
    }

    fn started(opened: Opened) -> Result<Self, BackendError> {
        let Opened {
            database,
            file,
            had_log,
            lock,
        } = opened;
        Ok(Self {
            readers: Readers::new(file.path().to_owned()),
            writer: Writer::start(database, Wal::of(file.path()), had_log)?,
            file: Arc::new(file),
            _lock: lock,
        })
    }

    async fn append_shared(
        &self,
        mut append: SharedAppend,
    ) -> Result<AppendOutcome<Vec<Committed>>, BackendError> {
        self.writer
            .write(move |batch| batch.append(&mut append))
            .await
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

impl std::fmt::Debug for SqliteRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteRecords")
            .field("path", &self.path())
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
        self.writer.write(|batch| batch.probe().map(drop)).await?;
        let file = Arc::clone(&self.file);
        self.readers
            .read(move |database| {
                read::probe::probe(database)?;
                file.check()
            })
            .await
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
        let outcome = self.append_shared(append.into()).await?;
        let nothing = || BackendError::unavailable("append", "nothing was stored");
        outcome.try_map(|stored| stored.into_iter().next().ok_or_else(nothing))
    }

    async fn append_all(
        &self,
        append: AppendAll,
    ) -> Result<AppendOutcome<Vec<Committed>>, BackendError> {
        self.append_shared(append.try_into()?).await
    }

    async fn head(
        &self,
        space: SpaceId,
        chain: &ChainId,
    ) -> Result<Option<Position>, BackendError> {
        let chain = chain.clone();
        self.readers
            .look_up(move |database, _| Ok(read::messages::head(database, &space, &chain)?))
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
            .look_up(move |database, longest| {
                let found = read::messages::message(database, &space, &topic, &hash, longest)?;
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
        if let Some(page) = self.writer.newest.page(&space, topic, range) {
            return Ok(page);
        }
        let topic = topic.clone();
        if range.limit.count <= FEW {
            return self
                .readers
                .look_up(move |database, bytes| {
                    // One more than asked for is looked at.
                    let longest = bytes / i64::try_from(range.limit.count + 1).unwrap_or(i64::MAX);
                    read::messages::few_messages(database, &space, &topic, range, longest)
                })
                .await;
        }
        self.readers
            .read(move |database| read::messages::messages(database, &space, &topic, range))
            .await
    }

    async fn entry(
        &self,
        space: SpaceId,
        topic: &TopicId,
        hash: MessageId,
    ) -> Result<Option<Entry>, BackendError> {
        let topic = topic.clone();
        self.readers
            .look_up(move |database, bytes| {
                database.at_one_moment(|database| {
                    read::entries::entry(database, &space, &topic, &hash, bytes)
                })
            })
            .await
    }

    async fn entries(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Page<Entry>, BackendError> {
        let topic = topic.clone();
        self.readers
            .look_up(move |database, bytes| {
                database.at_one_moment(|database| {
                    read::entries::entries(database, &space, &topic, range, bytes)
                })
            })
            .await
    }

    async fn last_event(&self, space: SpaceId) -> Result<u64, BackendError> {
        self.readers
            .look_up(move |database, _| Ok(read::messages::last_event(database, &space)?))
            .await
    }

    async fn events(
        &self,
        space: SpaceId,
        after: u64,
        limit: PageLimit,
    ) -> Result<Page<Committed>, BackendError> {
        self.readers
            .read(move |database| read::messages::events(database, &space, after, limit))
            .await
    }

    async fn last_change(&self, space: SpaceId) -> Result<EventPosition, BackendError> {
        self.readers
            .look_up(move |database, _| Ok(read::messages::last_change(database, &space)?))
            .await
    }

    async fn changes(
        &self,
        space: SpaceId,
        after: EventPosition,
        limit: PageLimit,
    ) -> Result<Page<Committed>, BackendError> {
        self.readers
            .read(move |database| read::messages::changes(database, &space, after, limit))
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
            .look_up(move |database, longest| {
                let found = read::state::state_entry(database, &space, &path, longest)?;
                Ok(found.map(Arc::new))
            })
            .await
    }

    async fn authority_entries(
        &self,
        space: SpaceId,
        after: i64,
        limit: PageLimit,
    ) -> Result<Page<Message>, BackendError> {
        self.readers
            .read(move |database| read::state::authority_entries(database, &space, after, limit))
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
            .look_up(move |database, longest| {
                let row = read::data::data(database, &space, &path, longest)?;
                Ok(row
                    .filter(|row| !row.deleted)
                    .map(|row| Arc::new(row.entry)))
            })
            .await
    }

    async fn data_below(&self, space: SpaceId, range: DataRange) -> Result<DataPage, BackendError> {
        self.readers
            .read(move |database| read::data::data_below(database, &space, &range))
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
            .look_up(move |database, _| Ok(read::tools::tool_uses(database, &space, &tool)?))
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
            .look_up(move |database, _| Ok(read::blobs::blob(database, &space, &blob)?))
            .await
    }

    async fn blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
    ) -> Result<Vec<BlobReference>, BackendError> {
        self.readers
            .look_up(move |database, bytes| {
                let limit = if bytes == WHOLE {
                    usize::MAX
                } else {
                    FEW_REFERENCES
                };
                let found = read::blobs::references(database, &space, &blob, limit)?;
                if found.len() == limit {
                    return Err(Unread::TooLong);
                }
                Ok(found)
            })
            .await
    }

    async fn blob_spaces(&self, blob: BlobId) -> Result<Vec<SpaceId>, BackendError> {
        self.readers
            .read(move |database| read::blobs::blob_spaces(database, &blob))
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
            .read(move |database| read::blobs::objects(database, after.as_ref(), limit))
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
            .read(move |database| read::spaces::spaces(database, HOLDING_OR_PURGED, after, limit))
            .await
    }

    async fn topics(&self, space: SpaceId) -> Result<Vec<TopicId>, BackendError> {
        self.readers
            .read(move |database| read::spaces::topics(database, &space))
            .await
    }

    async fn usage(&self, space: SpaceId, member: Option<MemberId>) -> Result<Usage, BackendError> {
        self.readers
            .read(move |database| {
                // Rows and what they do not count yet.
                database
                    .at_one_moment(|database| read::usage::usage(database, &space, member.as_ref()))
            })
            .await
    }

    async fn purge(&self, purge: Purge) -> Result<PurgeOutcome, BackendError> {
        self.writer.write(move |batch| batch.purge(&purge)).await
    }
}
