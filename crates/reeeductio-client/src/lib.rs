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
mod error;
mod platform;
mod space;
pub mod transport;

pub use admin::AdminClient;
pub use error::{ClientError, Head, Refusal};
pub use platform::{now, random};
pub use reeeductio_core::{BlobKey, Identity, Key, VerifiedMessage};
pub use space::{
    BlobDownload, Frame, Invitation, InvitationLimits, LiveMessages, MessagePage, Posted, Range,
    Reader, Space, SpaceOptions,
};
pub use transport::{Native, Transport};
