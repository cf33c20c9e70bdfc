//! The ports for everything but blob bytes, a trait per noun.
//!
//! A write is one command with its preconditions, decided and made durable in one step. There is no
//! interactive transaction: group commit wants commands that can be put together (docs/adr/0005). The
//! judgement of a write is such a precondition: see [`Judged`].

mod append;
mod blobs;
mod data;
mod inboxes;
mod judged;
mod messages;
mod payloads;
mod spaces;
mod state;
mod tools;
mod trees;
mod usage;

pub use append::{
    Append, AppendAll, AppendOutcome, MOST_LANES, NewMessage, Payload, Revised, Revision, registers,
};

pub use blobs::{
    AddBlob, AddBlobOutcome, BlobRecord, BlobRecords, BlobReference, RecordedBlob, RemoveBlob,
    RemoveBlobOutcome,
};
pub use data::{
    DataEntries, DataPage, DataRange, DataVersion, DeleteData, DeleteDataOutcome, PutData,
    PutDataOutcome,
};
pub use inboxes::{
    AcknowledgeItems, AcknowledgeItemsOutcome, InboxFull, InboxItem, InboxLimits, InboxRange,
    Inboxes, ItemLeft, PostItem, PostItemOutcome, RECEIPT_TIME, RECEIPTS,
};
pub use judged::{Judged, Moved, Operator, Registration};
pub use messages::{Committed, Entry, MessageRange, Messages, Order};
pub use payloads::Payloads;
pub use spaces::{Purge, PurgeOutcome, Purged, Spaces};
pub use state::State;
pub use tools::{ToolUse, Tools};
pub use trees::{Leaf, Restore, TreeHead, Trees, is_proof_range};
pub use usage::{Growth, OverQuota, Quota, QuotaOf, QuotaUnit, Quotas, Tally, Usage};

use std::sync::Arc;

use async_trait::async_trait;

use crate::BackendError;

/// Receives every message, every change of data and every item of an inbox that this process committed.
///
/// Called once per commit, in commit order, after the commit is durable and before any of its writers is
/// answered: a writer that is told "stored" finds the sink's state up to date. Must not block. Commits of
/// other processes on the same store are not received here.
pub trait CommitSink: Send + Sync + 'static {
    /// `batch` became durable.
    fn committed(&self, batch: &[Committed]);

    /// Items became durable, in the order in which they were stored. They are no events.
    fn items_left(&self, items: &[ItemLeft]);
}

/// How much of a listing to return: it ends with the item that reaches either bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PageLimit {
    /// Most items.
    pub count: usize,
    /// Bytes of content after which no further item is added; the first item is always returned.
    pub bytes: usize,
}

impl PageLimit {
    /// At most `count` items of any size.
    pub const fn count(count: usize) -> Self {
        Self {
            count,
            bytes: usize::MAX,
        }
    }
}

/// A part of a listing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page<T> {
    /// In the order of the listing.
    pub items: Vec<T>,
    /// Whether the listing goes on after them.
    pub has_more: bool,
}

/// Messages with their payloads, state, event trees, inboxes, data entries, blob records and tool uses of all spaces.
///
/// Contracts that the types do not express, each checked by [`conformance`](crate::conformance):
/// a write that returned is durable; within a topic `server_timestamp` strictly increases, within a chain
/// `prev_hash` links; listings are ordered by it; what fails its stored checksum is an error of kind
/// [`Corrupt`](crate::BackendErrorKind::Corrupt), never a value; readers never wait for the writer; every
/// read sees what was committed before it began, by whichever process.
#[async_trait]
pub trait Records:
    Messages
    + State
    + Trees
    + Payloads
    + Inboxes
    + DataEntries
    + BlobRecords
    + Tools
    + Spaces
    + Send
    + Sync
    + 'static
{
    /// Registers the one sink of this process. Called once, before the first write; a second sink is refused.
    fn attach(&self, sink: Arc<dyn CommitSink>) -> Result<(), BackendError>;

    /// Returns whether other processes may write to the same store.
    fn is_shared(&self) -> bool;

    /// Fails when the store cannot take writes now.
    async fn ready(&self) -> Result<(), BackendError>;

    /// Finishes what was accepted, then refuses further writes.
    async fn close(&self) -> Result<(), BackendError>;
}
