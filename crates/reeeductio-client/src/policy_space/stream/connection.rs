//! The task that holds the connection of a stream.

use std::iter;
use std::pin::pin;

use futures_util::future::{Either, select};
use reeeductio_core::{SignalPlace, seal_signal};
use reeeductio_proto::api::{SignalBody, StreamFrame, StreamSubscription};
use reeeductio_proto::{MemberId, Subject, encoding};
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use super::frame::{Frame, Told};
use super::receive::Sessions;
use super::roster::Pages;
use super::{PolicySpace, RefusedSignal, StreamEvent, StreamOptions, UnreadableSignal};
use crate::endpoint::NO_SUBSCRIPTIONS;
use crate::error::ClientError;
use crate::platform::{elapsed, random, wait, within};
use crate::policy_space::PolicyError;
use crate::space::live::{Backoff, RetryPolicy};
use crate::stream_sign_in::Opening;
use crate::transport::{Socket, TransportError};

/// Milliseconds between checkpoints that are compared.
const BETWEEN_CHECKPOINTS: i64 = 60_000;

type Events = mpsc::Sender<Result<StreamEvent, ClientError>>;

/// A signal on its way to the server.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) subject: Subject,
    pub(super) to: Option<MemberId>,
    pub(super) body: Zeroizing<Vec<u8>>,
    pub(super) epoch: u32,
    pub(super) done: oneshot::Sender<Result<u64, ClientError>>,
}

/// The connection of a stream, and what outlives one that is lost.
pub(super) struct Connecting {
    space: PolicySpace,
    subscribe: StreamSubscription,
    /// Whether the program hears that messages were stored.
    tells_topics: bool,
    events: Events,
    to_send: mpsc::Receiver<Outgoing>,
    /// Counters go on when the connection is made again, so that a number names one signal.
    counter: u64,
    heard: Sessions,
    /// When a checkpoint was compared last.
    compared: Option<i64>,
}

/// The reason for which a connection was left.
enum Left {
    Lost,
    /// Nobody listens any more.
    Dropped,
}

impl Connecting {
    pub(super) fn new(
        space: PolicySpace,
        options: &StreamOptions,
        events: Events,
        to_send: mpsc::Receiver<Outgoing>,
    ) -> Self {
        let subjects = options.subjects.iter();
        Self {
            space,
            subscribe: StreamSubscription {
                // So that rights and epochs are known when a signal comes.
                topics: iter::once("state".to_owned())
                    .chain(options.topics.iter().map(ToString::to_string))
                    .collect(),
                signals: subjects.map(ToString::to_string).collect(),
                roster: options.roster,
                inbox: options.inbox,
                ..StreamSubscription::default()
            },
            tells_topics: !options.topics.is_empty(),
            events,
            to_send,
            counter: 0,
            heard: Sessions::default(),
            compared: None,
        }
    }

    /// Holds the connection until nobody listens or the server refuses it for good. `opened` is told how the first attempt ends.
    pub(super) async fn run(mut self, opened: oneshot::Sender<Result<(), ClientError>>) {
        let options = self.space.base().live_options();
        let mut backoff = Backoff::new(options.first_pause, options.longest_pause);
        let mut opened = Some(opened);
        loop {
            let error = match self.open().await {
                Ok(socket) => {
                    if opened
                        .take()
                        .is_some_and(|opened| opened.send(Ok(())).is_err())
                    {
                        return;
                    }
                    backoff.reset();
                    match self.follow(socket).await {
                        Ok(Left::Dropped) => return,
                        Ok(Left::Lost) => None,
                        Err(error) => Some(error),
                    }
                }
                Err(error) => Some(error),
            };
            if let Some(error) = error {
                let policy = RetryPolicy::of(&error);
                if let Some(opened) = opened.take() {
                    // The caller is told, and nothing goes on behind its back.
                    let _gone = opened.send(Err(error));
                    return;
                }
                match policy {
                    RetryPolicy::None => {
                        let _gone = self.events.send(Err(error)).await;
                        return;
                    }
                    RetryPolicy::After(pause) => backoff.at_least(pause),
                    RetryPolicy::Soon => {}
                }
            }
            if self
                .events
                .send(Ok(StreamEvent::Disconnected))
                .await
                .is_err()
            {
                return;
            }
            let pause = backoff.pause(self.space.base().jitter().share());
            backoff.failed();
            if self.rest(pause).await.is_none() {
                return;
            }
        }
    }

