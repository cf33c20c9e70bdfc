//! `POST /spaces/{space_id}/opaque/setup`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::SetupResponse;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN], PermissionDenied);

/// A fresh server setup for the owner to store.
#[utoipa::path(post, path = "/spaces/{space_id}/opaque/setup", tag = "opaque",
    security(("bearer" = [])),
    responses((status = 200, description = "A setup, which the server does not keep", body = SetupResponse),
        Refused))]
pub(in crate::routes) async fn opaque_setup(
    State(state): State<AppState>,
    Path(_space): Path<String>,
    Member(member): Member,
) -> Result<Json<SetupResponse>, Failure> {
    let server_setup = state.engine.opaque_setup(&member)?;
    Ok(Json(SetupResponse { server_setup }))
}
