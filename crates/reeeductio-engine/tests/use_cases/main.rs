//! The engine's use cases, one module each, over the in-memory backend and a clock by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes,
    missing_docs
)]

mod apps;
mod blobs;
mod data;
mod messages;
mod passwords;
mod policy;
mod quotas;
mod rig;
mod roster;
mod sessions;
mod sign_in;
mod signals;
mod signed_in;
mod spaces;
mod stream_checkpoints;
mod stream_data;
mod streams;
mod subscriptions;
