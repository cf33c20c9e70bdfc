//! Messages as they are stored.

mod backoff;
mod event;
mod gap;
mod hub;
mod listener;
mod options;
mod retry_policy;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use futures_util::future::Either;
use reeeductio_core::VerifiedMessage;
use reeeductio_core::chain::{Checked, Item, Refused};
use reeeductio_proto::{Position, TopicId};

use super::Space;
use super::steps::Steps;
use crate::error::ClientError;
use crate::platform::wait;

pub(crate) use backoff::Backoff;
pub(crate) use event::Event;
pub(super) use hub::Expected;
pub(crate) use hub::Hub;
pub use hub::Status;
pub(crate) use listener::Listener;
pub use options::LiveOptions;
pub(crate) use retry_policy::RetryPolicy;

/// Messages of a space or of one topic as they are stored: a [`Stream`]. The
/// [position](VerifiedMessage::position) of a message is the cursor after which [`Topic::live_after`](crate::Topic::live_after) goes on.
///
/// Each is judged like those that are read. When the connection is lost it is made again, and messages that were
/// missed are read: the messages of a topic come in order, each once, and none is left out after the first
/// one. Messages that are not to be believed are passed over; [`next_frame`](Self::next_frame) tells of them. An error about one topic
/// does not end the stream. It ends when it is dropped, or after a refusal that does not pass by itself. All streams of a space share
/// one connection.
///
/// With a server that resumes streams this covers topics that began meanwhile. With others, the published one among
/// them, messages that were missed of a topic of which nothing had come are read when its next message comes; to have them
/// read at once, follow the topic.
#[derive(Debug)]
pub struct LiveMessages {
    frames: Steps<Box<Following>, Result<Option<Frame>, ClientError>>,
    /// Whether the stream has ended with its runtime, and said so.
    lost: bool,
}

/// An item of a stream.
#[derive(Clone, Debug)]
pub enum Frame {
    /// A message that was stored.
    Message(Box<VerifiedMessage>),
    /// The server asks whether anybody is there; it has been answered.
    Ping,
    /// A message that was stored and is not to be believed. The stream goes on.
    Refused(Box<Refused>),
}

