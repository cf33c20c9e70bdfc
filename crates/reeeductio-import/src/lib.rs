//! Takes over the data directory of the published server (wire.md 13).
//!
//! The directory is only read: each database is copied into a scratch folder of the target and opened
//! there. Chains are rebuilt from `prev_hash`; every hash and signature is checked; what does not verify
//! is reported and left out. All writes go through the ports of `reeeductio-backend`, each durable by
//! itself, and items in the target are passed over: a run may end anywhere and be started again.
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

mod authority;
mod blobs;
mod branch;
mod chain;
mod entries;
mod error;
mod links;
mod members;
mod report;
mod row;
mod run;
mod snapshot;
mod space;
mod tables;
mod tools;

pub use error::ImportError;
pub use report::{Finding, LISTED, Report, Tally};
pub use run::{Source, Target, import};
