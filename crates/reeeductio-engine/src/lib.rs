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
mod config;
mod data;
mod engine;
mod heads;
pub mod live;
mod messages;
mod opaque;
mod ports;
mod quota;
mod rate;
mod refusal;
mod source;
mod space;
mod spaces;
mod sweep;
mod token;
mod usage;

pub use admin::{PurgeStep, SpacePage, SpaceStatus};
pub use auth::{Challenge, IssuedToken};
pub use blobs::{BlobChecksums, ByteRange, Download, Upload};
pub use caller::SpaceMember;
pub use config::{EngineConfig, Limits, Secret, StorageQuotas};
pub use data::{DataListRequest, DataListing};
pub use engine::Engine;
pub use messages::{MessagePage, PageRequest};
pub use opaque::{FinishedLogin, OpaqueLimits, StartedLogin};
pub use ports::Ports;
pub use rate::{Rate, RateLimiter};
pub use refusal::{Details, OverQuotaDetails, Refusal};
pub use source::Source;
pub use sweep::Sweep;
