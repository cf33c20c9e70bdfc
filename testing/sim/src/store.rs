//! The store as one server sees it: slow, and with a bus that cannot be relied on.

use std::ops::Range;
use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use parking_lot::Mutex;
use reeeductio_backend::memory::MemoryRecords;
use reeeductio_backend::{
    AcknowledgeItems, AcknowledgeItemsOutcome, AddBlob, AddBlobOutcome, Append, AppendAll,
    AppendOutcome, BackendError, BlobRecord, BlobRecords, BlobReference, CommitSink, Committed,
    DataEntries, DataPage, DataRange, DeleteData, DeleteDataOutcome, Entry as StoredEntry,
    InboxItem, InboxRange, Inboxes, ItemLeft, MessageRange, Messages, ObjectName, Page, PageLimit,
    Payloads, PostItem, PostItemOutcome, Purge, PurgeOutcome, PutData, PutDataOutcome,
    RecordedBlob, Records, RemoveBlob, RemoveBlobOutcome, Restore, Spaces, State, Tools, TreeHead,
    Trees, Usage,
};
use reeeductio_engine::Engine;
use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{
    BlobId, ChainId, DataEntry, DataPath, EventPosition, MemberId, Message, MessageId, Position,
    SpaceId, StatePath, TopicId,
};

use crate::executor::Executor;
use crate::history::{Entry, History};
use crate::world::Plant;

/// The store as one server sees it.
pub(crate) struct Store {
    pub(crate) records: MemoryRecords,
    pub(crate) executor: Arc<Executor>,
    pub(crate) history: Arc<History>,
    pub(crate) bus: Arc<Bus>,
    pub(crate) plant: Option<Plant>,
}

/// Bus that tells another server of commits.
#[derive(Default)]
pub(crate) struct Bus {
    pub(crate) to: OnceLock<Weak<Engine>>,
    waiting: Mutex<Vec<Committed>>,
}

impl Bus {
    /// Delivers some of the commits that wait: in any order, some of it twice, some never.
    pub(crate) fn deliver(&self, executor: &Executor) {
        let dice = &executor.dice;
        let Some(engine) = self.to.get().and_then(Weak::upgrade) else {
            return;
        };
        loop {
            let commit = {
                let mut waiting = self.waiting.lock();
                if waiting.is_empty() || dice.chance(30) {
                    return;
                }
                let index = dice.below(waiting.len());
                if dice.chance(15) {
                    waiting[index].clone()
                } else {
                    waiting.swap_remove(index)
                }
            };
            if dice.chance(60) {
                engine.notified(&[commit]);
            }
        }
    }
}

/// Sink that notes each commit before anybody is told of it.
struct Tap {
    sink: Arc<dyn CommitSink>,
    bus: Arc<Bus>,
    history: Arc<History>,
}

impl CommitSink for Tap {
    fn committed(&self, batch: &[Committed]) {
        for commit in batch {
            // Changes of data are noted with their writes.
            if commit.event.message().is_some() {
                self.history.note(Entry::Committed(commit.clone()));
            }
            self.bus.waiting.lock().push(commit.clone());
        }
        self.sink.committed(batch);
    }

    fn items_left(&self, items: &[ItemLeft]) {
        self.sink.items_left(items);
    }
}

impl Store {
    /// Does `work` on the records with a wait before and after it.
    async fn slowly<T>(&self, work: impl Future<Output = T>) -> T {
        self.executor.pause().await;
        let done = work.await;
        self.executor.pause().await;
        done
    }

    fn forgets_judgements(&self) -> bool {
        self.plant == Some(Plant::WritesUnjudged)
    }
}

#[async_trait]
impl Messages for Store {
    async fn append(&self, mut append: Append) -> Result<AppendOutcome, BackendError> {
        if self.forgets_judgements() {
            append.judged = None;
        }
        self.slowly(self.records.append(append)).await
    }

    async fn append_all(
        &self,
        mut append: AppendAll,
    ) -> Result<AppendOutcome<Vec<Committed>>, BackendError> {
        if self.forgets_judgements() {
            append.judged = None;
        }
        self.slowly(self.records.append_all(append)).await
    }

    async fn head(
        &self,
        space: SpaceId,
        chain: &ChainId,
    ) -> Result<Option<Position>, BackendError> {
        self.slowly(self.records.head(space, chain)).await
    }

    async fn message(
        &self,
        space: SpaceId,
        topic: &TopicId,
        hash: MessageId,
    ) -> Result<Option<Arc<Message>>, BackendError> {
        self.slowly(self.records.message(space, topic, hash)).await
    }

