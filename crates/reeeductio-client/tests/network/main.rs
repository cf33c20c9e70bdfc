//! The native network: private authorities, client certificates and proxies, each with a real server behind it.
#![cfg(feature = "tls")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes
)]

mod authority;
mod environment;
mod proxy;
mod proxying;
mod rig;
mod settings;
mod trust;
