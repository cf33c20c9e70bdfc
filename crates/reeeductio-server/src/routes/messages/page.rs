//! Pages of messages: how they are asked for, and how they are written.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use reeeductio_engine::{MessagePage, PageRequest, SpaceMember};
use reeeductio_proto::{Message, TopicId};

use super::entries::entries_body;
use crate::answer::Failure;
use crate::app::AppState;
use crate::memory::Held;
use crate::routes::numbers::numbers;

/// Longest page.
const MAX_LIMIT: usize = 1000;
/// Page length if none is asked for.
const DEFAULT_LIMIT: usize = 100;

/// Bytes of a message beside its `data`, in JSON; of a type of ordinary length.
const AROUND_DATA: usize = 512;

/// Takes room for a page: for its messages as they are read, and for the same as JSON.
async fn page_room(
    state: &AppState,
    member: &SpaceMember,
    request: PageRequest,
) -> Result<Held, Failure> {
    let message = state.config.largest_message() + AROUND_DATA;
    let page = request
        .limit
        .saturating_mul(message)
        .min(state.engine.limits().page_bytes.saturating_add(message));
    state.memory.take(member, 2 * page).await
}

/// Takes room for one message, read and as JSON.
pub(in crate::routes) async fn message_room(
    state: &AppState,
    member: &SpaceMember,
) -> Result<Held, Failure> {
    let message = state.config.largest_message() + AROUND_DATA;
    state.memory.take(member, 2 * message).await
}

/// `from`, `to`, `limit` and `verified`; times beyond 64 bits mean the furthest there is.
pub(in crate::routes) fn page_request(query: &str) -> Result<PageRequest, Failure> {
    let [verified] = numbers(query, ["verified"])?;
    let mut request = PageRequest {
        from: None,
        to: None,
        limit: DEFAULT_LIMIT,
        verified,
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

/// A time in Unix milliseconds; integers beyond 64 bits mean the furthest there is.
pub(in crate::routes) fn time(name: &str, value: &str) -> Result<i64, Failure> {
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

/// Answers with a page of a topic, as spaces with and without a policy have it.
pub(in crate::routes) async fn topic_page(
    state: &AppState,
    member: &SpaceMember,
    topic: &TopicId,
    request: PageRequest,
) -> Result<Response, Failure> {
    let room = page_room(state, member, request).await?;
    if state.engine.has_policy(member).await? {
        let page = state.engine.entries(member, topic, request).await?;
        return entries_body(page, room);
    }
    let page = state.engine.messages(member, topic, request).await?;
    page_body(page, room)
}

/// Writes a page without an intermediate tree: this is what history is read through.
fn page_body(page: MessagePage, room: Held) -> Result<Response, Failure> {
    let content: usize = page.items.iter().map(|message| message.data.len()).sum();
    let mut json = Vec::with_capacity(content + page.items.len() * 400 + 64);
    json.extend_from_slice(b"{\"messages\":[");
    for (index, message) in page.items.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        message.write_json(&mut json);
    }
    json.extend_from_slice(b"],\"has_more\":");
    json.extend_from_slice(if page.has_more { b"true" } else { b"false" });
    json.push(b'}');
    // From here on only the JSON is held.
    drop(page);
    json_response(json, room)
}

pub(in crate::routes) fn message_body(message: &Message, room: Held) -> Result<Response, Failure> {
    let mut json = Vec::with_capacity(message.data.len() + 400);
    message.write_json(&mut json);
    json_response(json, room)
}

/// An answer that counts in the memory budget until its client has taken it.
pub(in crate::routes) fn json_response(json: Vec<u8>, room: Held) -> Result<Response, Failure> {
    let mut response = Response::new(Body::from(room.keep(json.into())?));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
