//! The port for everything but blob bytes.
//!
//! A write is one command with its preconditions, decided and made durable in one step. There is no
//! interactive transaction: group commit wants commands that can be put together (docs/adr/0005).

use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::{
    BlobId, DataEntry, DataPath, MemberId, Message, MessageId, SpaceId, StatePath, TopicId,
};

use crate::{BackendError, ObjectName};

/// The newest message of a topic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// Its id, which the next message must name as `prev_hash`.
    pub hash: MessageId,
    /// Its `server_timestamp`; the next one is greater.
    pub timestamp: i64,
}

/// Counts one use of a tool together with the write it was used for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ToolUse {
    /// The tool.
    pub tool: MemberId,
    /// The write is refused when the tool was used this often already.
    pub limit: Option<u64>,
}

/// Adds a message to the end of its topic.
#[derive(Clone, Debug)]
pub struct Append {
    /// The space.
    pub space: SpaceId,
    /// The message. Its `prev_hash` must be the topic's head; its `server_timestamp` is the earliest
    /// acceptable one and is raised to the head's plus one where that is later.
    pub message: Message,
    /// Counted only if the message is stored.
    pub tool_use: Option<ToolUse>,
}

/// What became of an [`Append`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AppendOutcome {
    /// The topic's head is another message: nothing was written.
    HeadMoved(Option<Head>),
    /// Durable.
    Stored(Committed),
    /// The tool has no uses left: nothing was written.
    ToolUsedUp,
}

/// A message that is durable, with its place in the space's order of events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Committed {
    /// The space.
    pub space: SpaceId,
    /// Number of the event in the space: starts at 1, without gaps, in commit order.
    pub event: u64,
    /// The message with its final `server_timestamp`.
    pub message: Arc<Message>,
}

/// Hears of every committed message.
///
/// Called once per commit, in commit order, after the commit is durable and before any of its
/// writers hears back; so whoever is told "stored" finds the sink's state up to date. Must not block.
pub trait CommitSink: Send + Sync + 'static {
    /// `batch` became durable.
    fn committed(&self, batch: &[Committed]);
}

/// Direction of a listing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// Greatest `server_timestamp` first.
    NewestFirst,
    /// Smallest `server_timestamp` first.
    OldestFirst,
}

/// Which messages of a topic to list: both bounds inclusive, Unix milliseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MessageRange {
    /// Smallest `server_timestamp`.
    pub from: i64,
    /// Greatest `server_timestamp`.
    pub to: i64,
    /// Direction.
    pub order: Order,
    /// At most this many.
    pub limit: usize,
}

/// Identifies what a writer of a data entry believes to be stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DataVersion {
    /// `signed_at` of the entry.
    pub signed_at: i64,
    /// Who signed it.
    pub signed_by: MemberId,
}

/// Stores a data entry.
#[derive(Clone, Debug)]
pub struct PutData {
    /// The space.
    pub space: SpaceId,
    /// The entry.
    pub entry: DataEntry,
    /// What the permission was judged on: the entry at the path then, if any.
    pub expected: Option<DataVersion>,
}

/// What became of a [`PutData`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PutDataOutcome {
    /// Another entry arrived since the caller looked: nothing was written, judge again.
    Changed(Option<DataVersion>),
    /// The path holds, or held before it was deleted, an entry signed at this time, which is not
    /// earlier than the new one: nothing was written. Storing the identical entry again is `Stored`.
    Stale {
        /// Unix milliseconds; the next entry must be signed later.
        newest: i64,
    },
    /// Durable.
    Stored,
}

/// Removes a data entry, keeping its time so that it cannot be replayed.
#[derive(Clone, Debug)]
pub struct DeleteData {
    /// The space.
    pub space: SpaceId,
    /// The path.
    pub path: DataPath,
    /// What the permission was judged on.
    pub expected: Option<DataVersion>,
}

/// What became of a [`DeleteData`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeleteDataOutcome {
    /// Another entry arrived since the caller looked: nothing was removed, judge again.
    Changed(Option<DataVersion>),
    /// Durable; also when there was nothing to remove.
    Deleted,
}

/// A blob whose bytes are stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BlobRecord {
    /// Where the bytes are.
    pub object: ObjectName,
    /// Bytes.
    pub size: u64,
    /// One corruption checksum per chunk, 8 bytes big-endian each; the engine defines the chunk size.
    pub checksums: Vec<u8>,
}

/// A member's claim on a blob from within a space.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BlobReference {
    /// Who uploaded it.
    pub uploaded_by: MemberId,
    /// When, Unix milliseconds.
    pub uploaded_at: i64,
}

/// Records that a member has uploaded (and thereby proven to hold) a blob.
#[derive(Clone, Debug)]
pub struct AddBlob {
    /// The space.
    pub space: SpaceId,
    /// The blob's id, which the caller has checked against the bytes.
    pub blob: BlobId,
    /// The durable object of this upload.
    pub record: BlobRecord,
    /// The reference. Adding it again keeps the first `uploaded_at`.
    pub reference: BlobReference,
    /// Counted only if the reference is stored.
    pub tool_use: Option<ToolUse>,
}

