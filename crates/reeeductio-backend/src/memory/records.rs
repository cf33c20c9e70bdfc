//! Records in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use reeeductio_proto::{
    BlobId, DataEntry, DataPath, MemberId, Message, MessageId, SpaceId, StatePath, TopicId,
};

use crate::{
    AddBlob, AddBlobOutcome, Append, AppendOutcome, BackendError, BlobRecord, BlobReference,
    CommitSink, Committed, DataVersion, DeleteData, DeleteDataOutcome, Head, MessageRange,
    ObjectName, Order, PutData, PutDataOutcome, Records, RemovedBlob, ToolUse,
};

/// Records in memory.
#[derive(Default)]
pub struct MemoryRecords {
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    spaces: BTreeMap<SpaceId, Space>,
    blobs: BTreeMap<BlobId, BlobRecord>,
    references: BTreeMap<(BlobId, SpaceId, MemberId), i64>,
    sink: Option<Arc<dyn CommitSink>>,
    closed: bool,
}

#[derive(Default)]
struct Space {
    events: Vec<Committed>,
    topics: BTreeMap<TopicId, Vec<Arc<Message>>>,
    entries: BTreeMap<DataPath, (Arc<DataEntry>, bool)>,
    tool_uses: BTreeMap<MemberId, u64>,
}

impl std::fmt::Debug for MemoryRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryRecords").finish_non_exhaustive()
    }
}

impl MemoryRecords {
    /// Records that hold the same, open for writing and without a sink, like a store that was opened again.
    #[must_use]
    pub fn reopened(self) -> Self {
        let mut all = self.all.into_inner();
        all.closed = false;
        all.sink = None;
        Self {
            all: Mutex::new(all),
        }
    }
}

impl Space {
    fn head(&self, topic: &TopicId) -> Option<Head> {
        let last = self.topics.get(topic)?.last()?;
        Some(Head {
            hash: last.message_hash,
            timestamp: last.server_timestamp,
        })
    }

    fn version(&self, path: &DataPath) -> Option<DataVersion> {
        let (entry, deleted) = self.entries.get(path)?;
        (!deleted).then_some(DataVersion {
            signed_at: entry.signed_at,
            signed_by: entry.signed_by,
        })
    }

    /// Whether the tool has a use left.
    fn tool_may(&self, tool_use: Option<ToolUse>) -> bool {
        tool_use.is_none_or(|ToolUse { tool, limit }| {
            limit.is_none_or(|limit| self.tool_uses.get(&tool).copied().unwrap_or(0) < limit)
        })
    }

    fn count(&mut self, tool_use: Option<ToolUse>) {
        if let Some(ToolUse { tool, .. }) = tool_use {
            *self.tool_uses.entry(tool).or_default() += 1;
        }
    }
}

impl All {
    fn writable(&mut self) -> Result<&mut Self, BackendError> {
        if self.closed {
            return Err(BackendError::unavailable(
                "write",
                "the records are closed for writing",
            ));
        }
        Ok(self)
    }

    fn space(&self, space: SpaceId) -> Option<&Space> {
        self.spaces.get(&space)
    }

    fn removed(&mut self, blob: BlobId, before: usize) -> RemovedBlob {
        let left = self.references.keys().any(|(id, ..)| *id == blob);
        RemovedBlob {
            references: (before - self.references.len()) as u64,
            orphan: if left {
                None
            } else {
                self.blobs.remove(&blob).map(|record| record.object)
            },
        }
    }
}

#[async_trait]
impl Records for MemoryRecords {
    fn attach(&self, sink: Arc<dyn CommitSink>) -> Result<(), BackendError> {
        let mut all = self.all.lock();
        if all.sink.is_some() {
            return Err(BackendError::unavailable(
                "attach a sink",
                "there is one already",
            ));
        }
        all.sink = Some(sink);
        Ok(())
    }

    async fn append(&self, append: Append) -> Result<AppendOutcome, BackendError> {
        let mut all = self.all.lock();
        let all = all.writable()?;
        let space = all.spaces.entry(append.space).or_default();
        let mut message = append.message;
        let head = space.head(&message.topic_id);
        if head.map(|head| head.hash) != message.prev_hash {
            return Ok(AppendOutcome::HeadMoved(head));
        }
        if !space.tool_may(append.tool_use) {
            return Ok(AppendOutcome::ToolUsedUp);
        }
        if let Some(head) = head {
            message.server_timestamp = message.server_timestamp.max(head.timestamp + 1);
        }
        let message = Arc::new(message);
        let committed = Committed {
            space: append.space,
            event: space.events.len() as u64 + 1,
            message: Arc::clone(&message),
        };
        space
            .topics
            .entry(message.topic_id.clone())
            .or_default()
            .push(message);
        space.events.push(committed.clone());
        space.count(append.tool_use);
        if let Some(sink) = &all.sink {
            sink.committed(std::slice::from_ref(&committed));
        }
        Ok(AppendOutcome::Stored(committed))
    }

