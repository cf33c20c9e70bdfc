//! Spaces with a policy, against the real server in one process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes
)]

mod apps;
mod arguments;
mod commands;
mod crashing;
mod editing;
mod epochs;
mod hostile;
mod inboxes;
mod keys;
mod lanes;
mod lies;
mod linking;
mod live;
mod making;
#[allow(dead_code)]
#[path = "../space/meddled.rs"]
mod meddled;
mod members;
mod operator;
#[allow(dead_code)]
#[path = "../space/published.rs"]
mod published;
mod restores;
mod rig;
mod roles;
mod rotating;
mod settings;
mod storing;
mod streaming;
mod told_items;
mod values;
