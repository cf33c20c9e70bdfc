//! `GET /spaces/{space_id}/stream`, the live stream (wire.md 10).

use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{Extension, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use reeeductio_engine::live::SessionConfig;
use reeeductio_proto::ErrorCode;

use crate::address::ClientAddress;
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, space_id};
use crate::http::Place;
use crate::live::Pump;
use crate::routes::refusals::refusals;

/// Bytes read at a time, which each stream holds: what arrives is a `ping` now and then.
const READ_BUFFER: usize = 512;
/// Bytes collected before they are written: a burst is a few writes, an idle connection holds nothing.
const WRITE_BUFFER: usize = 8192;
/// Largest frame a client may send.
const MAX_FRAME: usize = 64 * 1024;

refusals!([ANY, SPACE],);

/// Receive every message as it is stored, as a WebSocket of text frames.
///
/// A frame is a message as it is listed, or `{"type": "ping"}` after a while without a frame from the
/// client; `ping` is answered with `pong`. A member sees the topics it may read and all state. Close codes:
/// 1001 the server stops or heard nothing for too long, 1003 binary frame, 1008 token expired, member
/// removed or space no longer registered, 1011 storage failed, 1013 no room for more frames; try again later.
///
/// With `since` the stream can be resumed: spec/stream.md.
#[utoipa::path(get, path = "/spaces/{space_id}/stream", tag = "stream",
    params(("token" = String, Query, description = "A token of the space"),
        ("since" = Option<String>, Query, description = "Cursor of an earlier stream to go on after, or nothing. \
            With it the server sends cursors: `{\"type\": \"hello\", \"cursor\": …, \"resumed\": …}` first, then \
            `{\"type\": \"cursor\", \"cursor\": …}`")),
    responses((status = 101, description = "The stream begins"),
        (status = 403, description = "No valid token; the body is empty"),
        Refused))]
pub(super) async fn stream(
    State(state): State<AppState>,
    Path(space): Path<String>,
    RawQuery(query): RawQuery,
    connection: Option<Extension<Place>>,
    address: Option<Extension<ClientAddress>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let space = space_id(&space)?;
    let query = query.unwrap_or_default();
    let token = parameter(&query, "token").unwrap_or_default();
    let since = parameter(&query, "since");
    let member = match state.engine.authenticate(space, &token).await {
        Ok(member) => member,
        Err(refusal) if refusal.code().status() == 401 => {
            return Ok(StatusCode::FORBIDDEN.into_response());
        }
        Err(refusal) => return Err(refusal.into()),
    };
    state.limits.member(&member, state.engine.monotonic())?;
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            return Err(Failure::new(
                ErrorCode::RequestInvalid,
                rejection.body_text(),
            ));
        }
    };
    let address = address.map(|Extension(address)| address);
    let place = state.limits.open_stream(&member, address)?;
    let ping_after = state.config.timeouts.stream_ping_seconds;
    let milliseconds =
        |seconds: u64| i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    let timing = SessionConfig {
        ping_after: milliseconds(ping_after),
        idle_limit: milliseconds(ping_after.saturating_mul(4)),
    };
    let engine = &state.engine;
    let session = match since {
        Some(since) => engine.resume_session(member.clone(), timing, &since).await,
        None => engine.open_session(member.clone(), timing).await,
    }?;
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_frame_size(MAX_FRAME)
        .max_message_size(MAX_FRAME)
        .on_upgrade(move |socket| async move {
            Pump::new(state, member, session, socket).run().await;
            drop((place, connection));
        }))
}

/// The first parameter of that name in a query.
fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}
