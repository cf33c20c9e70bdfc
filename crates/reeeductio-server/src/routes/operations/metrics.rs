//! `GET /metrics`

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use reeeductio_proto::ErrorCode;

use crate::answer::Failure;
use crate::app::AppState;
use crate::metrics::{Readings, SpaceUsage};
use crate::readiness;
use crate::routes::refusals::refusals;

/// Spaces whose usage is told; of the others `reeeductio-admin space usage` does.
const USAGES: usize = 500;

refusals!([], Internal, ServerBusy);

/// Numbers for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "In the OpenMetrics text format",
        content_type = "application/openmetrics-text", body = String), Refused))]
pub(in crate::routes) async fn metrics(State(state): State<AppState>) -> Result<Response, Failure> {
    let readings = Readings {
        streams: state.limits.streams.count(),
        memory: state.memory.used(),
        parts: readiness::look(&state).await,
        usage: usage(&state).await,
    };
    let text = state
        .metrics
        .text(&readings)
        .map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))?;
    let text = state.memory.operation(text)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// Returns the usage of as many spaces as a scrape can take; none if the store fails.
async fn usage(state: &AppState) -> Vec<SpaceUsage> {
    let usages = match state.engine.usages(USAGES).await {
        Ok(usages) => usages,
        Err(refusal) => {
            state.metrics.failed(&refusal);
            Vec::new()
        }
    };
    let mut told = Vec::new();
    for (space, usage) in usages {
        for (kind, tally) in [
            ("messages", usage.messages),
            ("data", usage.entries),
            ("blobs", usage.blobs),
        ] {
            told.push(SpaceUsage {
                space: space.to_string(),
                kind,
                bytes: tally.bytes,
                count: tally.count,
            });
        }
    }
    told
}
