//! `GET /health`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::Health;

use crate::app::AppState;

/// The server is alive.
#[utoipa::path(get, path = "/health", tag = "operations",
    responses((status = 200, description = "It is", body = Health)))]
pub(in crate::routes) async fn health(State(state): State<AppState>) -> Json<Health> {
    Json(Health {
        status: "healthy".to_owned(),
        timestamp: state.engine.now(),
    })
}