impl LiveMessages {
    /// The next message; `None` after the end. Cancelling loses nothing. As [`Stream`] has it, for programs that import no traits.
    pub async fn next(&mut self) -> Option<Result<VerifiedMessage, ClientError>> {
        loop {
            match self.next_frame().await {
                Ok(Some(Frame::Message(message))) => return Some(Ok(*message)),
                Ok(Some(Frame::Ping | Frame::Refused(_))) => {}
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The next message, refused message or ping; `None` after the end. Cancelling loses nothing.
    pub async fn next_frame(&mut self) -> Result<Option<Frame>, ClientError> {
        match self.frames.rest().await {
            Ok(Either::Left(following)) => following.next_frame().await,
            Ok(Either::Right(frame)) => frame,
            Err(lost) => self.end(lost),
        }
    }

    fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Frame>, ClientError>> {
        if let Some(frame) = self.frames.state().and_then(|state| state.take_ready()) {
            return Poll::Ready(Ok(Some(frame)));
        }
        let step = self
            .frames
            .poll(context, |following| Box::pin(following.step()));
        match ready!(step) {
            Ok(frame) => Poll::Ready(frame),
            Err(lost) => Poll::Ready(self.end(lost)),
        }
    }

    /// Tells once that the stream has ended with its runtime.
    fn end(&mut self, lost: ClientError) -> Result<Option<Frame>, ClientError> {
        if std::mem::replace(&mut self.lost, true) {
            return Ok(None);
        }
        Err(lost)
    }
}

impl Stream for LiveMessages {
    type Item = Result<VerifiedMessage, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.poll_frame(context)) {
                Ok(Some(Frame::Message(message))) => return Poll::Ready(Some(Ok(*message))),
                Ok(Some(Frame::Ping | Frame::Refused(_))) => {}
                Ok(None) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

/// A stream's state between two items.
#[derive(Debug)]
struct Following {
    space: Space,
    /// The topic that is wanted; `None` for all.
    only: Option<TopicId>,
    listener: Listener,
    /// Up to where each topic was given out.
    cursors: HashMap<TopicId, Position>,
    /// Topics of which every message is wanted, from the first or from after the cursor.
    followed: HashSet<TopicId>,
    /// Topics of which messages may have been missed.
    missed: Vec<TopicId>,
    /// The message that came, and is not judged yet.
    taken: Option<Arc<Checked>>,
    /// Judged and not taken yet.
    ready: VecDeque<Item>,
    /// By the server's clock, a time up to which everything came over the connection.
    complete_until: Option<i64>,
    /// That time when messages were first missed.
    missed_from: Option<i64>,
    /// That time when the connection was lost, while it is not known whether the next one resumes the stream.
    lost_at: Option<i64>,
    backoff: Backoff,
    ended: bool,
}

impl Space {
    /// Opens a live stream, of one topic if `only` names it.
    pub(super) async fn open_live(
        &self,
        options: LiveOptions,
        only: Option<TopicId>,
    ) -> Result<LiveMessages, ClientError> {
        // Before opening: what is stored in between is a gap, which is filled below, so nothing is missed.
        self.follow_state().await?;
        if let Some(topic) = &only {
            self.check_reads_topic(topic).await?;
        }
        let (state, latest) =
            self.with_replica(|replica| (replica.state().head(), replica.latest()));
        let complete_until = self.source().reached().or(latest);
        let listener = self.inner.hub.listen(&options).await?;
        let state = (TopicId::state(), state);
        // A cursor of the program for the state, which is followed in any case, counts.
        let named = |topic: &TopicId| options.follow.iter().any(|(named, _)| named == topic);
        let default = (!named(&state.0)).then_some(&state);
        let followed = || options.follow.iter().chain(default);
        let mut live = Following {
            space: self.clone(),
            only,
            listener,
            cursors: followed()
                .filter_map(|(topic, position)| Some((topic.clone(), (*position)?)))
                .collect(),
            followed: followed().map(|(topic, _)| topic.clone()).collect(),
            missed: vec![TopicId::state()],
            taken: None,
            ready: VecDeque::new(),
            complete_until,
            missed_from: None,
            lost_at: None,
            backoff: Backoff::new(options.first_pause, options.longest_pause),
            ended: false,
        };
        // Messages that were stored while the stream was opened.
        while !live.missed.is_empty() {
            live.fill(&TopicId::state()).await?;
        }
        let follow = options.follow.iter().map(|(topic, _)| topic.clone());
        live.missed.extend(follow);
        Ok(LiveMessages {
            frames: Steps::new(Box::new(live)),
            lost: false,
        })
    }
}

impl Following {
    async fn step(mut self: Box<Self>) -> (Box<Self>, Result<Option<Frame>, ClientError>) {
        let result = self.next_frame().await;
        (self, result)
    }

    /// The next frame; `None` after the end.
    async fn next_frame(&mut self) -> Result<Option<Frame>, ClientError> {
        loop {
            if let Some(frame) = self.take_ready() {
                return Ok(Some(frame));
            }
            if self.ended {
                return Ok(None);
            }
            if let Some(message) = self.taken.clone() {
                let result = self.take_in(&message).await;
                let settled = self.settle(result).await;
                if settled.as_ref().is_ok_and(|settled| !settled) {
                    continue;
                }
                // A message that could not be kept comes once it can be.
                if !matches!(settled, Err(ClientError::Store(_))) {
                    self.taken = None;
                }
                settled?;
            } else if let Some(topic) = self.missed.last().cloned() {
                let result = self.fill(&topic).await;
                let settled = self.settle(result).await;
                if settled.is_err() {
                    // The next message of the topic has it read again.
                    self.filled(&topic);
                }
                settled?;
            } else if let Some(frame) = self.receive().await? {
                return Ok(Some(frame));
            }
        }
    }

    /// The next frame that is ready.
    fn take_ready(&mut self) -> Option<Frame> {
        Some(match self.ready.pop_front()? {
            Item::Verified(message) => Frame::Message(Box::new(message)),
            Item::Refused(refused) => Frame::Refused(refused),
        })
    }

    /// Returns whether messages of a topic have to be taken in: the state says who may do what.
    fn wants(&self, topic: &TopicId) -> bool {
        topic.is_state() || self.only.as_ref().is_none_or(|only| only == topic)
    }

    /// Waits for the next event and puts it where it is taken up.
    async fn receive(&mut self) -> Result<Option<Frame>, ClientError> {
        match self.listener.next().await {
            Event::Message(message) => {
                // Messages that are read page by page say nothing of other topics.
                let time = message.message().server_timestamp;
                self.complete_until = self.complete_until.max(Some(time));
                self.taken = self.wants(&message.message().topic_id).then_some(message);
            }
            // The next message follows the last one; the links show it.
            Event::Connected { resumed: true, .. } => self.lost_at = None,
            Event::Connected { resumed: false, .. } | Event::Missed => self.miss(),
            Event::Ping => return Ok(Some(Frame::Ping)),
            Event::Disconnected => {
                self.lost_at.get_or_insert(self.complete_to());
            }
            Event::Failed(_) | Event::Data(_) | Event::DataRemoved(..) => {}
            Event::Unreadable(error) => return Err(error),
            Event::Ended(error) => {
                self.ended = true;
                return Err(error);
            }
        }
        Ok(None)
    }

    /// By the server's clock, a time up to which everything came; before all others if none is known.
    fn complete_to(&self) -> i64 {
        self.complete_until.unwrap_or(i64::MIN)
    }

    /// Has everything read that may have been missed.
    fn miss(&mut self) {
        let lost_at = self.lost_at.take().unwrap_or(self.complete_to());
        self.missed_from.get_or_insert(lost_at);
        // Sorted, so that the same run makes the same requests.
        let topics: BTreeSet<TopicId> =
            self.cursors.keys().chain(&self.followed).cloned().collect();
        self.missed = topics.into_iter().collect();
    }

    /// Returns whether something is done with; if only the network failed, pauses before it is tried again.
    async fn settle<T>(&mut self, result: Result<T, ClientError>) -> Result<bool, ClientError> {
        let Err(error) = result else {
            self.backoff.reset();
            return Ok(true);
        };
        match RetryPolicy::of(&error) {
            RetryPolicy::None => return Err(error),
            RetryPolicy::After(pause) => self.backoff.at_least(pause),
            RetryPolicy::Soon => {}
        }
        let pause = self.backoff.pause(self.space.inner.jitter.share());
        self.backoff.failed();
        wait(pause).await;
        Ok(false)
    }
}
