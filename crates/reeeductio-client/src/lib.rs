//! The async rEEEductio client.
//!
//! [`Space`] is a member's handle on a space. What a server answers is checked before it is returned:
//! hashes, signatures, links and blob ids.
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

mod error;
mod platform;
mod request;
mod space;

pub use error::ClientError;
pub use platform::{now, random};
pub use reeeductio_core::{Identity, Key};
pub use space::{LiveMessages, Space};
