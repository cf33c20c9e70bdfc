//! `GET /spaces/{space_id}/stream`, the live stream (wire.md 10).

use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{Extension, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use reeeductio_engine::live::SessionConfig;
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::STREAM_PROTOCOL;

use crate::address::ClientAddress;
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, space_id};
use crate::http::Place;
use crate::live::{Pump, serve_unsigned};
use crate::routes::refusals::refusals;

/// Bytes read at a time, which each stream holds: what arrives is a `ping` now and then. For a longer frame the buffer grows by its
/// length, and stays so.
const READ_BUFFER: usize = 128;
/// Bytes collected before they are written: a burst is a few writes. A stream keeps a buffer as long as the longest of these that it was
/// sent.
const WRITE_BUFFER: usize = 8192;
/// Largest frame a client may send whose token is in the URL.
const MAX_FRAME: usize = 64 * 1024;
/// Largest frame a client may send that signs in by one: strangers may send it. The largest signal fits.
const MAX_UNSIGNED_FRAME: usize = 24 * 1024;

refusals!([ANY, SPACE],);

/// Receive every message as it is stored, as a WebSocket of text frames.
///
/// A frame is a message as it is listed, or `{"type": "ping"}` after a while without a frame from the
/// client; `ping` is answered with `pong`. A member sees the topics it may read and all state. Close codes:
/// 1001 the server stops or heard nothing for too long, 1003 binary frame, 1008 token expired, member
/// removed or space no longer registered, 1011 storage failed, 1013 no room for more frames; try again later.
///
/// A client that offers the WebSocket protocol `reeeductio.stream.v2` and no `token` signs in by its first frame,
/// `{"type": "auth", "token": …, "since": …, "data": …}`. If the server does not open the stream it closes it with 4000 and the status of
/// the error, whose code is the reason. With `since` the stream can be resumed. Then it sends `{"type": "subscribe", …}`,
/// `{"type": "unsubscribe", …}` and `{"type": "signal", …}`, and is told signals, the roster, items of its inbox and checkpoints too: spec/stream.md.
#[utoipa::path(get, path = "/spaces/{space_id}/stream", tag = "stream",
    params(("token" = Option<String>, Query, description = "A token of the space, unless the first frame has one"),
        ("since" = Option<String>, Query, description = "With `token`: cursor of an earlier stream to go on after, or nothing. \
            With it the server sends cursors: `{\"type\": \"hello\", \"cursor\": …, \"resumed\": …}` first, then \
            `{\"type\": \"cursor\", \"cursor\": …}`"),
        ("data" = Option<String>, Query, description = "With `since`: changes of data are told too, as `{\"type\": \"data\", …}` \
            and `{\"type\": \"data_removed\", …}`"),
        ("Sec-WebSocket-Protocol" = Option<String>, Header, description = "`reeeductio.stream.v2` to sign in by the first frame")),
    responses((status = 101, description = "The stream begins, or waits for the first frame"),
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
    let address = address.map(|Extension(address)| address);
    let (token, upgrade) = match (parameter(&query, "token"), upgrade) {
        (None, Ok(upgrade)) if offers_sign_in(&upgrade) => {
            let place = state.limits.streams.open_unsigned(address)?;
            let timing = timing(&state);
            let upgrade = sized(upgrade, MAX_UNSIGNED_FRAME).protocols([STREAM_PROTOCOL]);
            return Ok(upgrade.on_upgrade(move |socket| {
                serve_unsigned(state, space, timing, (place, connection), socket)
            }));
        }
        (token, upgrade) => (token.unwrap_or_default(), upgrade),
    };
    let since = parameter(&query, "since");
    let member = match state.engine.authenticate(space, &token).await {
        Ok(member) => member,
        Err(refusal) if refusal.code().status() == 401 => {
            return Ok(StatusCode::FORBIDDEN.into_response());
        }
        Err(refusal) => return Err(refusal.into()),
    };
    state.limits.member(&member, state.engine.monotonic())?;
    let upgrade = upgrade
        .map_err(|rejection| Failure::new(ErrorCode::RequestInvalid, rejection.body_text()))?;
    let place = state.limits.streams.open(&member, address)?;
    let engine = &state.engine;
    let timing = timing(&state);
    let session = match since {
        Some(since) => {
            let config = SessionConfig {
                data: parameter(&query, "data").is_some(),
                ..timing
            };
            engine.resume_session(member, config, &since).await
        }
        None => engine.open_session(member, timing).await,
    }?;
    Ok(sized(upgrade, MAX_FRAME)
        .on_upgrade(move |socket| Pump::new(state, session, socket).run((place, connection))))
}

/// Returns whether the client can sign in by its first frame.
fn offers_sign_in(upgrade: &WebSocketUpgrade) -> bool {
    let mut offered = upgrade.requested_protocols();
    offered.any(|protocol| protocol == STREAM_PROTOCOL)
}

fn sized(upgrade: WebSocketUpgrade, frame: usize) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_frame_size(frame)
        .max_message_size(frame)
}

fn timing(state: &AppState) -> SessionConfig {
    let ping_after = state.config.timeouts.stream_ping_seconds;
    let milliseconds =
        |seconds: u64| i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    SessionConfig {
        ping_after: milliseconds(ping_after),
        idle_limit: milliseconds(ping_after.saturating_mul(4)),
        data: false,
    }
}

/// The first parameter of that name in a query.
fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}
