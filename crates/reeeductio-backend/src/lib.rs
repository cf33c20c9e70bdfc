//! Storage ports of the server, an in-memory backend, and the conformance suite every backend passes.
//!
//! The engine speaks only to the traits of this crate: [`Records`] (messages, state, data entries,
//! blob records, tool uses), [`Blobs`] (blob bytes), [`Clock`] and [`Rng`]. Adapters implement them;
//! [`conformance`] is the examination an adapter sits.
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

pub use blobs::{BlobWriter, Blobs, Discarded, ObjectName, StoredObject};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{BackendError, BackendErrorKind};
pub use inspect::{
    BlobPage, Copied, CopyObjects, Inspect, Mend, MendBy, RecordKind, RecordName, RecordsCopy,
    Repair, StoredBlob,
};
pub use records::{
    AddBlob, AddBlobOutcome, Append, AppendOutcome, BlobRecord, BlobReference, CommitSink,
    Committed, DataVersion, DeleteData, DeleteDataOutcome, Head, MessageRange, Order, PutData,
    PutDataOutcome, Records, RemovedBlob, ToolUse,
};
pub use rng::{Rng, SystemRng};
