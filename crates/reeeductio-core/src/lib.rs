#![doc = include_str!("../README.md")]
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
pub mod chain;
mod credentials;
mod data;
mod derive;
mod draft;
mod identity;
mod keys;
mod registration;
mod seal;
mod secret;
pub mod state_entry;

pub use blob::{BlobHasher, BlobKey};
pub use chain::{ChainError, StateChain, VerifiedMessage};
pub use credentials::{CredentialsError, MemberSecrets, WrapKey};
pub use data::{sign_entry, verify_entry};
pub use draft::{Draft, NewMessage};
pub use identity::{Identity, SigningKey};
pub use keys::{MessageKey, SymmetricRoot, UserKey};
pub use registration::register_space;
pub use seal::{Nonce, OpenError, SealError, SealingKey};
pub use state_entry::StateEntry;
