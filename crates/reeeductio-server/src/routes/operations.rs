//! For whoever runs the server.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::{ErrorBody, Health};

use crate::answer::Failure;
use crate::app::AppState;

/// The server is alive.
#[utoipa::path(get, path = "/health", tag = "operations", responses((status = 200, body = Health)))]
pub(super) async fn health(State(state): State<AppState>) -> Json<Health> {
    Json(Health {
        status: "healthy".to_owned(),
        timestamp: state.engine.now(),
    })
}

/// The server takes writes.
#[utoipa::path(get, path = "/ready", tag = "operations",
    responses((status = 200, body = Health),
        (status = 503, description = "it does not", body = ErrorBody)))]
pub(super) async fn ready(State(state): State<AppState>) -> Result<Json<Health>, Failure> {
    state.engine.ready().await?;
    Ok(Json(Health {
        status: "ready".to_owned(),
        timestamp: state.engine.now(),
    }))
}

/// Numbers for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, content_type = "application/openmetrics-text", body = String)))]
pub(super) async fn metrics(State(state): State<AppState>) -> Result<Response, Failure> {
    let text = state
        .metrics
        .text(state.limits.streams())
        .map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