    async fn messages(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Page<Message>, BackendError> {
        self.slowly(self.records.messages(space, topic, range))
            .await
    }

    async fn entry(
        &self,
        space: SpaceId,
        topic: &TopicId,
        hash: MessageId,
    ) -> Result<Option<StoredEntry>, BackendError> {
        self.slowly(self.records.entry(space, topic, hash)).await
    }

    async fn entries(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Page<StoredEntry>, BackendError> {
        self.slowly(self.records.entries(space, topic, range)).await
    }

    async fn last_event(&self, space: SpaceId) -> Result<u64, BackendError> {
        self.slowly(self.records.last_event(space)).await
    }

    async fn events(
        &self,
        space: SpaceId,
        after: u64,
        limit: PageLimit,
    ) -> Result<Page<Committed>, BackendError> {
        self.slowly(self.records.events(space, after, limit)).await
    }

    async fn last_change(&self, space: SpaceId) -> Result<EventPosition, BackendError> {
        self.slowly(self.records.last_change(space)).await
    }

    async fn changes(
        &self,
        space: SpaceId,
        after: EventPosition,
        limit: PageLimit,
    ) -> Result<Page<Committed>, BackendError> {
        self.slowly(self.records.changes(space, after, limit)).await
    }
}

#[async_trait]
impl State for Store {
    async fn state_entry(
        &self,
        space: SpaceId,
        path: &StatePath,
    ) -> Result<Option<Arc<Message>>, BackendError> {
        self.slowly(self.records.state_entry(space, path)).await
    }

    async fn authority_entries(
        &self,
        space: SpaceId,
        after: i64,
        limit: PageLimit,
    ) -> Result<Page<Message>, BackendError> {
        // Small pages, so that commits come between them.
        let limit = PageLimit {
            count: limit.count.min(2),
            ..limit
        };
        self.slowly(self.records.authority_entries(space, after, limit))
            .await
    }
}

#[async_trait]
impl Trees for Store {
    async fn tree(&self, space: SpaceId) -> Result<Option<TreeHead>, BackendError> {
        self.slowly(self.records.tree(space)).await
    }

    async fn leaf(&self, space: SpaceId, number: u64) -> Result<Option<TreeHash>, BackendError> {
        self.slowly(self.records.leaf(space, number)).await
    }

    async fn range_roots(
        &self,
        space: SpaceId,
        ranges: Vec<Range<u64>>,
    ) -> Result<Option<Vec<TreeHash>>, BackendError> {
        self.slowly(self.records.range_roots(space, ranges)).await
    }

    async fn renew_tree(
        &self,
        space: SpaceId,
        incarnation: [u8; 8],
    ) -> Result<Option<Restore>, BackendError> {
        self.slowly(self.records.renew_tree(space, incarnation))
            .await
    }

    async fn sign_restore(
        &self,
        space: SpaceId,
        incarnation: [u8; 8],
        signature: [u8; 64],
    ) -> Result<bool, BackendError> {
        self.slowly(self.records.sign_restore(space, incarnation, signature))
            .await
    }

    async fn restores(&self, space: SpaceId) -> Result<Vec<Restore>, BackendError> {
        self.slowly(self.records.restores(space)).await
    }
}

#[async_trait]
impl Payloads for Store {
    async fn remove_expired(&self, now: i64, limit: usize) -> Result<usize, BackendError> {
        self.slowly(self.records.remove_expired(now, limit)).await
    }

    async fn remove_older(
        &self,
        space: SpaceId,
        before: i64,
        limit: usize,
    ) -> Result<usize, BackendError> {
        self.slowly(self.records.remove_older(space, before, limit))
            .await
    }
}

#[async_trait]
impl DataEntries for Store {
    async fn data(
        &self,
        space: SpaceId,
        path: &DataPath,
    ) -> Result<Option<Arc<DataEntry>>, BackendError> {
        self.slowly(self.records.data(space, path)).await
    }

    async fn data_below(&self, space: SpaceId, range: DataRange) -> Result<DataPage, BackendError> {
        self.slowly(self.records.data_below(space, range)).await
    }

    async fn put_data(&self, mut put: PutData) -> Result<PutDataOutcome, BackendError> {
        if self.forgets_judgements() {
            put.judged = None;
        }
        let member = put.entry.signed_by;
        self.slowly(async {
            let outcome = self.records.put_data(put).await;
            if matches!(outcome, Ok(PutDataOutcome::Stored(_))) {
                self.history.note(Entry::Value("put", member));
            }
            outcome
        })
        .await
    }

    async fn delete_data(&self, mut delete: DeleteData) -> Result<DeleteDataOutcome, BackendError> {
        let member = delete.judged.map(|judged| judged.member);
        if self.forgets_judgements() {
            delete.judged = None;
        }
        self.slowly(async {
            let outcome = self.records.delete_data(delete).await;
            if let (Ok(DeleteDataOutcome::Deleted(_)), Some(member)) = (&outcome, member) {
                self.history.note(Entry::Value("delete", member));
            }
            outcome
        })
        .await
    }
}

#[async_trait]
impl Tools for Store {
    async fn tool_uses(&self, space: SpaceId, tool: MemberId) -> Result<u64, BackendError> {
        self.slowly(self.records.tool_uses(space, tool)).await
    }

    async fn raise_tool_uses(
        &self,
        space: SpaceId,
        tool: MemberId,
        at_least: u64,
    ) -> Result<(), BackendError> {
        self.slowly(self.records.raise_tool_uses(space, tool, at_least))
            .await
    }
}

#[async_trait]
impl BlobRecords for Store {
    async fn blob(&self, space: SpaceId, blob: BlobId) -> Result<Option<BlobRecord>, BackendError> {
        self.slowly(self.records.blob(space, blob)).await
    }

    async fn blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
    ) -> Result<Vec<BlobReference>, BackendError> {
        self.slowly(self.records.blob_references(space, blob)).await
    }

    async fn blob_spaces(&self, blob: BlobId) -> Result<Vec<SpaceId>, BackendError> {
        self.slowly(self.records.blob_spaces(blob)).await
    }

    async fn add_blob(&self, mut add: AddBlob) -> Result<AddBlobOutcome, BackendError> {
        if self.forgets_judgements() {
            add.judged = None;
        }
        let member = add.reference.uploaded_by;
        self.slowly(async {
            let outcome = self.records.add_blob(add).await;
            if matches!(
                outcome,
                Ok(AddBlobOutcome::Stored | AddBlobOutcome::StoredBefore)
            ) {
                self.history.note(Entry::Value("upload", member));
            }
            outcome
        })
        .await
    }

    async fn remove_blob(&self, remove: RemoveBlob) -> Result<RemoveBlobOutcome, BackendError> {
        self.slowly(self.records.remove_blob(remove)).await
    }

    async fn objects(
        &self,
        after: Option<&ObjectName>,
        limit: usize,
    ) -> Result<Vec<RecordedBlob>, BackendError> {
        self.slowly(self.records.objects(after, limit)).await
    }
}

#[async_trait]
impl Inboxes for Store {
    async fn post_item(&self, post: PostItem) -> Result<PostItemOutcome, BackendError> {
        self.slowly(self.records.post_item(post)).await
    }

