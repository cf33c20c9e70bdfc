//! Records in SQLite: one writer with group commit, readers that never wait for it.
//!
//! All spaces live in one database in WAL mode with `synchronous=FULL`. One thread writes: whatever is
//! waiting when it becomes free is one transaction and one fsync. Readers have connections of their own
//! and see the last commit. Every row carries a checksum that is compared at every read.
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

mod backup;
mod check;
mod connection;
mod database;
mod extent;
mod failure;
mod file;
mod inbox_row;
mod inboxes;
mod inspect;
mod lock;
mod newest;
mod open;
mod payload_seal;
mod private;
mod read;
mod readers;
mod records;
mod repair;
mod room;
mod row;
mod scan;
mod schema;
mod statements;
mod store;
mod tiles;
mod trees;
mod wal;
mod write;
mod writer;

pub use check::{FoundDatabase, check_database, has_event_trees};
pub use inspect::Inspector;
pub use lock::DirectoryLock;
pub use records::SqliteRecords;
pub use repair::SqliteRepair;
pub use store::{look_at_store_record, set_store_record, store_record};

/// Name of the database in the data directory.
pub const DATABASE: &str = "reeeductio.db";
