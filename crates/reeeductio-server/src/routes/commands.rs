//! `POST /spaces/{space_id}/commands`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use reeeductio_proto::api::{CommandBody, CommandDone};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, WithToken, space_id};
use crate::routes::messages::post::{created, is_reserved};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, JSON, TOKEN, RIGHT, WRITE, APPEND, STATE, POLICY],
    SpaceNoPolicy,
);

/// Append several messages to the topic `state` of a space with a policy: all of them, or none.
///
/// Each names the one before it in `prev_hash`, and is judged by the state after it. At most 64 messages, and 1 MiB.
#[utoipa::path(post, path = "/spaces/{space_id}/commands", tag = "state",
    security(("bearer" = [])), request_body = CommandBody,
    responses((status = 201, description = "All are stored for good", body = CommandDone), Refused))]
pub(in crate::routes) async fn post_command(
    State(state): State<AppState>,
    Path(space): Path<String>,
    WithToken { token, body }: WithToken<CommandBody>,
) -> Result<(StatusCode, Json<CommandDone>), Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    // Members can be removed on a full disk, too: the reserve is for that. Commands do it.
    if !body.messages.iter().all(is_reserved) {
        state.disks.room(state.engine.monotonic())?;
    }
    let stored = state.engine.command(&member, body.messages).await?;
    let messages: Vec<_> = stored.into_iter().map(created).collect();
    for _ in &messages {
        state.metrics.messages.inc();
    }
    Ok((StatusCode::CREATED, Json(CommandDone { messages })))
}
