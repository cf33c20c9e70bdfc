//! A topic: messages that follow each other.

use reeeductio_core::VerifiedMessage;
use reeeductio_core::replica::Range;
use reeeductio_proto::{MessageId, Position, TopicId};

use super::Space;
use super::content::Content;
use super::history::History;
use super::live::{LiveMessages, LiveOptions};
use super::messages::{MessagePage, PAGE};
use crate::argument;
use crate::error::ClientError;

/// A topic of a space. Clones share everything.
#[derive(Clone, Debug)]
pub struct Topic {
    pub(super) space: Space,
    pub(super) id: TopicId,
}

/// Type and place of a post. A string is the type of a message that goes to the topic's end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PostOptions<'a> {
    /// The message's type, which the server can read, such as `chat.text`.
    pub kind: &'a str,
    /// Where in the topic.
    pub place: Place,
}

impl<'a> From<&'a str> for PostOptions<'a> {
    fn from(kind: &'a str) -> Self {
        Self {
            kind,
            place: Place::End,
        }
    }
}

/// Where in its topic a message goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Place {
    /// After the topic's newest message, whichever that is.
    #[default]
    End,
    /// After this message, which must be the topic's newest; with `None`, the topic must be empty. Otherwise the server refuses with
    /// [`ErrorCode::ChainConflict`](reeeductio_proto::ErrorCode::ChainConflict).
    After(Option<MessageId>),
}

impl Topic {
    /// The topic's id.
    pub fn id(&self) -> &TopicId {
        &self.id
    }

    /// Posts a message.
    ///
    /// If the answer is lost, the same message is sent again, and is looked for by its id before another one is signed: it is stored
    /// once at most. An error of the network that lasts leaves it open whether the message is stored.
    pub async fn post(
        &self,
        content: Content<'_>,
        options: impl Into<PostOptions<'_>>,
    ) -> Result<Position, ClientError> {
        let PostOptions { kind, place } = options.into();
        let data = content.stored(|| self.space.keys().topic(&self.id))?;
        self.space.post(&self.id, kind, &data, place).await
    }

    /// The id of the newest message, by asking the server; `None` while the topic is empty.
    pub async fn head(&self) -> Result<Option<MessageId>, ClientError> {
        self.space.head(&self.id).await
    }

    /// The newest message that is to be believed, by asking the server. Messages that were posted without the right are passed
    /// over; a forged one is an error.
    pub async fn newest(&self) -> Result<Option<VerifiedMessage>, ClientError> {
        let (messages, _) = self.believed(Range::last(1)).await?;
        Ok(messages.into_iter().next())
    }

    /// The messages of a range.
    ///
    /// Each is judged by itself: whether it is its sender's, and whether its sender was allowed to post it then. Together they must follow
    /// each other. A page that begins at the beginning must begin with the topic's first message. Messages that were seen before must be
    /// among them, and messages that were posted since are read to prove that they belong together.
    pub async fn page(&self, range: Range) -> Result<MessagePage, ClientError> {
        self.space.page(&self.id, argument::range(range)?).await
    }

    /// The messages of a range that are to be believed, and whether the range holds more. Messages that
    /// were posted without the right are passed over, and never make the answer look like the end; a forged one is an error.
    pub async fn believed(
        &self,
        mut range: Range,
    ) -> Result<(Vec<VerifiedMessage>, bool), ClientError> {
        argument::range(range)?;
        loop {
            // Later ranges begin at times that the server gave.
            let page = self.space.page(&self.id, range).await?;
            let (has_more, last) = (page.has_more, page.refused.last().map(|last| last.position));
            let messages = page.unless_forged()?;
            let rest = match last {
                Some(last) if messages.is_empty() && has_more => range.past(last.timestamp),
                _ => return Ok((messages, has_more)),
            };
            match rest {
                Some(rest) => range = rest,
                None => return Ok((messages, false)),
            }
        }
    }

    /// All messages, oldest first.
    pub fn history(&self) -> History {
        self.history_after(None)
    }

    /// The messages after one that was read before, oldest first; after `None`, all.
    pub fn history_after(&self, cursor: Option<Position>) -> History {
        History::new(self.clone(), cursor)
    }

    /// The newest messages, at most `count`, oldest first.
    pub async fn last(&self, count: usize) -> Result<Vec<VerifiedMessage>, ClientError> {
        let mut range = Some(Range::last(PAGE));
        let mut newest = Vec::new();
        while let Some(asked) = range
            && newest.len() < count
        {
            let limit = (count - newest.len()).min(PAGE);
            let (page, has_more) = self.believed(Range { limit, ..asked }).await?;
            let oldest = page.last().map(|message| message.server_timestamp);
            newest.extend(page);
            range = oldest
                .filter(|_| has_more)
                .and_then(|oldest| asked.past(oldest));
        }
        newest.reverse();
        Ok(newest)
    }

    /// The messages that are stored from now on, as they are stored. While the server cannot be reached, this fails; a stream that is
    /// open waits. Without the right to read the topic this fails; a stream that is open goes silent when the right ends.
    pub async fn live(&self) -> Result<LiveMessages, ClientError> {
        self.space
            .open_live(self.space.live_options(), Some(self.id.clone()))
            .await
    }

    /// The messages after one that was read before, and then those that are stored, as they are stored; after `None`, all.
    pub async fn live_after(&self, cursor: Option<Position>) -> Result<LiveMessages, ClientError> {
        let options = LiveOptions {
            follow: vec![(self.id.clone(), cursor)],
            ..self.space.live_options()
        };
        self.space.open_live(options, Some(self.id.clone())).await
    }

    /// One message by its id, from the local store if it is there: under its id a message never changes.
    pub async fn message(&self, id: MessageId) -> Result<VerifiedMessage, ClientError> {
        // The store keeps all of the state, also what had no authority.
        if !self.id.is_state()
            && let Some(message) = self.space.kept_message(&self.id, &id).await?
        {
            return Ok(message);
        }
        self.fetch(id).await
    }

    /// One message by its id, by asking the server. One that was seen before cannot be missing.
    pub async fn fetch(&self, id: MessageId) -> Result<VerifiedMessage, ClientError> {
        self.space.fetch_message(&self.id, id).await
    }

    /// Messages that are in the local store, without asking the server: those that were seen, own posts included,
    /// which need not be all there are. Their hashes and signatures are checked again.
    pub async fn stored(&self, range: Range) -> Result<Vec<VerifiedMessage>, ClientError> {
        let range = argument::range(range)?;
        self.space.stored_messages(&self.id, range).await
    }
}
