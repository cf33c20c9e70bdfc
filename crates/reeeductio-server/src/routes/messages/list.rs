//! `GET /spaces/{space_id}/topics/{topic_id}/messages`

use axum::extract::{RawQuery, State};
use axum::response::Response;
use reeeductio_proto::api::MessagePage;

use super::page::{page_request, topic_page};
use super::topic_id;
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, Token, space_id};
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN, RIGHT], TopicInvalidId);

/// List a topic: oldest first, or newest first when `from` is after `to`.
///
/// A topic without messages is an empty list. A page ends at about 4 MiB, whatever its limit: `has_more` says
/// so. Every member may list the topic `state`. In a space with a policy the answer is an `EntryPage`.
#[utoipa::path(get, path = "/spaces/{space_id}/topics/{topic_id}/messages", tag = "messages",
    security(("bearer" = [])),
    params(("from" = Option<i64>, Query, description = "Unix milliseconds, inclusive"),
        ("to" = Option<i64>, Query, description = "Unix milliseconds, inclusive"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 1000, description = "100 if not given"),
        ("verified" = Option<u64>, Query, description = "In a space with a policy: size of the checkpoint that the caller has verified; the proof says that the tree has grown from it")),
    responses((status = 200, description = "A page", body = MessagePage), Refused))]
pub(in crate::routes) async fn list_messages(
    State(state): State<AppState>,
    Path((space, topic)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    token: Token,
) -> Result<Response, Failure> {
    let request = page_request(query.as_deref().unwrap_or_default())?;
    let topic = topic_id(&topic)?;
    let member = token.member(&state, space_id(&space)?).await?;
    topic_page(&state, &member, &topic, request).await
}