/// What became of an [`AddBlob`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AddBlobOutcome {
    /// The reference is durable and the blob now lives in the caller's object.
    Stored,
    /// The reference is durable; the bytes were stored before, so the caller's object is not needed.
    StoredBefore,
    /// The tool has no uses left: nothing was written.
    ToolUsedUp,
}

/// What became of a removal of blob references.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RemovedBlob {
    /// How many references went.
    pub references: u64,
    /// The object that nobody refers to any more; the caller deletes it.
    pub orphan: Option<ObjectName>,
}

/// Messages, state, data entries, blob records and tool uses of all spaces.
///
/// Contracts that the types do not express, each examined by [`conformance`](crate::conformance):
/// a write that returned is durable; within a topic `server_timestamp` strictly increases and
/// `prev_hash` links; listings are ordered by it; what fails its stored checksum is an error of kind
/// [`Corrupt`](crate::BackendErrorKind::Corrupt), never a value; readers never wait for the writer.
#[async_trait]
pub trait Records: Send + Sync + 'static {
    /// Registers the one sink. Called once, before the first write; a second sink is refused.
    fn attach(&self, sink: Arc<dyn CommitSink>) -> Result<(), BackendError>;

    /// Compares and appends.
    async fn append(&self, append: Append) -> Result<AppendOutcome, BackendError>;

    /// The head of a topic, `None` while it is empty.
    async fn head(&self, space: SpaceId, topic: &TopicId) -> Result<Option<Head>, BackendError>;

    /// One message by its id.
    async fn message(
        &self,
        space: SpaceId,
        topic: &TopicId,
        hash: MessageId,
    ) -> Result<Option<Arc<Message>>, BackendError>;

    /// Lists a topic.
    async fn messages(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Vec<Message>, BackendError>;

    /// The newest message at a state path, tombstones included.
    async fn state_entry(
        &self,
        space: SpaceId,
        path: &StatePath,
    ) -> Result<Option<Arc<Message>>, BackendError>;

    /// State messages whose path starts with `prefix` (a whole number of segments and a slash), with
    /// `server_timestamp` greater than `after`, oldest first, at most `limit`.
    async fn state_under(
        &self,
        space: SpaceId,
        prefix: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Message>, BackendError>;

    /// Number of the newest event of a space, 0 before the first.
    async fn last_event(&self, space: SpaceId) -> Result<u64, BackendError>;

    /// Events with a number greater than `after`, in order, at most `limit`.
    async fn events(
        &self,
        space: SpaceId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, BackendError>;

    /// The entry at a data path; deleted ones are `None`, tombstones (empty data) are entries.
    async fn data(
        &self,
        space: SpaceId,
        path: &DataPath,
    ) -> Result<Option<Arc<DataEntry>>, BackendError>;

    /// Stores a data entry.
    async fn put_data(&self, put: PutData) -> Result<PutDataOutcome, BackendError>;

    /// Removes a data entry.
    async fn delete_data(&self, delete: DeleteData) -> Result<DeleteDataOutcome, BackendError>;

    /// How often a tool was used.
    async fn tool_uses(&self, space: SpaceId, tool: MemberId) -> Result<u64, BackendError>;

    /// The record of a blob, whichever spaces refer to it.
    async fn blob(&self, blob: BlobId) -> Result<Option<BlobRecord>, BackendError>;

    /// Who refers to a blob from within a space.
    async fn blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
    ) -> Result<Vec<BlobReference>, BackendError>;

    /// Adds a blob or a further reference to it.
    async fn add_blob(&self, add: AddBlob) -> Result<AddBlobOutcome, BackendError>;

    /// Removes references of one space: one member's, or everyone's.
    async fn remove_blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
        uploaded_by: Option<MemberId>,
    ) -> Result<RemovedBlob, BackendError>;

    /// Removes a blob with all references of all spaces.
    async fn remove_blob(&self, blob: BlobId) -> Result<RemovedBlob, BackendError>;

    /// Names of up to `limit` recorded objects that sort after `after`, in order: for verification
    /// and for sweeping up what crashed uploads left.
    async fn objects(
        &self,
        after: Option<&ObjectName>,
        limit: usize,
    ) -> Result<Vec<(BlobId, BlobRecord)>, BackendError>;

    /// Spaces that hold anything, sorting after `after`, in order, at most `limit`.
    async fn spaces(
        &self,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpaceId>, BackendError>;

    /// Topics of a space, sorted.
    async fn topics(&self, space: SpaceId) -> Result<Vec<TopicId>, BackendError>;

    /// Fails when the store cannot take writes now.
    async fn ready(&self) -> Result<(), BackendError>;

    /// Finishes what was accepted, then refuses further writes.
    async fn close(&self) -> Result<(), BackendError>;
}
