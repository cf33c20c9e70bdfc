//! Reading messages.

use reeeductio_core::chain::{Order, Page, Start};
use reeeductio_core::{VerifiedMessage, open};
use reeeductio_proto::api::{MessageBody, MessagePage as PageBody};
use reeeductio_proto::{Message, MessageId, TopicId, encoding};

use super::Space;
use super::seen::{Covered, raw};
use crate::error::ClientError;
use crate::store::Batch;

/// A time after every message, as the published clients write it.
const FAR_FUTURE: i64 = 9_999_999_999_999;

/// Which messages to read: from and to are Unix milliseconds, both inclusive. With `from` after `to` the
/// newest come first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Range {
    /// The first time, `None` for the beginning.
    pub from: Option<i64>,
    /// The last time, `None` for the end.
    pub to: Option<i64>,
    /// How many at most, 1 to 1000.
    pub limit: usize,
}

impl Range {
    /// The first messages of a topic.
    pub fn first(limit: usize) -> Self {
        Self {
            from: None,
            to: None,
            limit,
        }
    }

    /// The last messages of a topic, newest first.
    pub fn last(limit: usize) -> Self {
        Self {
            from: Some(FAR_FUTURE),
            to: Some(0),
            limit,
        }
    }

    /// The messages at and after a time.
    pub fn since(from: i64, limit: usize) -> Self {
        Self {
            from: Some(from),
            to: None,
            limit,
        }
    }

    /// In which order the messages come.
    pub fn order(&self) -> Order {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from > to => Order::NewestFirst,
            _ => Order::OldestFirst,
        }
    }

    /// Whether the newest messages come first.
    pub fn is_newest_first(&self) -> bool {
        self.order() == Order::NewestFirst
    }

    /// The earliest time, Unix milliseconds; `None` for the beginning.
    pub fn lowest(&self) -> Option<i64> {
        match self.order() {
            Order::OldestFirst => self.from,
            Order::NewestFirst => self.to,
        }
    }

    /// The latest time, Unix milliseconds; `None` for the end.
    pub fn highest(&self) -> Option<i64> {
        match self.order() {
            Order::OldestFirst => self.to,
            Order::NewestFirst => self.from,
        }
    }

    /// Whether a time is inside, Unix milliseconds.
    pub fn contains(&self, time: i64) -> bool {
        self.lowest().is_none_or(|lowest| lowest <= time)
            && self.highest().is_none_or(|highest| time <= highest)
    }

    fn query(&self) -> String {
        let mut query = format!("limit={}", self.limit);
        for (name, value) in [("from", self.from), ("to", self.to)] {
            if let Some(value) = value {
                query = format!("{query}&{name}={value}");
            }
        }
        query
    }
}

/// Messages of a topic, every one checked.
#[derive(Clone, Debug)]
pub struct MessagePage {
    /// In the order asked for.
    pub messages: Vec<VerifiedMessage>,
    /// Whether the range holds more.
    pub has_more: bool,
}

/// Messages as they came.
pub(super) struct RawPage {
    pub(super) messages: Vec<Message>,
    pub(super) has_more: bool,
}

impl Space {
    /// Messages of a topic.
    ///
    /// Each is checked by itself, for the right of its sender to post it, and for following the one before
    /// it. A page that begins at the beginning must begin with the topic's first message. With a local
    /// store, what was seen before must be among them, and what was posted since is read to prove that
    /// they belong together.
    pub async fn messages(
        &self,
        topic: &TopicId,
        range: Range,
    ) -> Result<MessagePage, ClientError> {
        let before = self.before(topic).await?;
        let RawPage { messages, has_more } = self.raw_page(topic, range).await?;
        let covered = Covered::by(range, &messages, has_more);
        let from_start = range.lowest().is_none_or(|lowest| lowest <= 0);
        let reaches_start = range.order() == Order::OldestFirst || !has_more;
        let page = Page {
            space: self.inner.id,
            topic: topic.clone(),
            order: range.order(),
            start: if from_start && reaches_start {
                Start::Genesis
            } else {
                Start::Anywhere
            },
            messages,
        };
        let messages = self.verify(page).await?;
        let mut shown = raw(&messages);
        if range.order() == Order::NewestFirst {
            shown.reverse();
        }
        self.witness(before, topic, covered, &shown).await?;
        Ok(MessagePage { messages, has_more })
    }

    /// One message by its id, from the local store if it is there: under its id a message never changes.
    pub async fn message(
        &self,
        topic: &TopicId,
        id: MessageId,
    ) -> Result<VerifiedMessage, ClientError> {
        if let Some(store) = self.store()
            && let Some(message) = store.message(topic, &id).await?
        {
            return self.restore(message);
        }
        self.fetch_message(topic, id).await
    }

    /// One message by its id, by asking the server.
    pub async fn fetch_message(
        &self,
        topic: &TopicId,
        id: MessageId,
    ) -> Result<VerifiedMessage, ClientError> {
        let body: MessageBody = self
            .connection()
            .get(&format!("topics/{topic}/messages/{id}"))
            .await?;
        let message = read_message(body)?;
        if message.message_hash != id {
            return Err(ClientError::Answer(format!(
                "asked for message {id}, got {}",
                message.message_hash
            )));
        }
        let verified = self.verify_one(topic, message).await?;
        let batch = Batch {
            messages: raw(std::slice::from_ref(&verified)),
            ..Batch::default()
        };
        self.save(batch).await?;
        Ok(verified)
    }

    /// The newest message of a topic, by asking the server.
    pub async fn newest(&self, topic: &TopicId) -> Result<Option<VerifiedMessage>, ClientError> {
        let page = self.messages(topic, Range::last(1)).await?;
        Ok(page.messages.into_iter().next())
    }

    /// Opens a sealed message of the space.
    pub fn open_message(&self, message: &Message) -> Result<Vec<u8>, ClientError> {
        let sealed =
            encoding::decode(&message.data).map_err(|error| ClientError::answer("data", error))?;
        Ok(open(&self.inner.keys.topic(&message.topic_id), &sealed)?)
    }

    pub(super) async fn verify_one(
        &self,
        topic: &TopicId,
        message: Message,
    ) -> Result<VerifiedMessage, ClientError> {
        let page = Page {
            space: self.inner.id,
            topic: topic.clone(),
            order: Order::OldestFirst,
            start: Start::Anywhere,
            messages: vec![message],
        };
        let mut verified = self.verify(page).await?;
        verified
            .pop()
            .ok_or_else(|| ClientError::Answer("no message".to_owned()))
    }

    pub(super) async fn raw_page(
        &self,
        topic: &TopicId,
        range: Range,
    ) -> Result<RawPage, ClientError> {
        let path = format!("topics/{topic}/messages?{}", range.query());
        let body: PageBody = self.connection().get(&path).await?;
        let messages = body
            .messages
            .into_iter()
            .map(read_message)
            .collect::<Result<Vec<_>, _>>()?;
        let outside = messages
            .iter()
            .any(|message| !range.contains(message.server_timestamp));
        if outside || messages.len() > range.limit {
            return Err(ClientError::Answer(
                "messages other than those that were asked for".to_owned(),
            ));
        }
        Ok(RawPage {
            messages,
            has_more: body.has_more,
        })
    }
}

pub(super) fn read_message(body: MessageBody) -> Result<Message, ClientError> {
    Message::try_from(body).map_err(|error| ClientError::answer("message", error))
}
