//! The conformance suite that every backend passes: behaviour that the types cannot express.
//!
//! Each function takes a fresh, empty backend and panics where a contract is broken; it is called from
//! the tests of the adapter, which bring the executor.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the suite fails by panicking"
)]

pub mod blobs;
mod changes;
mod entries;
mod inboxes;
mod items_left;
#[cfg(feature = "model")]
pub mod model;
mod policies;
mod preconditions;
mod purging;
pub mod records;
mod restores;
mod trees;
mod values;