    async fn head(&self, space: SpaceId, topic: &TopicId) -> Result<Option<Head>, BackendError> {
        Ok(self
            .all
            .lock()
            .space(space)
            .and_then(|space| space.head(topic)))
    }

    async fn message(
        &self,
        space: SpaceId,
        topic: &TopicId,
        hash: MessageId,
    ) -> Result<Option<Arc<Message>>, BackendError> {
        let all = self.all.lock();
        let topic = all.space(space).and_then(|space| space.topics.get(topic));
        Ok(topic.and_then(|topic| {
            topic
                .iter()
                .find(|message| message.message_hash == hash)
                .cloned()
        }))
    }

    async fn messages(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Vec<Message>, BackendError> {
        let all = self.all.lock();
        let Some(topic) = all.space(space).and_then(|space| space.topics.get(topic)) else {
            return Ok(Vec::new());
        };
        let within =
            |message: &&Arc<Message>| (range.from..=range.to).contains(&message.server_timestamp);
        let found = topic
            .iter()
            .filter(within)
            .map(|message| Message::clone(message));
        Ok(match range.order {
            Order::OldestFirst => found.take(range.limit).collect(),
            Order::NewestFirst => {
                let found: Vec<Message> = found.collect();
                found.into_iter().rev().take(range.limit).collect()
            }
        })
    }

    async fn state_entry(
        &self,
        space: SpaceId,
        path: &StatePath,
    ) -> Result<Option<Arc<Message>>, BackendError> {
        let all = self.all.lock();
        let state = all
            .space(space)
            .and_then(|space| space.topics.get(&TopicId::state()));
        Ok(state.and_then(|state| {
            state
                .iter()
                .rev()
                .find(|message| message.kind == path.as_str())
                .cloned()
        }))
    }

    async fn state_under(
        &self,
        space: SpaceId,
        prefix: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Message>, BackendError> {
        let all = self.all.lock();
        let state = all
            .space(space)
            .and_then(|space| space.topics.get(&TopicId::state()));
        Ok(state
            .into_iter()
            .flatten()
            .filter(|message| message.server_timestamp > after && message.kind.starts_with(prefix))
            .take(limit)
            .map(|message| Message::clone(message))
            .collect())
    }

    async fn last_event(&self, space: SpaceId) -> Result<u64, BackendError> {
        Ok(self
            .all
            .lock()
            .space(space)
            .map_or(0, |space| space.events.len() as u64))
    }

    async fn events(
        &self,
        space: SpaceId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, BackendError> {
        let all = self.all.lock();
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        let events = all.space(space).map(|space| space.events.iter());
        Ok(events
            .into_iter()
            .flatten()
            .skip(skip)
            .take(limit)
            .cloned()
            .collect())
    }

    async fn data(
        &self,
        space: SpaceId,
        path: &DataPath,
    ) -> Result<Option<Arc<DataEntry>>, BackendError> {
        let all = self.all.lock();
        let entry = all.space(space).and_then(|space| space.entries.get(path));
        Ok(entry
            .filter(|(_, deleted)| !deleted)
            .map(|(entry, _)| Arc::clone(entry)))
    }

    async fn put_data(&self, put: PutData) -> Result<PutDataOutcome, BackendError> {
        let mut all = self.all.lock();
        let space = all.writable()?.spaces.entry(put.space).or_default();
        if let Some((entry, deleted)) = space.entries.get(&put.entry.path) {
            if !deleted && **entry == put.entry {
                return Ok(PutDataOutcome::Stored);
            }
            if put.entry.signed_at <= entry.signed_at {
                return Ok(PutDataOutcome::Stale {
                    newest: entry.signed_at,
                });
            }
        }
        let stored = space.version(&put.entry.path);
        if stored != put.expected {
            return Ok(PutDataOutcome::Changed(stored));
        }
        space
            .entries
            .insert(put.entry.path.clone(), (Arc::new(put.entry), false));
        Ok(PutDataOutcome::Stored)
    }

    async fn delete_data(&self, delete: DeleteData) -> Result<DeleteDataOutcome, BackendError> {
        let mut all = self.all.lock();
        let space = all.writable()?.spaces.entry(delete.space).or_default();
        let stored = space.version(&delete.path);
        if stored != delete.expected {
            return Ok(DeleteDataOutcome::Changed(stored));
        }
        if let Some((_, deleted)) = space.entries.get_mut(&delete.path) {
            *deleted = true;
        }
        Ok(DeleteDataOutcome::Deleted)
    }

    async fn tool_uses(&self, space: SpaceId, tool: MemberId) -> Result<u64, BackendError> {
        let all = self.all.lock();
        let uses = all
            .space(space)
            .and_then(|space| space.tool_uses.get(&tool));
        Ok(uses.copied().unwrap_or(0))
    }

    async fn blob(&self, blob: BlobId) -> Result<Option<BlobRecord>, BackendError> {
        Ok(self.all.lock().blobs.get(&blob).cloned())
    }

    async fn blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
    ) -> Result<Vec<BlobReference>, BackendError> {
        let all = self.all.lock();
        let references = all.references.iter();
        Ok(references
            .filter(|((id, of, _), _)| *id == blob && *of == space)
            .map(|((_, _, member), at)| BlobReference {
                uploaded_by: *member,
                uploaded_at: *at,
            })
            .collect())
    }

    async fn add_blob(&self, add: AddBlob) -> Result<AddBlobOutcome, BackendError> {
        let mut all = self.all.lock();
        let all = all.writable()?;
        let space = all.spaces.entry(add.space).or_default();
        if !space.tool_may(add.tool_use) {
            return Ok(AddBlobOutcome::ToolUsedUp);
        }
        space.count(add.tool_use);
        let key = (add.blob, add.space, add.reference.uploaded_by);
        all.references
            .entry(key)
            .or_insert(add.reference.uploaded_at);
        if all.blobs.contains_key(&add.blob) {
            return Ok(AddBlobOutcome::StoredBefore);
        }
        all.blobs.insert(add.blob, add.record);
        Ok(AddBlobOutcome::Stored)
    }

    async fn remove_blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
        uploaded_by: Option<MemberId>,
    ) -> Result<RemovedBlob, BackendError> {
        let mut all = self.all.lock();
        let all = all.writable()?;
        let before = all.references.len();
        all.references.retain(|(id, of, member), _| {
            !(*id == blob && *of == space && uploaded_by.is_none_or(|uploader| uploader == *member))
        });
        Ok(all.removed(blob, before))
    }

    async fn remove_blob(&self, blob: BlobId) -> Result<RemovedBlob, BackendError> {
        let mut all = self.all.lock();
        let all = all.writable()?;
        let before = all.references.len();
        all.references.retain(|(id, ..), _| *id != blob);
        Ok(all.removed(blob, before))
    }

    async fn objects(
        &self,
        after: Option<&ObjectName>,
        limit: usize,
    ) -> Result<Vec<(BlobId, BlobRecord)>, BackendError> {
        let all = self.all.lock();
        let mut found: Vec<(BlobId, BlobRecord)> = all
            .blobs
            .iter()
            .filter(|(_, record)| after.is_none_or(|after| record.object > *after))
            .map(|(id, record)| (*id, record.clone()))
            .collect();
        found.sort_by(|(_, a), (_, b)| a.object.cmp(&b.object));
        found.truncate(limit);
        Ok(found)
    }

    async fn spaces(
        &self,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpaceId>, BackendError> {
        let all = self.all.lock();
        let holding = all
            .spaces
            .iter()
            .filter(|(_, space)| !space.events.is_empty() || !space.entries.is_empty())
            .map(|(id, _)| *id);
        let referring = all.references.keys().map(|(_, space, _)| *space);
        let found: BTreeSet<SpaceId> = holding.chain(referring).collect();
        let later = found
            .into_iter()
            .filter(|space| after.is_none_or(|after| *space > after));
        Ok(later.take(limit).collect())
    }

    async fn topics(&self, space: SpaceId) -> Result<Vec<TopicId>, BackendError> {
        let all = self.all.lock();
        Ok(all
            .space(space)
            .map(|space| space.topics.keys().cloned().collect())
            .unwrap_or_default())
    }

    async fn ready(&self) -> Result<(), BackendError> {
        self.all.lock().writable().map(drop)
    }

    async fn close(&self) -> Result<(), BackendError> {
        self.all.lock().closed = true;
        Ok(())
    }
}
