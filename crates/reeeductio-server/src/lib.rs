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

mod address;
mod answer;
mod app;
mod backup;
mod caller;
mod check;
pub mod config;
mod cors;
mod disk;
mod docs;
mod errors;
mod expiry;
mod http;
mod json;
mod limits;
mod live;
mod logging;
mod memory;
mod metrics;
mod observe;
mod openapi;
mod patience;
mod places;
mod readiness;
pub mod repair;
mod routes;
mod run;
mod runtime;
mod serve;
mod storage;
mod sweep;
mod unread;
pub mod verify;
mod wiring;

pub use app::{app, app_on};
pub use backup::{BackupOptions, BackupReport, BackupStep, backup};
pub use config::Config;
pub use disk::{DiskSpace, Disks};
pub use errors::markdown as errors_markdown;
pub use openapi::document as openapi_document;
pub use reeeductio_backend::{BackendError, BackendErrorKind};
pub use run::ServeArgs;
pub use runtime::TokioRuntime;
pub use serve::{RunningServer, StartError, serve, serve_engine, serve_with_clock};
pub use storage::Storage;
