//! Carries one session's frames between the engine and a WebSocket.
//!
//! A stream ends with one of these close codes (RFC 6455, 7.4):
//!
//! | code | why |
//! |---|---|
//! | 1001 | the server stops, or nothing was heard of the client for too long |
//! | 1003 | the client sent a binary frame |
//! | 1008 | the token has expired or was ended, the member was removed, or the space is not registered any more |
//! | 1011 | the storage could not answer |
//! | 1013 | the server has no room for what the client missed |
//! | 4000 + HTTP status | the server does not open the stream; the reason is the code of the error |
//!
//! A client that does not take what it is sent within `timeouts.stream_write_seconds`, that takes it slowly
//! while there is no room for the frames of others, or that sends more than a frame may hold, is
//! disconnected without one.

mod end;
mod sign_in;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use reeeductio_engine::live::{BATCH_BYTES, Close, Effects, Input, Session};
use reeeductio_proto::ErrorCode;
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::app::AppState;
use crate::http::stopped;
use crate::memory::{FREE, Held, Memory};
use crate::metrics::DisconnectReason;
use end::{End, FAREWELL};
pub(crate) use sign_in::serve_unsigned;

/// Streams of a space that a message reaches in about a millisecond: each costs a write to its socket.
const STREAMS_PER_MILLISECOND: usize = 50;
/// The longest pause between two batches of a stream, in milliseconds.
const LONGEST_PAUSE: usize = 50;

/// A stream, from where it was opened to its end. Boxed: a future that awaits another may hold it twice, and a stream is held for days.
pub(crate) type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One session on its socket.
pub(crate) struct Pump {
    state: AppState,
    session: Session,
    socket: WebSocket,
    stopping: watch::Receiver<bool>,
    /// When something was last sent that all streams of the space share, by the monotonic clock.
    sent_at: i64,
}

// Every open stream holds one, beside its future and its buffers. The next class of the allocator is 128 bytes larger.
const _: () = assert!(size_of::<Pump>() <= 768);

impl Pump {
    pub(crate) fn new(state: AppState, session: Session, socket: WebSocket) -> Box<Self> {
        let stopping = state.stopping.clone();
        // Boxed: a future holds what it was given twice.
        Box::new(Self {
            state,
            session,
            socket,
            stopping,
            sent_at: i64::MIN,
        })
    }

    /// Runs until one side ends it, and holds its places as long.
    pub(crate) fn run(mut self: Box<Self>, places: impl Send + 'static) -> Running {
        Box::pin(async move {
            let end = match self.carry().await {
                Ok(never) => match never {},
                Err(end) => end,
            };
            end.tell(&mut self.socket).await;
            // In this order: a place that is given back has no socket and no session any more.
            drop(self);
            drop(places);
        })
    }

    async fn carry(&mut self) -> Result<std::convert::Infallible, End> {
        loop {
            // Made before looking, so that what comes after the look wakes. Each time anew: the client may have
            // subscribed to more.
            let listener = self.session.wake().listen();
            let looked = self.step(Input::Wake).await?;
            let pause = u64::try_from(looked.wake_in).unwrap_or(0);
            let pause = Duration::from_millis(pause.max(1));
            // One batch at a time, so that a client far behind is heard, and the stop, all the same.
            tokio::select! {
                biased;
                () = stopped(&mut self.stopping) => return Err(End::Close(1001, "the server is stopping")),
                frame = self.socket.next() => self.hear(frame).await?,
                () = yield_now(), if looked.more => {}
                () = listener, if !looked.more => Box::pin(self.gather()).await?,
                () = sleep(pause), if !looked.more => {}
            }
        }
    }

