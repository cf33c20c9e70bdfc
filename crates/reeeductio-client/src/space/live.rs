//! Messages as they are stored.

mod backoff;
mod gap;
mod hub;
mod listener;
mod options;
mod retry_policy;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use reeeductio_core::VerifiedMessage;
use reeeductio_core::chain::{Checked, Item, Refused};
use reeeductio_proto::{Position, TopicId};

use super::Space;
use crate::error::ClientError;
use crate::platform::wait;
use hub::Event;
use listener::Listener;

pub(super) use backoff::Backoff;
pub(crate) use hub::Hub;
pub use hub::Status;
pub use options::LiveOptions;
pub(super) use retry_policy::RetryPolicy;

/// Messages of a space as they are stored.
///
/// Each is judged like those that are read. When the connection is lost it is made again, and what was
/// missed is read: the messages of a topic come in order, each once, and none is left out after the first
/// one. It ends when it is closed, or when the server refuses for a reason that does not pass by itself. All streams of a space share
/// one connection.
///
/// With a server that resumes streams this covers topics that began meanwhile. With others, the published one among
/// them, what was missed of a topic of which nothing had come is read when its next message comes; to have it
/// read at once, follow the topic.
pub struct LiveMessages {
    space: Space,
    listener: Listener,
    /// Up to where each topic was given out.
    cursors: HashMap<TopicId, Position>,
    /// Topics of which every message is wanted, from the first or from after the cursor.
    followed: HashSet<TopicId>,
    /// Topics of which messages may have been missed.
    missed: Vec<TopicId>,
    /// Came, and is not judged yet: kept here so that cancelling loses nothing.
    taken: Option<Arc<Checked>>,
    /// Judged and not taken yet.
    ready: VecDeque<Item>,
    /// By the server's clock, a time up to which everything came over the connection.
    complete_until: Option<i64>,
    /// What that time was when messages were first missed.
    missed_from: Option<i64>,
    /// What that time was when the connection was lost, while it is not known whether the next one resumes the stream.
    lost_at: Option<i64>,
    backoff: Backoff,
    ended: bool,
}

/// What comes over a stream.
#[derive(Clone, Debug)]
pub enum Frame {
    /// A message that was stored.
    Message(Box<VerifiedMessage>),
    /// The server asks whether anybody is there; it has been answered.
    Ping,
    /// A message that was stored and is not to be believed. The stream goes on.
    Refused(Box<Refused>),
}

impl Space {
    /// Opens the live stream: every message stored from now on that this member may read.
    pub async fn live(&self) -> Result<LiveMessages, ClientError> {
        self.live_with(LiveOptions::default()).await
    }

    /// [`live`](Self::live) with options. Those of the first stream hold for the connection that all share.
    pub async fn live_with(&self, options: LiveOptions) -> Result<LiveMessages, ClientError> {
        // Before opening: what is stored in between is a gap, which is filled below, so nothing is missed.
        self.follow_state().await?;
        let (state, latest) =
            self.with_replica(|replica| (replica.state().head(), replica.latest()));
        let complete_until = self.source().reached().or(latest);
        let listener = self.inner.hub.listen(&options).await?;
        let state = (TopicId::state(), state);
        let followed = || options.follow.iter().chain([&state]);
        let mut live = LiveMessages {
            space: self.clone(),
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
        // What was stored while the stream was opened.
        while !live.missed.is_empty() {
            live.fill(&TopicId::state()).await?;
        }
        let follow = options.follow.iter().map(|(topic, _)| topic.clone());
        live.missed.extend(follow);
        Ok(live)
    }

    /// Whether messages come as they are stored, to be watched.
    pub fn status(&self) -> tokio::sync::watch::Receiver<Status> {
        self.inner.hub.status()
    }
}

impl LiveMessages {
    /// The next message; `None` after the end. Messages that are not to be believed are passed over; [`next_frame`](Self::next_frame)
    /// tells of them. An error about one topic does not end the stream; a refusal that connecting again does not
    /// change does. Cancelling loses nothing.
    pub async fn next(&mut self) -> Result<Option<VerifiedMessage>, ClientError> {
        loop {
            match self.next_frame().await? {
                Some(Frame::Message(message)) => return Ok(Some(*message)),
                Some(Frame::Ping | Frame::Refused(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next message or ping; `None` after the end.
    pub async fn next_frame(&mut self) -> Result<Option<Frame>, ClientError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(match item {
                    Item::Verified(message) => Frame::Message(Box::new(message)),
                    Item::Refused(refused) => Frame::Refused(refused),
                }));
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
                self.taken = None;
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

    /// Ends the stream. The connection is closed with the last one.
    pub fn close(self) {
        drop(self);
    }

    /// Waits for what happens next and puts it where it is taken up.
    async fn receive(&mut self) -> Result<Option<Frame>, ClientError> {
        match self.listener.next().await {
            Event::Message(message) => {
                // What is read page by page says nothing of other topics.
                let time = message.message().server_timestamp;
                self.complete_until = self.complete_until.max(Some(time));
                self.taken = Some(message);
            }
            // What comes next is what came last; the links show it.
            Event::Connected { resumed: true } => self.lost_at = None,
            Event::Connected { resumed: false } | Event::Missed => self.miss(),
            Event::Ping => return Ok(Some(Frame::Ping)),
            Event::Disconnected => {
                self.lost_at.get_or_insert(self.complete_to());
            }
            Event::Failed(_) => {}
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

    /// Whether something is done with; if only the network failed, pauses before it is tried again.
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

impl fmt::Debug for LiveMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveMessages")
            .field("space", &self.space.id())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
