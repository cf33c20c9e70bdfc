//! State (wire.md 4).

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use reeeductio_proto::api::{ErrorBody, MessageBody, MessageCreated, MessagePage, PostMessage};
use reeeductio_proto::{ErrorCode, TopicId};

use super::messages::{append, message_body, page_body, page_request};
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, Token, WithToken, space_id};

/// The history of all state; every member may read it.
#[utoipa::path(get, path = "/spaces/{space_id}/state", tag = "state",
    security(("bearer" = [])),
    params(("from" = Option<i64>, Query, description = "Unix milliseconds, inclusive"),
        ("to" = Option<i64>, Query, description = "Unix milliseconds, inclusive"),
        ("limit" = Option<usize>, Query, description = "1 to 1000, default 100")),
    responses((status = 200, body = MessagePage)))]
pub(super) async fn history(
    State(state): State<AppState>,
    Path(space): Path<String>,
    RawQuery(query): RawQuery,
    token: Token,
) -> Result<Response, Failure> {
    let request = page_request(query.as_deref().unwrap_or_default())?;
    let member = token.member(&state, space_id(&space)?).await?;
    Ok(page_body(
        &state.engine.state_history(&member, request).await?,
    ))
}

/// The newest entry at a path; a removed one is a message with empty data.
#[utoipa::path(get, path = "/spaces/{space_id}/state/{*path}", tag = "state",
    security(("bearer" = [])),
    responses((status = 200, body = MessageBody),
        (status = 404, description = "never set", body = ErrorBody)))]
pub(super) async fn get(
    State(state): State<AppState>,
    Path((space, path)): Path<(String, String)>,
    token: Token,
) -> Result<Response, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    Ok(message_body(&*state.engine.state(&member, &path).await?))
}

/// Set an entry: the same as posting to the topic `state`.
#[utoipa::path(put, path = "/spaces/{space_id}/state/{*path}", tag = "state",
    security(("bearer" = [])), request_body = PostMessage,
    responses((status = 200, body = MessageCreated),
        (status = 409, description = "prev_hash is not the head; details.head is", body = ErrorBody)))]
pub(super) async fn put(
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

pub(super) async fn empty_path(_token: Token) -> Failure {
    Failure::new(ErrorCode::StateInvalidPath, "path: cannot be empty")
}
