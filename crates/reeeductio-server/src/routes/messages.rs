//! Messages (wire.md 3).

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use reeeductio_engine::{Appended, NewMessage, Page, PageRequest};
use reeeductio_proto::api::{ErrorBody, MessageBody, MessageCreated, MessagePage, PostMessage};
use reeeductio_proto::{ErrorCode, Message, TopicId};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, Token, WithToken, space_id};

/// Longest page.
const MAX_LIMIT: usize = 1000;
/// Page length if none is asked for.
const DEFAULT_LIMIT: usize = 100;

/// Post a message on top of the topic's head.
#[utoipa::path(post, path = "/spaces/{space_id}/topics/{topic_id}/messages", tag = "messages",
    security(("bearer" = [])), request_body = PostMessage,
    responses((status = 201, body = MessageCreated),
        (status = 400, description = "wrong hash, signature or field", body = ErrorBody),
        (status = 401, description = "no valid token", body = ErrorBody),
        (status = 403, description = "no right to post", body = ErrorBody),
        (status = 409, description = "prev_hash is not the head; details.head is", body = ErrorBody)))]
pub(super) async fn post(
    State(state): State<AppState>,
    Path((space, topic)): Path<(String, String)>,
    WithToken { token, body }: WithToken<PostMessage>,
) -> Result<(StatusCode, Json<MessageCreated>), Failure> {
    let topic = topic_id(&topic)?;
    let appended = append(&state, &space, &token, &topic, body).await?;
    Ok((StatusCode::CREATED, Json(appended)))
}

/// List a topic: oldest first, or newest first when `from` is after `to`.
#[utoipa::path(get, path = "/spaces/{space_id}/topics/{topic_id}/messages", tag = "messages",
    security(("bearer" = [])),
    params(("from" = Option<i64>, Query, description = "Unix milliseconds, inclusive"),
        ("to" = Option<i64>, Query, description = "Unix milliseconds, inclusive"),
        ("limit" = Option<usize>, Query, description = "1 to 1000, default 100")),
    responses((status = 200, body = MessagePage),
        (status = 403, description = "no right to read", body = ErrorBody)))]
pub(super) async fn list(
    State(state): State<AppState>,
    Path((space, topic)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    token: Token,
) -> Result<Response, Failure> {
    let request = page_request(query.as_deref().unwrap_or_default())?;
    let topic = topic_id(&topic)?;
    let member = token.member(&state, space_id(&space)?).await?;
    let page = state.engine.messages(&member, &topic, request).await?;
    Ok(page_body(&page))
}

/// One message by its id.
#[utoipa::path(get, path = "/spaces/{space_id}/topics/{topic_id}/messages/{message_hash}", tag = "messages",
    security(("bearer" = [])),
    responses((status = 200, body = MessageBody),
        (status = 404, description = "no such message", body = ErrorBody)))]
pub(super) async fn fetch(
    State(state): State<AppState>,
    Path((space, topic, hash)): Path<(String, String, String)>,
    token: Token,
) -> Result<Response, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    // A text that names no topic names one without messages.
    let Ok(topic) = TopicId::parse(&topic) else {
        return Err(Failure::new(
            ErrorCode::MessageNotFound,
            "There is no such message.",
        ));
    };
    let message = state.engine.message(&member, &topic, &hash).await?;
    Ok(message_body(&message))
}

pub(super) async fn append(
    state: &AppState,
    space: &str,
    token: &Token,
    topic: &TopicId,
    body: PostMessage,
) -> Result<MessageCreated, Failure> {
    let member = token.member(state, space_id(space)?).await?;
    let new = NewMessage {
        kind: body.kind,
        prev_hash: body.prev_hash,
        data: body.data,
        message_hash: body.message_hash,
        signature: body.signature,
    };
    let Appended {
        message_hash,
        server_timestamp,
    } = state.engine.append(&member, topic, new).await?;
    state.metrics.messages.inc();
    Ok(MessageCreated {
        message_hash: message_hash.to_string(),
        server_timestamp,
    })
}

/// `from`, `to` and `limit`; integers beyond 64 bits mean the furthest time there is.
pub(super) fn page_request(query: &str) -> Result<PageRequest, Failure> {
    let mut request = PageRequest {
        from: None,
        to: None,
        limit: DEFAULT_LIMIT,
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "from" => request.from = Some(time("from", &value)?),
            "to" => request.to = Some(time("to", &value)?),
            "limit" => {
                request.limit = value
                    .parse()
                    .ok()
                    .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                    .ok_or_else(|| Failure::query("limit", "an integer from 1 to 1000"))?;
            }
            _ => {}
        }
    }
    Ok(request)
}

fn time(name: &str, value: &str) -> Result<i64, Failure> {
    let (negative, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value.strip_prefix('+').unwrap_or(value)),
    };
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return Err(Failure::query(name, "an integer, in Unix milliseconds"));
    }
    let furthest = if negative { i64::MIN } else { i64::MAX };
    Ok(value.parse().unwrap_or(furthest))
}

/// Writes a page without an intermediate tree: this is what history is read through.
pub(super) fn page_body(page: &Page) -> Response {
    let content: usize = page.messages.iter().map(|message| message.data.len()).sum();
    let mut json = Vec::with_capacity(content + page.messages.len() * 400 + 64);
    json.extend_from_slice(b"{\"messages\":[");
    for (index, message) in page.messages.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        message.write_json(&mut json);
    }
    json.extend_from_slice(b"],\"has_more\":");
    json.extend_from_slice(if page.has_more { b"true" } else { b"false" });
    json.push(b'}');
    json_response(json)
}

pub(super) fn message_body(message: &Message) -> Response {
    let mut json = Vec::with_capacity(message.data.len() + 400);
    message.write_json(&mut json);
    json_response(json)
}

fn json_response(json: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], json).into_response()
}

fn topic_id(text: &str) -> Result<TopicId, Failure> {
    TopicId::parse(text)
        .map_err(|error| Failure::new(ErrorCode::TopicInvalidId, format!("topic_id: {error}")))
}
