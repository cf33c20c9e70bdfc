//! `POST /spaces/{space_id}/topics/{topic_id}/messages`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use reeeductio_engine::Appended;
use reeeductio_proto::TopicId;
use reeeductio_proto::api::{MessageCreated, PostMessage};

use super::topic_id;
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, Token, WithToken, space_id};
use crate::memory::FREE;
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, JSON, TOKEN, RIGHT, WRITE, APPEND, STATE, POLICY],
    MessageInvalidType,
    TopicInvalidId,
);

/// Post a message on top of the topic's head.
///
/// Of several who post on the same head, one succeeds. The others learn the new head from `details.head`,
/// sign on top of it and try again. In the topic `state` the type is a path and the message its value.
#[utoipa::path(post, path = "/spaces/{space_id}/topics/{topic_id}/messages", tag = "messages",
    security(("bearer" = [])), request_body = PostMessage,
    responses((status = 201, description = "Stored for good", body = MessageCreated), Refused))]
pub(in crate::routes) async fn post_message(
    State(state): State<AppState>,
    Path((space, topic)): Path<(String, String)>,
    WithToken { token, body }: WithToken<PostMessage>,
) -> Result<(StatusCode, Json<MessageCreated>), Failure> {
    let topic = topic_id(&topic)?;
    let created = append(&state, &space, &token, &topic, body).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Appends a message, as both posting one and putting state do.
pub(in crate::routes) async fn append(
    state: &AppState,
    space: &str,
    token: &Token,
    topic: &TopicId,
    body: PostMessage,
) -> Result<MessageCreated, Failure> {
    let member = token.member(state, space_id(space)?).await?;
    // Members can be removed and rights taken back on a full disk, too: the reserve is for that.
    if !topic.is_state() || !is_reserved(&body) {
        state.disks.room(state.engine.monotonic())?;
    }
    let stored = state.engine.append(&member, topic, body).await?;
    state.metrics.messages.inc();
    Ok(created(stored))
}

/// Returns whether state is so short that it is taken on a full disk.
pub(in crate::routes) fn is_reserved(state: &PostMessage) -> bool {
    state.payload.is_none() && state.data.len() <= FREE
}

pub(in crate::routes) fn created(stored: Appended) -> MessageCreated {
    MessageCreated {
        message_hash: stored.position.hash.to_string(),
        server_timestamp: stored.position.timestamp,
        n: stored.number,
    }
}
