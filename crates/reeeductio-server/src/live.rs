//! Carries one session's frames between the engine and a WebSocket.
//!
//! A stream ends with one of these close codes (RFC 6455, 7.4):
//!
//! | code | why |
//! |---|---|
//! | 1001 | the server stops, or nothing was heard of the client for too long |
//! | 1003 | the client sent a binary frame |
//! | 1008 | the token has expired or was ended, or the member was removed from the space |
//! | 1011 | the storage could not answer |
//!
//! A client that takes nothing for `timeouts.stream_write_seconds`, or sends more than a frame may hold,
//! is let go without one.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use reeeductio_engine::live::{Close, Effects, Input, Session};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use crate::app::AppState;
use crate::http::stopped;
use crate::metrics::LetGo;

/// How long a client has for the closing handshake.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why a stream ends.
enum End {
    /// With a close code and a reason.
    Close(u16, &'static str),
    /// The client has gone, or takes nothing any more.
    Gone,
}

/// One session on its socket.
pub(crate) struct Pump {
    state: AppState,
    session: Session,
    socket: WebSocket,
    stopping: watch::Receiver<bool>,
}

impl Pump {
    pub(crate) fn new(state: AppState, session: Session, socket: WebSocket) -> Self {
        let stopping = state.stopping.clone();
        Self {
            state,
            session,
            socket,
            stopping,
        }
    }

    /// Runs until one side ends it.
    pub(crate) async fn run(mut self) {
        let end = match self.carry().await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        if let End::Close(code, reason) = end {
            // A client that has gone does not hear it.
            let _gone = timeout(FAREWELL, self.farewell(code, reason)).await;
        }
    }

    async fn carry(&mut self) -> Result<std::convert::Infallible, End> {
        let wake = self.session.wake();
        loop {
            // Made before looking, so that what comes after the look wakes.
            let listener = wake.listen();
            let looked = self.step(Input::Wake).await?;
            let pause = u64::try_from(looked.wake_at - self.state.engine.now()).unwrap_or(0);
            let pause = Duration::from_millis(pause.max(1));
            // One batch at a time, so that a client far behind is heard, and the stop, all the same.
            tokio::select! {
                biased;
                () = stopped(&mut self.stopping) => return Err(End::Close(1001, "the server is stopping")),
                frame = self.socket.next() => self.hear(frame).await?,
                () = yield_now(), if looked.more => {}
                () = listener, if !looked.more => {}
                () = sleep(pause), if !looked.more => {}
            }
        }
    }

    async fn hear(&mut self, frame: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let effects = match frame {
            Some(Ok(Message::Text(text))) => self.step(Input::Text(&text)).await,
            Some(Ok(Message::Binary(_))) => self.step(Input::Binary).await,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => self.step(Input::Alive).await,
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
        };
        effects.map(drop)
    }

    /// Tells the session what happened and does what it says.
    async fn step(&mut self, input: Input<'_>) -> Result<Effects, End> {
        let mut effects = self.session.handle(self.state.engine.now(), input);
        self.perform(&mut effects).await?;
        if effects.read_store {
            let replayed = self.state.engine.replay(&mut self.session).await;
            effects = replayed.map_err(|_| End::Close(1011, "the storage cannot answer"))?;
            // What was read is followed by another look.
            effects.more = true;
            self.perform(&mut effects).await?;
        }
        Ok(effects)
    }

    async fn perform(&mut self, effects: &mut Effects) -> Result<(), End> {
        if !effects.send.is_empty() || effects.ping {
            let patience = Duration::from_secs(self.state.config.timeouts.stream_write_seconds);
            let stopping = &mut self.stopping;
            tokio::select! {
                biased;
                sent = send(&mut self.socket, effects) => sent.ok_or(End::Gone)?,
                () = sleep(patience) => {
                    self.state.metrics.let_go(LetGo::TookNothing);
                    return Err(End::Gone);
                }
                () = async { stopped(stopping).await; sleep(FAREWELL).await } => return Err(End::Gone),
            }
        }
        match effects.close {
            Some(Close::Expired) => Err(End::Close(1008, "the token has expired")),
            Some(Close::Idle) => {
                self.state.metrics.let_go(LetGo::StreamSilent);
                Err(End::Close(1001, "nothing was heard of the client"))
            }
            Some(Close::Revoked) => Err(End::Close(1008, "no longer a member of the space")),
            Some(Close::Unsupported) => Err(End::Close(1003, "only text frames are understood")),
            None => Ok(()),
        }
    }

    /// Says goodbye and waits for the client's, which it would miss if the socket were closed before what
    /// it sent was read.
    async fn farewell(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        };
        let said = self.socket.send(Message::Close(Some(frame))).await;
        if said.is_ok() {
            while let Some(Ok(_)) = self.socket.next().await {}
        }
    }
}

/// Sends everything with one flush.
async fn send(socket: &mut WebSocket, effects: &mut Effects) -> Option<()> {
    for text in effects.send.drain(..) {
        let text = Utf8Bytes::try_from(text).ok()?;
        socket.feed(Message::Text(text)).await.ok()?;
    }
    if effects.ping {
        socket.feed(Message::Ping(Bytes::new())).await.ok()?;
    }
    socket.flush().await.ok()
}
