//! The port, on a database in a directory.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_backend::{
    AddBlob, AddBlobOutcome, Append, AppendOutcome, BackendError, BlobRecord, BlobReference,
    CommitSink, Committed, DeleteData, DeleteDataOutcome, Head, MessageRange, ObjectName, PutData,
    PutDataOutcome, Records, RemovedBlob,
};
use reeeductio_proto::{
    BlobId, DataEntry, DataPath, MemberId, Message, MessageId, SpaceId, StatePath, TopicId,
};

use crate::database::Database;
use crate::file::DatabaseFile;
use crate::lock::DirectoryLock;
use crate::open::{Opened, open};
use crate::read::{self, Unread};
use crate::readers::Readers;
use crate::wal::Wal;
use crate::writer::Writer;

/// Messages of a listing that are few.
const FEW: usize = 8;
/// References to a blob that are few.
const FEW_REFERENCES: usize = 64;

/// Records in an SQLite database.
pub struct SqliteRecords {
    file: Arc<DatabaseFile>,
    readers: Readers,
    pub(crate) writer: Writer,
    _lock: DirectoryLock,
}

impl SqliteRecords {
    /// Opens, or makes, the database in `directory`. Fails when another server has it open, and when the file
    /// is damaged in a way that shows at once.
    pub fn open(directory: &Path) -> Result<Self, BackendError> {
        let Opened {
            database,
            file,
            lock,
        } = open(directory)?;
        Ok(Self {
            readers: Readers::new(file.path().to_owned()),
            writer: Writer::start(database, Wal::of(file.path()))?,
            file: Arc::new(file),
            _lock: lock,
        })
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

    async fn append(&self, append: Append) -> Result<AppendOutcome, BackendError> {
        let Append {
            space,
            message,
            tool_use,
        } = append;
        let mut message = Arc::new(message);
        self.writer
            .write(move |batch| batch.append(space, &mut message, tool_use))
            .await
    }

    async fn head(&self, space: SpaceId, topic: &TopicId) -> Result<Option<Head>, BackendError> {
        let topic = topic.clone();
        self.readers
            .look_up(move |database, _| Ok(read::head(database, &space, topic.as_str())?))
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
                Ok(read::message(database, &space, &topic, &hash, longest)?.map(Arc::new))
            })
            .await
    }

    async fn messages(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Vec<Message>, BackendError> {
        let topic = topic.clone();
        if range.limit <= FEW {
            let query = move |database: &Database, most: i64| {
                let longest = most / i64::try_from(FEW).unwrap_or(i64::MAX);
                read::few_messages(database, &space, &topic, range, longest)
            };
            return self.readers.look_up(query).await;
        }
        self.readers
            .read(move |database| read::messages(database, &space, &topic, range))
            .await
    }

    async fn state_entry(
        &self,
        space: SpaceId,
        path: &StatePath,
    ) -> Result<Option<Arc<Message>>, BackendError> {
        let path = path.clone();
        self.readers
            .look_up(move |database, longest| {
                Ok(read::state_entry(database, &space, &path, longest)?.map(Arc::new))
            })
            .await
    }

    async fn state_under(
        &self,
        space: SpaceId,
        prefix: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Message>, BackendError> {
        let prefix = prefix.to_owned();
        self.readers
            .read(move |database| read::state_under(database, &space, &prefix, after, limit))
            .await
    }

    async fn last_event(&self, space: SpaceId) -> Result<u64, BackendError> {
        self.readers
            .look_up(move |database, _| Ok(read::last_event(database, &space)?))
            .await
    }

    async fn events(
        &self,
        space: SpaceId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, BackendError> {
        self.readers
            .read(move |database| read::events(database, &space, after, limit))
            .await
    }

    async fn data(
        &self,
        space: SpaceId,
        path: &DataPath,
    ) -> Result<Option<Arc<DataEntry>>, BackendError> {
        let path = path.clone();
        self.readers
            .look_up(move |database, longest| {
                let row = read::data(database, &space, &path, longest)?;
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

    async fn tool_uses(&self, space: SpaceId, tool: MemberId) -> Result<u64, BackendError> {
        self.readers
            .look_up(move |database, _| Ok(read::tool_uses(database, &space, &tool)?))
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

    async fn blob(&self, blob: BlobId) -> Result<Option<BlobRecord>, BackendError> {
        self.readers
            .look_up(move |database, _| Ok(read::blob(database, &blob)?))
            .await
    }

    async fn blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
    ) -> Result<Vec<BlobReference>, BackendError> {
        self.readers
            .look_up(move |database, longest| {
                let most = if longest == read::WHOLE {
                    usize::MAX
                } else {
                    FEW_REFERENCES
                };
                let found = read::references(database, &space, &blob, most)?;
                if found.len() == most {
                    return Err(Unread::TooLong);
                }
                Ok(found)
            })
            .await
    }

    async fn add_blob(&self, add: AddBlob) -> Result<AddBlobOutcome, BackendError> {
        self.writer.write(move |batch| batch.add_blob(&add)).await
    }

    async fn remove_blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
        uploaded_by: Option<MemberId>,
    ) -> Result<RemovedBlob, BackendError> {
        self.writer
            .write(move |batch| batch.remove_blob_references(&space, &blob, uploaded_by.as_ref()))
            .await
    }

    async fn remove_blob(&self, blob: BlobId) -> Result<RemovedBlob, BackendError> {
        self.writer
            .write(move |batch| batch.remove_blob(&blob))
            .await
    }

    async fn objects(
        &self,
        after: Option<&ObjectName>,
        limit: usize,
    ) -> Result<Vec<(BlobId, BlobRecord)>, BackendError> {
        let after = after.cloned();
        self.readers
            .read(move |database| read::objects(database, after.as_ref(), limit))
            .await
    }

    async fn spaces(
        &self,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpaceId>, BackendError> {
        self.readers
            .read(move |database| read::spaces(database, after, limit))
            .await
    }

    async fn topics(&self, space: SpaceId) -> Result<Vec<TopicId>, BackendError> {
        self.readers
            .read(move |database| read::topics(database, &space))
            .await
    }

    async fn ready(&self) -> Result<(), BackendError> {
        self.writer.write(|batch| batch.probe()).await?;
        let file = Arc::clone(&self.file);
        self.readers
            .read(move |database| {
                read::probe(database)?;
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
