//! `GET /spaces/{space_id}/state/{path}`

use axum::extract::State;
use axum::response::Response;
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::MessageBody;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::messages::page::{message_body, message_room};
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN, RIGHT], StateInvalidPath, StateNotFound);

/// The newest message at a path; a removed value is one with empty data.
#[utoipa::path(get, path = "/spaces/{space_id}/state/{*path}", tag = "state",
    params(("path" = String, Path, description = "Segments of letters, digits, `.`, `_` and `-`")),
    security(("bearer" = [])),
    responses((status = 200, description = "The message", body = MessageBody), Refused))]
pub(in crate::routes) async fn get_state(
    State(state): State<AppState>,
    Path((_space, path)): Path<(String, String)>,
    Member(member): Member,
) -> Result<Response, Failure> {
    let room = message_room(&state, &member).await?;
    let message = state.engine.state(&member, &path).await?;
    message_body(&message, room)
}

/// `…/state/`, a path of no segments.
pub(in crate::routes) async fn no_path(_caller: Member) -> Failure {
    Failure::new(ErrorCode::StateInvalidPath, "path: cannot be empty")
}
