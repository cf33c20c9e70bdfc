//! `GET /metrics`

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use reeeductio_proto::ErrorCode;

use crate::answer::Failure;
use crate::app::AppState;

/// Numbers for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "In the OpenMetrics text format",
        content_type = "application/openmetrics-text", body = String)))]
pub(in crate::routes) async fn metrics(State(state): State<AppState>) -> Result<Response, Failure> {
    let text = state
        .metrics
        .text(state.limits.streams())
        .map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
