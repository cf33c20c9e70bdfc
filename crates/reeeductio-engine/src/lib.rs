//! The logic of the server, without HTTP.
//!
//! [`Engine`] holds the use cases: authenticate, append, read, store. Every use case beyond signing
//! in demands a [`SpaceMember`], a value that only authentication makes. The engine speaks to the
//! outside through the ports of `reeeductio-backend` and knows no runtime, socket or clock of its own;
//! [`live::Session`] is the stream of one connection as a state machine.
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
mod append;
mod auth;
mod authority;
mod blobs;
mod caller;
mod challenge;
mod commands;
mod config;
mod data;
mod draft;
mod engine;
mod entries;
mod expiry;
mod heads;
mod inbox;
pub mod live;
mod log;
mod messages;
mod opaque;
mod ports;
mod quota;
mod rate;
mod refusal;
mod registrars;
mod sealed;
mod source;
mod space;
mod spaces;
mod sweep;
mod token;
mod usage;

pub use admin::{PurgeStep, SpacePage, SpaceStatus};
pub use append::Appended;
pub use auth::{Challenge, IssuedToken};
pub use blobs::{BlobChecksums, ByteRange, Download, Upload};
pub use caller::SpaceMember;
pub use commands::{COMMAND_BYTES, COMMAND_MESSAGES};
pub use config::{EngineConfig, Limits, Secret, StorageQuotas};
pub use data::{DataListRequest, DataListing};
pub use engine::Engine;
pub use entries::{EntryPage, write_beside};
pub use inbox::{INBOX_ITEMS, InboxItems, InboxRequest, item_body};
pub use log::{Inclusion, LogKey};
pub use messages::{MessagePage, PageRequest};
pub use opaque::{FinishedLogin, OpaqueLimits, StartedLogin};
pub use ports::Ports;
pub use rate::{Rate, RateLimiter};
pub use refusal::{Details, OverQuotaDetails, Refusal};
pub use source::Source;
pub use sweep::Sweep;
