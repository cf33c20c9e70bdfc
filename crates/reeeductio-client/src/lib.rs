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

mod admin;
mod answer;
mod connection;
mod endpoint;
mod error;
mod password;
mod platform;
mod space;
pub mod store;
pub mod transport;

pub use admin::AdminClient;
pub use error::{ClientError, Head, Refusal};
pub use password::PasswordLogin;
pub use platform::{Portable, PortableFuture, now, random};
pub use reeeductio_core::chain::Anchor;
pub use reeeductio_core::password::Stretching;
pub use reeeductio_core::{BlobKey, Identity, Key, MemberSecrets, VerifiedMessage};
pub use space::{
    BlobDownload, Frame, Invitation, InvitationLimits, LiveMessages, LiveOptions, MessagePage,
    PasswordsEnabled, Posted, Range, Reader, Space, SpaceOptions, Transferred, UploadedBlob,
};
pub use store::{LocalStore, MemoryStore, StoreError};
pub use transport::{Native, Transport};
