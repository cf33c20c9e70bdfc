//! `PUT /spaces/{space_id}/state/{path}`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{MessageCreated, PostMessage};
use reeeductio_proto::{ErrorCode, TopicId};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, WithToken};
use crate::routes::messages::post::append;
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, JSON, TOKEN, RIGHT, WRITE, APPEND, STATE, POLICY],
    StatePathMismatch,
);

/// Set a value: the same as posting to the topic `state`.
#[utoipa::path(put, path = "/spaces/{space_id}/state/{*path}", tag = "state",
    params(("path" = String, Path, description = "Segments of letters, digits, `.`, `_` and `-`")),
    security(("bearer" = [])), request_body = PostMessage,
    responses((status = 200, description = "Stored for good", body = MessageCreated), Refused))]
pub(in crate::routes) async fn put_state(
    State(state): State<AppState>,
    Path((space, path)): Path<(String, String)>,
    WithToken { token, body }: WithToken<PostMessage>,
) -> Result<Json<MessageCreated>, Failure> {
    if body.kind != path {
        return Err(Failure::new(
            ErrorCode::StatePathMismatch,
            "type: must be the path in the URL.",
        ));
    }
    append(&state, &space, &token, &TopicId::state(), body)
        .await
        .map(Json)
}
