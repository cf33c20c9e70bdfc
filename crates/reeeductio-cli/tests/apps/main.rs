//! `app`, `keeper` and `channel`: an app on a server, its keeper and its users.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes
)]

mod audit;
mod background;
mod keeper;
mod owner;
mod rig;
