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
mod mark;
mod objects;
mod upload;

pub use mark::{BlobFolder, MARK, has_objects, mark_of};
pub use objects::Objects;
