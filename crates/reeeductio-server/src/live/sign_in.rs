//! Signing in to a stream by its first frame (spec/stream.md), so that no URL holds a token.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt as _;
use reeeductio_engine::live::{Session, SessionConfig};
use reeeductio_proto::api::{StreamAuth, StreamFrame};
use reeeductio_proto::{ErrorCode, SpaceId};
use tokio::time::timeout;

use super::Pump;
use super::end::End;
use crate::answer::Failure;
use crate::app::AppState;
use crate::http::stopped;
use crate::limits::{MemberPlace, StreamPlace, UnsignedPlace};
use crate::metrics::DisconnectReason;

/// Pings and pongs of the WebSocket protocol that a client may send before it signs in.
const MOST_CONTROL_FRAMES: usize = 16;

/// Serves a socket whose client has yet to sign in. `connection` is held as long as the socket.
pub(crate) fn serve_unsigned(
    state: AppState,
    space: SpaceId,
    timing: SessionConfig,
    (place, connection): (UnsignedPlace, impl Send + 'static),
    socket: WebSocket,
) -> impl Future<Output = ()> {
    // Apart, and gone before the stream runs: so an open stream holds no room for signing in.
    let signing_in = Box::pin(async move {
        let (pump, place) = sign_in(state, space, timing, place, socket).await?;
        Some(pump.run((place, connection)))
    });
    async {
        if let Some(stream) = signing_in.await {
            stream.await;
        }
    }
}

/// Waits for the client to sign in; `None` if it was sent away.
async fn sign_in(
    state: AppState,
    space: SpaceId,
    timing: SessionConfig,
    place: UnsignedPlace,
    mut socket: WebSocket,
) -> Option<(Box<Pump>, StreamPlace)> {
    let mut stopping = state.stopping.clone();
    let opened = tokio::select! {
        biased;
        () = stopped(&mut stopping) => Err(End::Close(1001, "the server is stopping")),
        opened = open(&state, space, timing, &mut socket) => opened,
    };
    match opened {
        Ok(opened) => {
            let place = place.signed_in(opened.place);
            let pump = Pump::new(state, opened.session, socket);
            Some((pump, place))
        }
        Err(end) => {
            end.tell(&mut socket).await;
            drop(socket);
            drop(place);
            None
        }
    }
}

/// A stream whose client has signed in.
struct Opened {
    place: MemberPlace,
    session: Session,
}

/// Waits for the first frame, and checks its token as every request's is.
async fn open(
    state: &AppState,
    space: SpaceId,
    timing: SessionConfig,
    socket: &mut WebSocket,
) -> Result<Opened, End> {
    let patience = Duration::from_secs(state.config.timeouts.header_seconds);
    let refused = |failure: Failure| {
        state.metrics.refused(failure.code());
        End::refused(failure.code())
    };
    let auth = match timeout(patience, first_frame(socket)).await {
        Ok(Ok(Some(auth))) => auth,
        Ok(Ok(None)) => return Err(refused(malformed())),
        Ok(Err(end)) => return Err(end),
        Err(_late) => {
            state.metrics.disconnect(DisconnectReason::StreamUnsigned);
            return Err(End::refused(ErrorCode::RequestTimeout));
        }
    };
    let member = state.engine.authenticate(space, &auth.token).await;
    let member = member.map_err(|refusal| refused(refusal.into()))?;
    let now = state.engine.monotonic();
    state.limits.member(&member, now).map_err(refused)?;
    let place = state.limits.streams.member(&member).map_err(refused)?;
    let config = SessionConfig {
        data: auth.data,
        ..timing
    };
    let session = state
        .engine
        .signed_in_session(member, config, &auth.since, auth.subscribe.as_ref())
        .await
        .map_err(|refusal| refused(refusal.into()))?;
    Ok(Opened { place, session })
}

/// The credential in the first frame; `None` if that is another frame.
async fn first_frame(socket: &mut WebSocket) -> Result<Option<StreamAuth>, End> {
    for _ in 0..=MOST_CONTROL_FRAMES {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(credential(&text)),
            Some(Ok(Message::Binary(_))) => {
                return Err(End::Close(1003, "only text frames are understood"));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
        }
    }
    Ok(None)
}

fn credential(text: &str) -> Option<StreamAuth> {
    match StreamFrame::read(text) {
        Ok(StreamFrame::Auth(auth)) => Some(auth),
        _ => None,
    }
}

fn malformed() -> Failure {
    Failure::new(
        ErrorCode::RequestInvalid,
        "The first frame is not a sign-in.",
    )
}
