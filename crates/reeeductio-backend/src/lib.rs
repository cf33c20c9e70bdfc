//! Storage ports of the server, an in-memory backend, and the conformance suite every backend passes.
//!
//! The engine speaks only to the traits of this crate: [`Records`] (messages, state, event trees, inboxes, data entries,
//! blob records, tool uses), [`Blobs`] (blob bytes), [`Clock`], [`Rng`] and [`Runtime`]. Adapters implement
//! them; [`conformance`] is the suite every adapter passes.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::allow_attributes
    )
)]

mod blobs;
mod clock;
pub mod conformance;
mod error;
mod inspect;
pub mod memory;
mod records;
mod rng;
mod runtime;
mod store_mark;

pub use blobs::{BlobWriter, Blobs, Discarded, ObjectName, StoredObject};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{BackendError, BackendErrorKind};
pub use inspect::{
    BlobPage, Copied, CopyObjects, InboxPlace, Inspect, Mend, MendBy, RecordKind, RecordName,
    RecordsCopy, Repair,
};
pub use records::{
    AcknowledgeItems, AcknowledgeItemsOutcome, AddBlob, AddBlobOutcome, Append, AppendAll,
    AppendOutcome, BlobRecord, BlobRecords, BlobReference, CommitSink, Committed, DataEntries,
    DataPage, DataRange, DataVersion, DeleteData, DeleteDataOutcome, Entry, Growth, InboxFull,
    InboxItem, InboxLimits, InboxRange, Inboxes, ItemLeft, Judged, Leaf, MOST_LANES, MessageRange,
    Messages, Moved, NewMessage, Operator, Order, OverQuota, Page, PageLimit, Payload, Payloads,
    PostItem, PostItemOutcome, Purge, PurgeOutcome, Purged, PutData, PutDataOutcome, Quota,
    QuotaOf, QuotaUnit, Quotas, RECEIPT_TIME, RECEIPTS, RecordedBlob, Records, Registration,
    RemoveBlob, RemoveBlobOutcome, Restore, Revised, Revision, Spaces, State, Tally, ToolUse,
    Tools, TreeHead, Trees, Usage, is_proof_range, registers,
};
pub use rng::{Rng, SystemRng};
pub use runtime::Runtime;
pub use store_mark::{StoreMark, StoreRecord};