    async fn inbox(
        &self,
        space: SpaceId,
        recipient: MemberId,
        range: InboxRange,
    ) -> Result<Page<InboxItem>, BackendError> {
        self.slowly(self.records.inbox(space, recipient, range))
            .await
    }

    async fn acknowledge_items(
        &self,
        acknowledge: AcknowledgeItems,
    ) -> Result<AcknowledgeItemsOutcome, BackendError> {
        self.slowly(self.records.acknowledge_items(acknowledge))
            .await
    }

    async fn remove_expired_items(&self, now: i64, limit: usize) -> Result<usize, BackendError> {
        self.slowly(self.records.remove_expired_items(now, limit))
            .await
    }
}

#[async_trait]
impl Spaces for Store {
    async fn spaces(
        &self,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpaceId>, BackendError> {
        self.slowly(self.records.spaces(after, limit)).await
    }

    async fn topics(&self, space: SpaceId) -> Result<Vec<TopicId>, BackendError> {
        self.slowly(self.records.topics(space)).await
    }

    async fn usage(&self, space: SpaceId, member: Option<MemberId>) -> Result<Usage, BackendError> {
        self.slowly(self.records.usage(space, member)).await
    }

    async fn purge(&self, purge: Purge) -> Result<PurgeOutcome, BackendError> {
        self.slowly(self.records.purge(purge)).await
    }
}

#[async_trait]
impl Records for Store {
    fn attach(&self, sink: Arc<dyn CommitSink>) -> Result<(), BackendError> {
        self.records.attach(Arc::new(Tap {
            sink,
            bus: Arc::clone(&self.bus),
            history: Arc::clone(&self.history),
        }))
    }

    fn is_shared(&self) -> bool {
        self.plant != Some(Plant::NeverPolls)
    }

    async fn ready(&self) -> Result<(), BackendError> {
        self.records.ready().await
    }

    async fn close(&self) -> Result<(), BackendError> {
        self.records.close().await
    }
}
