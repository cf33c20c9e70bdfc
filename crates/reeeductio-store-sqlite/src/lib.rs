#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes)
)]

mod row;
mod schema;
mod store;

pub use store::SqliteStore;
