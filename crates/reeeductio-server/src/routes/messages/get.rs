//! `GET /spaces/{space_id}/topics/{topic_id}/messages/{message_hash}`

use axum::extract::{RawQuery, State};
use axum::response::Response;
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{ErrorCode, TopicId};

use super::entries::entry_body;
use super::page::{message_body, message_room};
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::numbers::numbers;
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN, RIGHT], MessageNotFound);

/// One message by its id. In a space with a policy the answer is a `ProvenEntry`.
#[utoipa::path(get, path = "/spaces/{space_id}/topics/{topic_id}/messages/{message_hash}", tag = "messages",
    security(("bearer" = [])),
    params(("verified" = Option<u64>, Query, description = "In a space with a policy: size of the checkpoint that the caller has verified; the proof says that the tree has grown from it")),
    responses((status = 200, description = "The message", body = MessageBody), Refused))]
pub(in crate::routes) async fn get_message(
    State(state): State<AppState>,
    Path((_space, topic, hash)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    Member(member): Member,
) -> Result<Response, Failure> {
    // A text that names no topic names one without messages.
    let Ok(topic) = TopicId::parse(&topic) else {
        return Err(Failure::new(
            ErrorCode::MessageNotFound,
            "There is no such message.",
        ));
    };
    let room = message_room(&state, &member).await?;
    if state.engine.has_policy(&member).await? {
        let [verified] = numbers(query.as_deref().unwrap_or_default(), ["verified"])?;
        let found = state.engine.entry(&member, &topic, &hash, verified);
        let (entry, inclusion) = found.await?;
        return entry_body(&entry, &inclusion, room);
    }
    let message = state.engine.message(&member, &topic, &hash).await?;
    message_body(&message, room)
}
