//! The HTTP contract of the server: one harness, folders that mirror the URLs.
//!
//! Most tests drive the router in-process on memory backends and a clock they move by hand. The few that
//! need a connection bind a port. `defects.rs` is the index of the published server's defects.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes,
    missing_docs
)]

mod admin;
mod authorization;
mod defects;
mod hostile;
mod lanes;
mod operations;
mod rig;
mod spaces;
