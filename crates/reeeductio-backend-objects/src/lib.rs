//! Blob bytes on object stores: memory and folder.
//!
//! One implementation over the `object_store` crate; what differs is the store it is given.
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

mod copy;
mod folder;
mod objects;
mod upload;

pub use objects::Objects;