    /// Opens a connection up to the server's answer to what is to be told.
    async fn open(&mut self) -> Result<Box<dyn Socket>, ClientError> {
        let connection = self.space.base().connection();
        let opening = Opening {
            subscribe: Some(&self.subscribe),
            ..Opening::default()
        };
        let mut socket = connection.open_stream(opening).await?;
        let patience = self.space.base().live_options().silence;
        let ended = || TransportError::Failed("the server ended the stream at once".to_owned());
        loop {
            let text = within(patience, socket.next()).await;
            let text = text.ok_or(TransportError::Timeout)??.ok_or_else(ended)?;
            let Told::Frame(frame) = Told::read(&text)? else {
                return Err(earlier_release());
            };
            match *frame {
                Frame::Hello { checkpoint } => self.compare(checkpoint).await?,
                Frame::Subscribed => return Ok(socket),
                Frame::Ping => socket.send("pong".to_owned()).await?,
                Frame::Error(refusal) => return Err(ClientError::Answer(refusal.message)),
                _ => return Err(earlier_release()),
            }
        }
    }

    /// Passes on what comes, and sends signals, until the connection breaks.
    async fn follow(&mut self, mut socket: Box<dyn Socket>) -> Result<Left, ClientError> {
        let session = random()?;
        let mut pages = Pages::default();
        let silence = self.space.base().live_options().silence;
        let mut ready = Some(StreamEvent::Connected);
        // The state may have grown before the connection was open.
        self.space.follow_state().await?;
        loop {
            if let Some(event) = ready.take() {
                // Not read on before there is room: the server keeps what is not read, as far as it should.
                let events = self.events.clone();
                let signal = {
                    let (room, signal) = (pin!(events.reserve()), pin!(self.to_send.recv()));
                    match select(room, signal).await {
                        Either::Left((Ok(room), _)) => {
                            room.send(Ok(event));
                            continue;
                        }
                        Either::Left((Err(_), _)) => None,
                        Either::Right((signal, _)) => Some(signal),
                    }
                };
                let Some(signal) = signal else {
                    return close(socket).await;
                };
                ready = Some(event);
                self.send(signal, session, &mut socket).await?;
                continue;
            }
            let text = {
                let (next, events) = (socket.next(), self.events.clone());
                let (signal, dropped) = (pin!(self.to_send.recv()), pin!(events.closed()));
                match select(pin!(within(silence, next)), select(signal, dropped)).await {
                    Either::Left((text, _)) => Ok(text),
                    Either::Right((Either::Left((signal, _)), _)) => Err(Some(signal)),
                    Either::Right((Either::Right(_), _)) => Err(None),
                }
            };
            let text = match text {
                Ok(Some(Ok(Some(text)))) => text,
                Ok(Some(Err(error))) => return Err(error.into()),
                Ok(Some(Ok(None)) | None) => return Ok(Left::Lost),
                Err(Some(signal)) => {
                    self.send(signal, session, &mut socket).await?;
                    continue;
                }
                Err(None) => return close(socket).await,
            };
            match Told::read(&text)? {
                Told::Frame(frame) if matches!(*frame, Frame::Ping) => {
                    socket.send("pong".to_owned()).await?;
                }
                Told::Frame(frame) => ready = self.take(*frame, &mut pages).await?,
                Told::Stored(stored) if stored.topic_id.is_state() => {
                    self.space.follow_state().await?;
                    ready = self.tells_topics.then_some(StreamEvent::StateRead);
                }
                Told::Stored(stored) => {
                    ready = Some(StreamEvent::Stored {
                        topic: stored.topic_id,
                        timestamp: stored.server_timestamp,
                    });
                }
                Told::Pong => {}
            }
        }
    }

