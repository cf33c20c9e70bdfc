//! Messages as they are stored.

mod backoff;
mod cure;
mod frame;

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::time::Duration;

use reeeductio_core::chain::{Anchor, Order, Page, Start};
use reeeductio_core::{ChainError, VerifiedMessage};
use reeeductio_proto::{Message, TopicId};

use super::Space;
use super::messages::Range;
use super::seen::{Covered, raw};
use crate::error::ClientError;
use crate::platform::{now, random, wait, within};
use crate::transport::Socket;
use backoff::Backoff;
use cure::Cure;
use frame::Parsed;

/// Messages read at a time where one was missed.
const PAGE: usize = 1000;
/// Milliseconds by which the clock of this machine may be ahead of the server's.
const CLOCK_SKEW: i64 = 60_000;

/// Messages of a space as they are stored.
///
/// Each is checked like those that are read. When the connection is lost it is made again, and what was
/// missed is read: the messages of a topic come in order, each once, and none is left out behind the first
/// one. It ends when it is closed, or when the server refuses for a reason that does not pass by itself.
///
/// Of a topic of which nothing came before a connection was lost, what was missed is read when the next
/// message of it comes; to have it read at once, follow the topic.
pub struct LiveMessages {
    space: Space,
    options: LiveOptions,
    socket: Option<Box<dyn Socket>>,
    /// The newest message that came, for each topic.
    newest: HashMap<TopicId, Anchor>,
    /// Topics of which every message is wanted, from the first or from behind the newest that came.
    followed: HashSet<TopicId>,
    /// Topics of which messages may have been missed.
    missed: Vec<TopicId>,
    /// Came, and is not checked yet: kept here so that cancelling loses nothing.
    taken: Option<Message>,
    /// Checked and not taken yet.
    ready: VecDeque<VerifiedMessage>,
    /// By the server's clock, a time up to which everything came.
    complete_until: i64,
    /// What that time was when a connection was first lost.
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
}

/// How a stream behaves.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Topics whose messages come from behind the given one on, or from the first, also those that were
    /// stored before the stream was opened.
    pub follow: Vec<(TopicId, Option<Anchor>)>,
    /// The longest pause before the first attempt to connect again. Each further one may be twice as long.
    pub first_pause: Duration,
    /// The longest pause between attempts.
    pub longest_pause: Duration,
    /// How long to hear nothing before the connection is taken for lost. Servers ask every half minute
    /// whether anybody is there.
    pub silence: Duration,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            follow: Vec::new(),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            silence: Duration::from_secs(120),
        }
    }
}

impl Space {
    /// Opens the live stream: every message stored from now on that this member may read.
    pub async fn live(&self) -> Result<LiveMessages, ClientError> {
        self.live_with(LiveOptions::default()).await
    }

    /// [`live`](Self::live) with options.
    pub async fn live_with(&self, options: LiveOptions) -> Result<LiveMessages, ClientError> {
        let complete_until = now().saturating_sub(CLOCK_SKEW);
        // Before opening: what is stored in between is a gap, which is filled below, so nothing is missed.
        let state = (TopicId::state(), self.follow_state().await?.head());
        let socket = self.connection().open("stream").await?;
        let followed = || options.follow.iter().chain([&state]);
        let mut live = LiveMessages {
            space: self.clone(),
            socket: Some(socket),
            newest: followed()
                .filter_map(|(topic, anchor)| Some((topic.clone(), (*anchor)?)))
                .collect(),
            followed: followed().map(|(topic, _)| topic.clone()).collect(),
            missed: options
                .follow
                .iter()
                .map(|(topic, _)| topic.clone())
                .collect(),
            taken: None,
            ready: VecDeque::new(),
            complete_until,
            lost_at: None,
            backoff: Backoff::new(options.first_pause, options.longest_pause),
            ended: false,
            options,
        };
        // What was stored while the stream was opened.
        live.fill(&state.0, state.1).await?;
        Ok(live)
    }
}

impl LiveMessages {
    /// The next message; `None` after the end. An error about one message does not end the stream; a
    /// refusal that connecting again cannot cure does. Cancelling loses nothing.
    pub async fn next(&mut self) -> Result<Option<VerifiedMessage>, ClientError> {
        loop {
            match self.next_frame().await? {
                Some(Frame::Message(message)) => return Ok(Some(*message)),
                Some(Frame::Ping) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next message or ping; `None` after the end.
    pub async fn next_frame(&mut self) -> Result<Option<Frame>, ClientError> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                self.complete_until = self.complete_until.max(message.server_timestamp);
                return Ok(Some(Frame::Message(Box::new(message))));
            }
            if self.ended {
                return Ok(None);
            }
            if self.socket.is_none() {
                self.connect().await?;
            } else if let Some(message) = self.taken.clone() {
                let result = self.take_in(message).await;
                if !self.lost_by(&result) {
                    self.taken = None;
                    result?;
                }
            } else if let Some(topic) = self.missed.last().cloned() {
                let newest = self.newest.get(&topic).copied();
                let result = self.fill(&topic, newest).await;
                if !self.lost_by(&result) {
                    self.missed.pop();
                    self.unless_unreadable(&topic, result)?;
                }
            } else if let Some(ping) = self.receive().await? {
                return Ok(Some(ping));
            }
        }
    }

    /// Ends the stream.
    pub async fn close(mut self) -> Result<(), ClientError> {
        match self.socket.take() {
            Some(mut socket) => Ok(socket.close().await?),
            None => Ok(()),
        }
    }

