//! `POST /admin/spaces/{space_id}/purge`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::PurgeBody;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Operator, Path, space_id};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, TOKEN, RIGHT],
    AdminNotConfigured,
    RequestInvalid,
    SpaceInUse,
    SpaceInvalidId,
);

/// Remove for good a part of what a space holds that is not registered; repeat while `has_more`.
///
/// For the owner of the admin space and for its members who may `delete` `state/spaces/{space_id}` there. Refused
/// while members can use the space: where it is registered, and on servers that serve every space.
#[utoipa::path(post, path = "/admin/spaces/{space_id}/purge", tag = "admin", security(("bearer" = [])),
    responses((status = 200, description = "What was removed", body = PurgeBody), Refused))]
pub(in crate::routes) async fn admin_purge_space(
    State(state): State<AppState>,
    Path(space): Path<String>,
    Operator(member): Operator,
) -> Result<Json<PurgeBody>, Failure> {
    let space = space_id(&space)?;
    let step = state.engine.purge_space(&member, space).await?;
    Ok(Json(PurgeBody {
        removed: step.removed,
        has_more: step.has_more,
    }))
}