    /// Turns a frame into an event. An error ends the connection.
    async fn take(
        &mut self,
        frame: Frame,
        pages: &mut Pages,
    ) -> Result<Option<StreamEvent>, ClientError> {
        Ok(match frame {
            Frame::Checkpoint { checkpoint } => {
                self.compare(Some(checkpoint)).await?;
                None
            }
            Frame::Signal(frame) => match self.space.receive(&frame, &mut self.heard).await {
                Ok(signal) => signal.map(StreamEvent::Signal),
                Err(error) => Some(StreamEvent::Unreadable(UnreadableSignal {
                    sender: frame.sender,
                    error,
                })),
            },
            Frame::Inbox(told) => Some(match told.item {
                Some(item) => StreamEvent::Inbox(Box::new(self.space.told_item(&item).await?)),
                None => StreamEvent::InboxChanged,
            }),
            Frame::Roster(page) => pages.take(page)?,
            Frame::Joined { member } => Some(StreamEvent::Joined(member)),
            Frame::Left { member } => Some(StreamEvent::Left(member)),
            Frame::Error(refusal) => Some(StreamEvent::Refused(RefusedSignal {
                counter: refusal.counter,
                retry_after: refusal.retry_after(),
                code: refusal.code,
                message: refusal.message,
            })),
            Frame::Hello { .. } | Frame::Subscribed | Frame::Ping | Frame::Unknown => None,
        })
    }

    /// Compares a checkpoint with the known history, unless one was compared just now.
    async fn compare(&mut self, checkpoint: Option<String>) -> Result<(), ClientError> {
        let now = elapsed();
        let is_due = self
            .compared
            .is_none_or(|compared| now.saturating_sub(compared) >= BETWEEN_CHECKPOINTS);
        if let Some(note) = checkpoint.filter(|_| is_due) {
            self.space.log().compare_note(&note).await?;
            self.compared = Some(now);
        }
        Ok(())
    }

    /// Seals, signs and sends a signal. An error of the connection ends it; others are the caller's.
    async fn send(
        &mut self,
        signal: Option<Outgoing>,
        session: [u8; 16],
        socket: &mut Box<dyn Socket>,
    ) -> Result<(), ClientError> {
        // Never none while this stream is there, which has a sender.
        let Some(signal) = signal else {
            return Ok(());
        };
        let counter = self.counter.saturating_add(1);
        let frame = match self.seal(&signal, session, counter) {
            Ok(frame) => frame,
            Err(error) => {
                let _gone = signal.done.send(Err(error));
                return Ok(());
            }
        };
        self.counter = counter;
        let sent = socket.send(frame).await;
        let told = sent.clone().map(|()| counter).map_err(Into::into);
        let _gone = signal.done.send(told);
        Ok(sent?)
    }

    fn seal(
        &self,
        signal: &Outgoing,
        session: [u8; 16],
        counter: u64,
    ) -> Result<String, ClientError> {
        let (space, sender) = (self.space.id(), self.space.member());
        let place = SignalPlace {
            space: &space,
            subject: signal.subject.as_str(),
            to: signal.to.as_ref(),
            sender: &sender,
            session,
            counter,
        };
        let salt = random()?;
        let sealed = self.space.with(|known| {
            let epoch = known.roots.get(signal.epoch)?;
            Some(seal_signal(epoch, place, &salt, &signal.body))
        });
        let missing = || PolicyError::KeyMissing {
            epoch: signal.epoch,
        };
        let sealed = sealed.ok_or_else(missing)??;
        let frame = StreamFrame::Signal(SignalBody {
            subject: signal.subject.clone(),
            to: signal.to,
            session: encoding::encode(&session),
            counter,
            sealed: encoding::encode(&sealed),
            signature: place.sign(&sealed, self.space.identity()),
        });
        serde_json::to_string(&frame).map_err(|error| ClientError::argument("signal", error))
    }

    /// Waits before the next attempt. Signals are refused meanwhile: nobody keeps them. `None` if nobody listens any more.
    async fn rest(&mut self, pause: std::time::Duration) -> Option<()> {
        let mut over = pin!(wait(pause));
        loop {
            let signal = {
                let (signal, dropped) = (pin!(self.to_send.recv()), pin!(self.events.closed()));
                match select(over.as_mut(), select(signal, dropped)).await {
                    Either::Left(_) => return Some(()),
                    Either::Right((Either::Left((signal, _)), _)) => signal,
                    Either::Right((Either::Right(_), _)) => return None,
                }
            };
            let signal = signal?;
            let lost = TransportError::Failed("the stream is not connected".to_owned());
            let _gone = signal.done.send(Err(lost.into()));
        }
    }
}

async fn close(mut socket: Box<dyn Socket>) -> Result<Left, ClientError> {
    // An error does not matter any more: nobody uses the connection.
    let _closed = socket.close().await;
    Ok(Left::Dropped)
}

fn earlier_release() -> ClientError {
    ClientError::Unsupported(NO_SUBSCRIPTIONS)
}
