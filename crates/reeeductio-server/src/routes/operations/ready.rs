//! `GET /ready`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::Health;

use crate::answer::Failure;
use crate::app::AppState;
use crate::routes::refusals::refusals;

refusals!([], StorageCorrupt, StorageUnavailable);

/// The server takes writes.
#[utoipa::path(get, path = "/ready", tag = "operations",
    responses((status = 200, description = "It does", body = Health), Refused))]
pub(in crate::routes) async fn ready(
    State(state): State<AppState>,
) -> Result<Json<Health>, Failure> {
    state.engine.ready().await?;
    Ok(Json(Health {
        status: "ready".to_owned(),
        timestamp: state.engine.now(),
    }))
}
