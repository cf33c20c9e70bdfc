//! The promises of every decoder of untrusted input, as one function `check` per decoder: it is given arbitrary
//! bytes and panics when a promise is broken.
//!
//! The fuzzer calls these functions from `fuzz_targets/`; the tests here call them with the seeds and with
//! mutations of the seeds.
#![allow(
    clippy::allow_attributes,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    missing_debug_implementations,
    reason = "a property that does not hold panics"
)]

pub mod admin;
pub mod answer;
pub mod api;
pub mod authority;
pub mod capability;
pub mod chain;
pub mod challenge;
pub mod config;
pub mod credentials;
pub mod data_entry;
pub mod encoding;
pub mod evidence;
pub mod format1;
pub mod frame;
pub mod id;
pub mod link;
pub mod message;
pub mod object_name;
pub mod opaque;
pub mod path;
pub mod pattern;
pub mod query;
pub mod range;
pub mod request;
pub mod seal;
pub mod session;
pub mod state_entry;
pub mod stream;
pub mod token;
pub mod topic;

mod cast;
mod input;
mod rig;
mod script;
mod target;
mod web;

pub use target::{Check, TARGETS, replay};

#[cfg(test)]
mod tests;
