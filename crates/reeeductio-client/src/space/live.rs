//! Messages as they are stored.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use reeeductio_core::chain::{Anchor, Order, Page, Start};
use reeeductio_core::{ChainError, VerifiedMessage};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{Message, TopicId};
use serde_json::Value;

use super::Space;
use super::messages::read_message;
use crate::error::ClientError;
use crate::transport::Socket;

/// Messages of a space as they are stored.
///
/// Each is checked like those that are read. Where the server leaves one out the gap is filled by reading,
/// so no message of a topic is missing behind the first one that came.
pub struct LiveMessages {
    space: Space,
    socket: Box<dyn Socket>,
    /// The newest message that came, for each topic.
    newest: HashMap<TopicId, Anchor>,
    /// Checked and not taken yet.
    ready: VecDeque<VerifiedMessage>,
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
        // Before opening: what is stored in between is a gap, which is filled, so nothing is missed.
        let head = self.follow_state().await?.head();
        let socket = self.connection().open("stream").await?;
        Ok(LiveMessages {
            space: self.clone(),
            socket,
            newest: head
                .map(|head| (TopicId::state(), head))
                .into_iter()
                .collect(),
            ready: VecDeque::new(),
        })
    }
}

impl LiveMessages {
    /// The next message; `None` when the server has ended the stream. An error about one message does not
    /// end it.
    pub async fn next(&mut self) -> Result<Option<VerifiedMessage>, ClientError> {
        loop {
            match self.next_frame().await? {
                Some(Frame::Message(message)) => return Ok(Some(*message)),
                Some(Frame::Ping) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next message or ping; `None` when the server has ended the stream.
    pub async fn next_frame(&mut self) -> Result<Option<Frame>, ClientError> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(Some(Frame::Message(Box::new(message))));
            }
            let Some(text) = self.socket.next().await? else {
                return Ok(None);
            };
            match parse(&text)? {
                Parsed::Message(message) => self.take_in(*message).await?,
                Parsed::Other => {}
                Parsed::Ping => {
                    self.socket.send("pong".to_owned()).await?;
                    return Ok(Some(Frame::Ping));
                }
            }
        }
    }

    /// Ends the stream.
    pub async fn close(mut self) -> Result<(), ClientError> {
        Ok(self.socket.close().await?)
    }

    async fn take_in(&mut self, message: Message) -> Result<(), ClientError> {
        let topic = message.topic_id.clone();
        let newest = self.newest.get(&topic).copied();
        let anchor = Anchor::from(&message);
        if newest.is_some_and(|newest| came_before(&message, newest)) {
            return Ok(());
        }
        let page = Page {
            space: self.space.id(),
            topic: topic.clone(),
            order: Order::OldestFirst,
            start: match newest {
                Some(newest) => Start::After(newest),
                None if message.prev_hash.is_none() => Start::Genesis,
                None => Start::Anywhere,
            },
            messages: vec![message],
        };
        match self.verify(page).await {
            Err(ClientError::Forged(ChainError::Link { .. })) if newest.is_some() => {
                self.fill(&topic, newest).await
            }
            Err(error @ ClientError::Forged(ChainError::Unauthorized { .. })) => {
                // It is in the chain all the same, and others follow it.
                self.newest.insert(topic, anchor);
                Err(error)
            }
            Err(error) => Err(error),
            Ok(verified) => {
                self.newest.insert(topic, anchor);
                self.ready.extend(verified);
                Ok(())
            }
        }
    }

    async fn verify(&self, page: Page) -> Result<Vec<VerifiedMessage>, ClientError> {
        let linked = page.clone().link()?;
        {
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
        let mut reader = self.space.reader_after(topic, newest);
        while let Some(page) = reader.next_page().await? {
            if let Some(last) = page.last() {
                self.newest.insert(topic.clone(), Anchor::from(&**last));
            }
            self.ready.extend(page);
        }
        Ok(())
    }
}

impl fmt::Debug for LiveMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveMessages")
            .field("space", &self.space.id())
            .finish_non_exhaustive()
    }
}

enum Parsed {
    Message(Box<Message>),
    Other,
    Ping,
}

/// Whether a message was read already, while a gap was filled. Older servers give several messages the same
/// time; then the link decides.
fn came_before(message: &Message, newest: Anchor) -> bool {
    message.server_timestamp < newest.server_timestamp
        || (message.server_timestamp == newest.server_timestamp
            && message.prev_hash != Some(newest.message_hash))
}

/// Messages have a `message_hash`; everything else is between the two ends of the connection.
fn parse(text: &str) -> Result<Parsed, ClientError> {
    let frame: Value = match serde_json::from_str(text) {
        Ok(frame) => frame,
        // `pong`, in answer to a bare `ping`.
        Err(_) if text == "pong" => return Ok(Parsed::Other),
        Err(error) => return Err(ClientError::answer("frame", error)),
    };
    if frame.get("message_hash").is_some() {
        let body: MessageBody =
            serde_json::from_value(frame).map_err(|error| ClientError::answer("frame", error))?;
        return Ok(Parsed::Message(Box::new(read_message(body)?)));
    }
    match frame.get("type").and_then(Value::as_str) {
        Some("ping") => Ok(Parsed::Ping),
        _ => Ok(Parsed::Other),
    }
}
