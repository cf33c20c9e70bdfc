//! Carries one session's frames between the engine and a WebSocket.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use reeeductio_engine::Refusal;
use reeeductio_engine::live::{Close, Effects, Input, Session};
use tokio::time::{sleep, timeout};

use crate::app::AppState;
use crate::http;

/// Going away (RFC 6455, 7.4.1).
const GOING_AWAY: u16 = 1001;

/// Runs a session until one side ends it.
pub(crate) async fn pump(state: AppState, mut session: Session, mut socket: WebSocket) {
    let wake = session.wake();
    let mut stopping = state.stopping.clone();
    let patience = Duration::from_secs(state.config.timeouts.stream_write_seconds);
    let mut input = Some(Input::Wake);
    loop {
        // Made before looking, so that what comes after the look wakes.
        let listener = wake.listen();
        let effects = match input.take() {
            Some(input) => session.handle(state.engine.now(), input),
            None => session.handle(state.engine.now(), Input::Wake),
        };
        let settled = timeout(patience, settle(&state, &mut session, &mut socket, effects)).await;
        let Ok(Some(wake_at)) = settled else {
            // The client reads too slowly even for one batch, has gone, or was told why it ends.
            return;
        };
        let until = u64::try_from(wake_at - state.engine.now())
            .unwrap_or(0)
            .max(1);
        tokio::select! {
            () = listener => {}
            () = sleep(Duration::from_millis(until)) => {}
            () = http::stopped(&mut stopping) => {
                close(&mut socket, GOING_AWAY, "the server is stopping").await;
                return;
            }
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(text))) => {
                    let effects = session.handle(state.engine.now(), Input::Text(&text));
                    if !matches!(timeout(patience, settle(&state, &mut session, &mut socket, effects)).await, Ok(Some(_))) {
                        return;
                    }
                }
                Some(Ok(Message::Binary(_))) => input = Some(Input::Binary),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => input = Some(Input::Alive),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
        }
    }
}

/// Does what the session says until it has nothing more to say. Returns when it wants to be woken, or
/// `None` when the connection is over.
async fn settle(
    state: &AppState,
    session: &mut Session,
    socket: &mut WebSocket,
    mut effects: Effects,
) -> Option<i64> {
    loop {
        send(socket, &mut effects).await?;
        if let Some(reason) = effects.close {
            let (code, text) = explain(reason);
            close(socket, code, text).await;
            return None;
        }
        effects = if effects.read_store {
            let Ok(effects) = replay(state, session).await else {
                close(socket, 1011, "the storage cannot answer").await;
                return None;
            };
            effects
        } else if effects.more {
            session.handle(state.engine.now(), Input::Wake)
        } else {
            return Some(effects.wake_at);
        };
    }
}

/// What was read from the store is followed by another look at the hub.
async fn replay(state: &AppState, session: &mut Session) -> Result<Effects, Refusal> {
    let mut effects = state.engine.replay(session).await?;
    effects.more = true;
    Ok(effects)
}

/// Sends everything with one flush.
async fn send(socket: &mut WebSocket, effects: &mut Effects) -> Option<()> {
    if effects.send.is_empty() && !effects.ping {
        return Some(());
    }
    for text in effects.send.drain(..) {
        let text = Utf8Bytes::try_from(text).ok()?;
        socket.feed(Message::Text(text)).await.ok()?;
    }
    if effects.ping {
        socket.feed(Message::Ping(Bytes::new())).await.ok()?;
    }
    socket.flush().await.ok()
}

fn explain(reason: Close) -> (u16, &'static str) {
    match reason {
        Close::Expired => (1008, "the token has expired"),
        Close::Idle => (1001, "nothing was heard of the client"),
        Close::Revoked => (1008, "no longer a member of the space"),
        Close::Unsupported => (1003, "only text frames are understood"),
    }
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    };
    // A client that has gone does not hear it.
    let _gone = timeout(
        Duration::from_secs(5),
        socket.send(Message::Close(Some(frame))),
    )
    .await;
}
