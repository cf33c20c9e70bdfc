//! The command as a process, against the real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes
)]

mod failures;
mod keys;
mod leaving;
mod lists;
mod missing;
mod passwords;
mod reference_commands;
mod removals;
mod rig;
mod spaces;
mod usage;