    /// Waits if something was sent a moment ago. The first message is sent at once; those that follow before it
    /// can have reached all streams of the space go together.
    async fn gather(&mut self) -> Result<(), End> {
        let pause = self.session.streams() / STREAMS_PER_MILLISECOND;
        let pause = i64::try_from(pause.min(LONGEST_PAUSE)).unwrap_or(0);
        let now = self.state.engine.monotonic();
        let rest = self.sent_at.saturating_add(pause).saturating_sub(now);
        let Some(rest) = u64::try_from(rest).ok().filter(|rest| *rest > 0) else {
            return Ok(());
        };
        let mut over = pin!(sleep(Duration::from_millis(rest)));
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut self.stopping) => return Err(End::Close(1001, "the server is stopping")),
                () = &mut over => return Ok(()),
                frame = self.socket.next() => self.hear(frame).await?,
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
        let engine = &self.state.engine;
        let effects = self.session.handle(engine.now(), engine.monotonic(), input);
        if let Some(code) = effects.refused {
            self.state.metrics.refused(code);
        }
        let idle = effects.send.is_empty() && !effects.ping && !effects.read_store;
        if idle && effects.close.is_none() {
            return Ok(effects);
        }
        // Apart, so that a stream with nothing to do holds no room for it.
        Box::pin(self.act(effects)).await
    }

    async fn act(&mut self, mut effects: Effects) -> Result<Effects, End> {
        self.perform(&mut effects, None).await?;
        if effects.read_store {
            let room = self.room_for_replay().await?;
            let replayed = self.state.engine.replay(&mut self.session).await;
            effects = replayed.map_err(|refusal| {
                self.state.metrics.failed(&refusal);
                End::Close(1011, "the storage cannot answer")
            })?;
            self.perform(&mut effects, Some(room)).await?;
        }
        Ok(effects)
    }

    /// Waits for room for what the client missed, as long as a client may take for one batch.
    async fn room_for_replay(&mut self) -> Result<Held, End> {
        let patience = Duration::from_secs(self.state.config.timeouts.stream_write_seconds);
        let mut largest = self.state.config.server.max_message_size;
        if self.session.with_data() {
            largest = largest.max(self.state.engine.limits().entry_data);
        }
        // As messages or entries, and as frames.
        let bytes = 2 * (BATCH_BYTES + largest);
        let room = self
            .state
            .memory
            .take_within(self.session.member(), bytes, patience);
        tokio::select! {
            biased;
            () = stopped(&mut self.stopping) => Err(End::Close(1001, "the server is stopping")),
            room = room => room.map_err(|_| {
                self.state.metrics.disconnect(DisconnectReason::NoMemory);
                End::Close(1013, "the server is busy")
            }),
        }
    }

    /// Sends, and ends the stream if the session says so. `room` is held until everything is sent; frames
    /// without it are those that all streams of the space share.
    async fn perform(&mut self, effects: &mut Effects, room: Option<Held>) -> Result<(), End> {
        if !effects.send.is_empty() || effects.ping {
            let timeouts = &self.state.config.timeouts;
            let patience = Duration::from_secs(timeouts.stream_write_seconds);
            let sending = Sending {
                memory: &self.state.memory,
                shared: room.is_none(),
                busy: Duration::from_secs(timeouts.busy_seconds),
            };
            if sending.shared && !effects.send.is_empty() {
                self.sent_at = self.state.engine.monotonic();
            }
            let stopping = &mut self.stopping;
            let sent = tokio::select! {
                biased;
                sent = sending.send(&mut self.socket, effects) => sent,
                () = sleep(patience) => Err(Unsent::Slow),
                () = async { stopped(stopping).await; sleep(FAREWELL).await } => Err(Unsent::Gone),
            };
            let reason = match sent {
                Ok(()) => None,
                Err(Unsent::Gone) => return Err(End::Gone),
                Err(Unsent::Slow) => Some(DisconnectReason::WriteTimeout),
                Err(Unsent::NoMemory) => Some(DisconnectReason::NoMemory),
            };
            if let Some(reason) = reason {
                self.state.metrics.disconnect(reason);
                return Err(End::Gone);
            }
        }
        match effects.close {
            Some(Close::Expired) => Err(End::Close(1008, "the token has expired")),
            Some(Close::Idle) => {
                self.state.metrics.disconnect(DisconnectReason::StreamIdle);
                Err(End::Close(1001, "nothing was heard of the client"))
            }
            Some(Close::Revoked) => Err(End::Close(1008, "no longer a member of the space")),
            Some(Close::Withdrawn) => Err(End::Close(1008, "the space is not registered any more")),
            Some(Close::SignedInAgain) => Err(End::refused(ErrorCode::RequestInvalid)),
            Some(Close::Unsupported) => Err(End::Close(1003, "only text frames are understood")),
            None => Ok(()),
        }
    }
}

/// Why frames were not sent.
enum Unsent {
    /// The client has gone.
    Gone,
    /// It took too long.
    Slow,
    /// It was slow, and others need the room.
    NoMemory,
}

/// How frames are sent within the memory budget.
struct Sending<'a> {
    memory: &'a Arc<Memory>,
    /// The frames are not counted yet: other streams have the same.
    shared: bool,
    /// How long a client may be slow while others wait for room.
    busy: Duration,
}

impl Sending<'_> {
    /// Sends everything with one flush.
    async fn send(&self, socket: &mut WebSocket, effects: &mut Effects) -> Result<(), Unsent> {
        let frames = std::mem::take(&mut effects.send);
        if frames.iter().map(Bytes::len).sum::<usize>() <= FREE {
            return write(socket, frames.into_iter(), effects.ping).await;
        }
        // The socket copies one frame at a time.
        let largest = frames.iter().map(Bytes::len).max().unwrap_or_default();
        let copy = self.memory.for_frame(largest).await;
        let kept = if self.shared {
            frames.clone()
        } else {
            Vec::new()
        };
        let mut writing = pin!(write(socket, frames.into_iter(), effects.ping));
        if let Poll::Ready(written) = poll_fn(|cx| Poll::Ready(writing.as_mut().poll(cx))).await {
            return written;
        }
        // The client does not take it at once, so it is counted while it waits.
        let stalled = self.memory.stall(&kept).ok_or(Unsent::NoMemory)?;
        drop(kept);
        let written = loop {
            tokio::select! {
                biased;
                written = writing.as_mut() => break written,
                () = sleep(self.busy) => {
                    if self.memory.streams_wait() {
                        return Err(Unsent::NoMemory);
                    }
                }
            }
        };
        drop((copy, stalled));
        written
    }
}

async fn write(
    socket: &mut WebSocket,
    frames: impl Iterator<Item = Bytes>,
    ping: bool,
) -> Result<(), Unsent> {
    for text in frames {
        let text = Utf8Bytes::try_from(text).map_err(|_| Unsent::Gone)?;
        let fed = socket.feed(Message::Text(text)).await;
        fed.map_err(|_| Unsent::Gone)?;
    }
    if ping {
        let fed = socket.feed(Message::Ping(Bytes::new())).await;
        fed.map_err(|_| Unsent::Gone)?;
    }
    socket.flush().await.map_err(|_| Unsent::Gone)
}
