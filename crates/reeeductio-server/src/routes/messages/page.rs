//! Pages of messages: how they are asked for, and how they are written.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use reeeductio_engine::{MessagePage, PageRequest};
use reeeductio_proto::Message;

use crate::answer::Failure;

/// Longest page.
const MAX_LIMIT: usize = 1000;
/// Page length if none is asked for.
const DEFAULT_LIMIT: usize = 100;

/// `from`, `to` and `limit`; integers beyond 64 bits mean the furthest time there is.
pub(in crate::routes) fn page_request(query: &str) -> Result<PageRequest, Failure> {
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
pub(in crate::routes) fn page_body(page: &MessagePage) -> Response {
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
    json_response(json)
}

pub(in crate::routes) fn message_body(message: &Message) -> Response {
    let mut json = Vec::with_capacity(message.data.len() + 400);
    message.write_json(&mut json);
    json_response(json)
}

fn json_response(json: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], json).into_response()
}
