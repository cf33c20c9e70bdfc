//! Messages as they are stored.

mod backoff;
mod cure;
mod frame;
mod gap;
mod options;

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;

use reeeductio_core::VerifiedMessage;
use reeeductio_core::chain::Anchor;
use reeeductio_proto::{Message, TopicId};

use super::Space;
use crate::error::ClientError;
use crate::platform::{now, random, wait, within};
use crate::transport::Socket;
use backoff::Backoff;
use cure::Cure;
use frame::Parsed;

pub use options::LiveOptions;

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
