//! The rEEEductio server: HTTP routes, the stream, configuration and wiring.
//!
//! [`serve()`] starts a server inside another program; the binary `reeeductio-server` is that and nothing
//! more.
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

mod answer;
mod app;
mod backup;
mod caller;
pub mod config;
mod cors;
mod docs;
mod errors;
mod http;
pub mod import;
mod limits;
mod live;
mod logging;
mod metrics;
mod observe;
mod openapi;
mod patience;
pub mod repair;
mod routes;
mod run;
mod serve;
mod sweep;
mod unread;
pub mod verify;
mod wiring;

pub use app::app;
pub use backup::{BackupOptions, BackupReport, BackupStep, backup};
pub use config::Config;
pub use errors::markdown as errors_markdown;
pub use openapi::document as openapi_document;
pub use run::ServeArgs;
pub use serve::{RunningServer, StartError, serve, serve_engine};