    /// Waits for a frame and puts it where it is taken up.
    async fn receive(&mut self) -> Result<Option<Frame>, ClientError> {
        let Some(socket) = &mut self.socket else {
            return Ok(None);
        };
        let Some(Ok(Some(text))) = within(self.options.silence, socket.next()).await else {
            self.lose();
            return Ok(None);
        };
        self.backoff.reset();
        match frame::parse(&text)? {
            Parsed::Message(message) => self.taken = Some(*message),
            Parsed::Other => {}
            Parsed::Ping => {
                if socket.send("pong".to_owned()).await.is_err() {
                    self.lose();
                }
                return Ok(Some(Frame::Ping));
            }
        }
        Ok(None)
    }

    /// Whether an error is the network's, which is then made again.
    fn lost_by<T>(&mut self, result: &Result<T, ClientError>) -> bool {
        let lost = matches!(result, Err(error) if Cure::of(error) != Cure::None);
        if lost {
            self.lose();
        }
        lost
    }

    fn lose(&mut self) {
        self.socket = None;
        self.lost_at.get_or_insert(self.complete_until);
        let seen = self.newest.keys().chain(&self.followed);
        let missed: HashSet<TopicId> = seen.cloned().collect();
        self.missed = missed.into_iter().collect();
    }

    /// Pauses and tries to connect, once.
    async fn connect(&mut self) -> Result<(), ClientError> {
        wait(self.backoff.pause(u16::from_le_bytes(random()?))).await;
        match self.space.connection().open("stream").await {
            Ok(socket) => self.socket = Some(socket),
            Err(error) => match Cure::of(&error) {
                Cure::After(pause) => self.backoff.at_least(pause),
                Cure::None => {
                    self.ended = true;
                    return Err(error);
                }
                Cure::Soon => {}
            },
        }
        self.backoff.failed();
        Ok(())
    }

    async fn take_in(&mut self, message: Message) -> Result<(), ClientError> {
        let topic = message.topic_id.clone();
        let newest = self.newest.get(&topic).copied();
        let anchor = Anchor::from(&message);
        if newest.is_some_and(|newest| came_before(&message, newest)) {
            return Ok(());
        }
        let followed = self.followed.contains(&topic);
        if let (None, false, Some(lost_at)) = (newest, followed, self.lost_at) {
            return self.fill_since(&topic, lost_at).await;
        }
        let before = self.space.before(&topic).await?;
        let covered = Covered {
            from: anchor.server_timestamp,
            to: anchor.server_timestamp,
        };
        let page = Page {
            space: self.space.id(),
            topic: topic.clone(),
            order: Order::OldestFirst,
            start: match newest {
                Some(newest) => Start::After(newest),
                None if followed || message.prev_hash.is_none() => Start::Genesis,
                None => Start::Anywhere,
            },
            messages: vec![message],
        };
        match self.verify(page).await {
            Err(ClientError::Forged(ChainError::Link { .. })) if newest.is_some() || followed => {
                self.fill(&topic, newest).await
            }
            Err(error @ ClientError::Forged(ChainError::Unauthorized { .. })) => {
                // It is in the chain all the same, and others follow it.
                self.newest.insert(topic, anchor);
                Err(error)
            }
            Err(error) => Err(error),
            Ok(verified) => {
                let shown = raw(&verified);
                self.space.witness(before, &topic, covered, &shown).await?;
                self.newest.insert(topic, anchor);
                self.ready.extend(verified);
                Ok(())
            }
        }
    }

    async fn verify(&self, page: Page) -> Result<Vec<VerifiedMessage>, ClientError> {
        // With a local store the state must be read, so that it is held against what was seen before.
        if self.space.store().is_none() || !page.topic.is_state() {
            let linked = page.clone().link()?;
            let mut state = self.space.inner.state.lock().await;
            if page.topic.is_state() {
                // Usually the next one; if not, the state is read below.
                let _extended = state.extend(page.messages.clone());
            }
            if let Ok(verified) = linked.authorize(&state) {
                return Ok(verified);
            }
        }
        self.space.verify(page).await
    }

    /// Reads what follows `newest` up to now.
    async fn fill(&mut self, topic: &TopicId, newest: Option<Anchor>) -> Result<(), ClientError> {
        if newest.is_none() && !self.followed.contains(topic) {
            return Ok(());
        }
        let mut reader = self.space.reader_after(topic, newest);
        while let Some(page) = reader.next_page().await? {
            self.deliver(topic, page);
        }
        Ok(())
    }

    /// Reads what was stored at and after a time, of a topic of which nothing came yet.
    async fn fill_since(&mut self, topic: &TopicId, time: i64) -> Result<(), ClientError> {
        let page = self.space.messages(topic, Range::since(time, PAGE)).await?;
        self.deliver(topic, page.messages);
        if page.has_more {
            let newest = self.newest.get(topic).copied();
            self.fill(topic, newest).await?;
        }
        Ok(())
    }

    fn deliver(&mut self, topic: &TopicId, page: Vec<VerifiedMessage>) {
        if let Some(last) = page.last() {
            self.newest.insert(topic.clone(), Anchor::from(&**last));
        }
        self.ready.extend(page);
    }

    /// A topic that may no longer be read has no more messages for this member.
    fn unless_unreadable(
        &mut self,
        topic: &TopicId,
        result: Result<(), ClientError>,
    ) -> Result<(), ClientError> {
        match result {
            Err(error) if error.status() == Some(403) => {
                self.newest.remove(topic);
                self.followed.remove(topic);
                Ok(())
            }
            other => other,
        }
    }
}

impl fmt::Debug for LiveMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveMessages")
            .field("space", &self.space.id())
            .field("connected", &self.socket.is_some())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Whether a message was read already, while a gap was filled. Older servers give several messages the same
/// time; then the link decides.
fn came_before(message: &Message, newest: Anchor) -> bool {
    message.server_timestamp < newest.server_timestamp
        || (message.server_timestamp == newest.server_timestamp
            && message.prev_hash != Some(newest.message_hash))
}
