//! Apps: users who sign up and in, and channels that they make and join, against a server in this process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::large_futures,
    clippy::allow_attributes
)]

mod accounts;
mod channels;
mod creation;
mod cut;
mod hostile;
mod keeping;
#[allow(dead_code)]
#[path = "../space/meddled.rs"]
mod meddled;
mod messages;
mod person;
#[allow(dead_code)]
#[path = "../space/published.rs"]
mod published;
mod requests;
mod rig;
