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
#![cfg_attr(
    target_arch = "wasm32",
    expect(
        clippy::arc_with_non_send_sync,
        reason = "there are no threads there; natively it is shared between them"
    )
)]

mod admin;
mod answer;
pub mod argument;
mod connection;
mod endpoint;
mod error;
mod password;
mod platform;
mod space;
pub mod store;
pub mod transport;

pub use admin::{AdminClient, PurgeStep, SpacePage, SpaceStatus, Stored};
pub use error::{ClientError, Head, Refusal};
pub use password::PasswordLogin;
pub use platform::{Movable, Portable, PortableFuture, PortableStream, now, random};
pub use reeeductio_core::chain::Anchor;
pub use reeeductio_core::password::Stretching;
pub use reeeductio_core::{BlobKey, Identity, Key, MemberSecrets, VerifiedMessage};
pub use space::{
    BlobDownload, Frame, Invitation, InvitationLimits, LiveMessages, LiveOptions, MessagePage,
    PasswordsEnabled, Posted, Range, Reader, Space, SpaceOptions, Transferred, UploadedBlob,
};
pub use store::{LocalStore, MemoryStore, Records, Store, StoreError};
#[cfg(not(target_arch = "wasm32"))]
pub use transport::Native;
pub use transport::Transport;
