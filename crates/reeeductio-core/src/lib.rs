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
mod draft;
mod entry;
mod identity;
mod keys;
pub mod password;
mod registration;
pub mod replica;
mod seal;

pub use blob::{BlobHasher, BlobKey, SealedBlob};
pub use chain::{ChainError, StateChain, VerifiedMessage};
pub use credentials::{CredentialsError, MemberSecrets, WrapKey};
pub use draft::Draft;
pub use entry::{sign_entry, signed_entry};
pub use identity::Identity;
pub use keys::{Key, SpaceKeys, user_data_key, user_message_key};
pub use reeeductio_proto::state_entry::{self, StateEntry};
pub use registration::register_space;
pub use seal::{
    NONCE_LENGTH, OpenError, Opener, SealError, Sealer, TAG_LENGTH, open, open_in, seal, seal_in,
};
