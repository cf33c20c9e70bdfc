//! `GET /spaces/{space_id}/checkpoint`

use axum::Json;
use axum::extract::{RawQuery, State};
use reeeductio_proto::api::CheckpointBody;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::Member;
use crate::routes::numbers::numbers;
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN, LOG],);

/// A signed checkpoint that covers every event that was acknowledged before the request, or of the first `size` events.
#[utoipa::path(get, path = "/spaces/{space_id}/checkpoint", tag = "log",
    security(("bearer" = [])),
    params(("size" = Option<u64>, Query, description = "Of so many events; of all if not given")),
    responses((status = 200, description = "The checkpoint", body = CheckpointBody), Refused))]
pub(in crate::routes) async fn get_checkpoint(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    Member(member): Member,
) -> Result<Json<CheckpointBody>, Failure> {
    let engine = &state.engine;
    let checkpoint = match numbers(query.as_deref().unwrap_or_default(), ["size"])? {
        [Some(size)] => engine.checkpoint_of(&member, size).await?,
        [None] => engine.checkpoint(&member).await?,
    };
    Ok(Json(CheckpointBody { checkpoint }))
}
