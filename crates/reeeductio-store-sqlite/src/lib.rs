#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::allow_attributes
    )
)]

mod apply;
mod failure;
mod migrate;
mod open;
mod statement;
mod store;

pub use migrate::Migrated;
pub use store::SqliteStore;
