//! The client without I/O: key derivation, sealing, signing and verifying.
//!
//! No clock and no randomness of its own: times and random bytes are arguments.
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

mod blob;
mod draft;
mod entry;
mod history;
mod identity;
mod keys;
mod registration;
mod seal;

pub use blob::{BlobKey, SealedBlob};
pub use draft::Draft;
pub use entry::sign_entry;
pub use history::{HistoryError, verify_page};
pub use identity::Identity;
pub use keys::{Key, SpaceKeys, user_data_key};
pub use registration::register_space;
pub use seal::{NONCE_LENGTH, OpenError, open, seal};
