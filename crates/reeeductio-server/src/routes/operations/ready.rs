//! `GET /ready`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use reeeductio_proto::ErrorCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::readiness::{self, Part, PartBody};
use crate::routes::refusals::refusals;

refusals!([], StorageCorrupt, StorageFull, StorageUnavailable);

/// Whether the server takes writes, part by part.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// `ready` or `not ready`.
    status: &'static str,
    /// Unix milliseconds.
    timestamp: i64,
    /// The server's version.
    version: &'static str,
    /// `database`, and the disks of `data` and `blobs`.
    parts: BTreeMap<&'static str, PartBody>,
    /// Times that the storage could not answer, since the start.
    storage_errors: u64,
    /// Times that something stored failed its check, since the start.
    storage_damage: u64,
}

/// An error like any other, and the parts.
#[derive(Serialize)]
struct NotReady {
    #[serde(flatten)]
    readiness: Readiness,
    detail: String,
    error: String,
    code: &'static str,
}

/// The server takes writes.
///
/// 503 while it does not: a disk is full, or the database cannot be written. It is 200 again as soon as it does.
#[utoipa::path(get, path = "/ready", tag = "operations",
    responses((status = 200, description = "It does", body = Readiness), Refused))]
pub(in crate::routes) async fn ready(State(state): State<AppState>) -> Response {
    let parts = readiness::look(&state).await;
    let fault = parts.iter().find_map(|part| {
        let fault = part.fault.as_ref()?;
        Some((fault.code, format!("{}: {}", part.name, fault.message)))
    });
    let (storage_errors, storage_damage) = state.metrics.storage_failures();
    let readiness = Readiness {
        status: if fault.is_none() {
            "ready"
        } else {
            "not ready"
        },
        timestamp: state.engine.now(),
        version: env!("CARGO_PKG_VERSION"),
        parts: parts.iter().map(described).collect(),
        storage_errors,
        storage_damage,
    };
    match fault {
        None => Json(readiness).into_response(),
        Some((code, error)) => not_ready(readiness, code, error),
    }
}

fn described(part: &Part) -> (&'static str, PartBody) {
    (part.name, PartBody::from(part))
}

fn not_ready(readiness: Readiness, code: ErrorCode, error: String) -> Response {
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let body = NotReady {
        readiness,
        detail: error.clone(),
        error,
        code: code.as_str(),
    };
    (status, Json(body)).into_response()
}
