//! Reading a topic from a place to its end, page by page.

use reeeductio_core::chain::{Anchor, Order, Page, Start, check_seen};
use reeeductio_core::{ChainError, VerifiedMessage};
use reeeductio_proto::{Message, TopicId};

use super::Space;
use super::messages::{Range, RawPage};
use super::seen::{Covered, raw};
use crate::error::ClientError;

/// Messages asked for at a time.
const PAGE: usize = 1000;

/// Reads a topic page by page, oldest first, without a gap between the pages.
#[derive(Debug)]
pub struct Reader {
    space: Space,
    topic: TopicId,
    after: Option<Anchor>,
    at_end: bool,
}

impl Space {
    /// Reads a topic from its first message.
    pub fn reader(&self, topic: &TopicId) -> Reader {
        self.reader_after(topic, None)
    }

    /// Reads a topic from behind a message that was read before.
    pub fn reader_after(&self, topic: &TopicId, after: Option<Anchor>) -> Reader {
        Reader {
            space: self.clone(),
            topic: topic.clone(),
            after,
            at_end: false,
        }
    }

    /// The whole topic, oldest first, every message checked and the chain complete. For long topics use
    /// [`reader`](Self::reader).
    pub async fn history(&self, topic: &TopicId) -> Result<Vec<VerifiedMessage>, ClientError> {
        let mut reader = self.reader(topic);
        let mut found = Vec::new();
        while let Some(page) = reader.next_page().await? {
            found.extend(page);
        }
        Ok(found)
    }

    /// What follows `after` in a topic, up to a page, and whether there is more. Nothing is checked but that
    /// the server still has `after`.
    pub(super) async fn raw_after(
        &self,
        topic: &TopicId,
        after: Option<Anchor>,
    ) -> Result<RawPage, ClientError> {
        let Some(after) = after else {
            return self.raw_page(topic, Range::first(PAGE)).await;
        };
        // From the message itself on, so that its absence shows; and because older servers gave several
        // messages the same time.
        let range = Range::since(after.server_timestamp, PAGE);
        let RawPage { messages, has_more } = self.raw_page(topic, range).await?;
        let place = messages
            .iter()
            .position(|message| message.message_hash == after.message_hash);
        // Nothing else comes first: what has the same time and stood before it, at the most.
        let others = |message: &Message| message.server_timestamp != after.server_timestamp;
        let rest = match place {
            Some(place) if !messages.iter().take(place).any(others) => place + 1,
            _ => return Err(self.missing(topic, after, messages).await),
        };
        let rest = messages.get(rest..).unwrap_or_default().to_vec();
        if rest.is_empty() && has_more {
            return Err(ClientError::Answer(
                "a page with nothing new that says there is more".to_owned(),
            ));
        }
        Ok(RawPage {
            messages: rest,
            has_more,
        })
    }

    /// Why a message that was there is not among those from its time on.
    async fn missing(
        &self,
        topic: &TopicId,
        known: Anchor,
        mut shown: Vec<Message>,
    ) -> ClientError {
        if shown.is_empty() {
            match self.raw_page(topic, Range::last(1)).await {
                Ok(newest) => shown = newest.messages,
                Err(error) => return error,
            }
        }
        match check_seen(topic, &[known], &shown) {
            Err(error) => error.into(),
            Ok(()) => ChainError::Withheld {
                what: format!("message {} of topic {topic}", known.message_hash),
            }
            .into(),
        }
    }
}

impl Reader {
    /// The next messages; `None` when the end was reached. Later calls look for new ones.
    pub async fn next_page(&mut self) -> Result<Option<Vec<VerifiedMessage>>, ClientError> {
        if self.at_end {
            self.at_end = false;
            return Ok(None);
        }
        let before = self.space.before(&self.topic).await?;
        let RawPage { messages, has_more } = self.space.raw_after(&self.topic, self.after).await?;
        let covered = covered_after(self.after, &messages, has_more);
        let Some(last) = messages.last().map(|last: &Message| Anchor::from(last)) else {
            let witnessed = self.space.witness(before, &self.topic, covered, &[]);
            return witnessed.await.map(|()| None);
        };
        let page = Page {
            space: self.space.id(),
            topic: self.topic.clone(),
            order: Order::OldestFirst,
            start: self.after.map_or(Start::Genesis, Start::After),
            messages,
        };
        let verified = self.space.verify(page).await?;
        let shown = raw(&verified);
        self.space
            .witness(before, &self.topic, covered, &shown)
            .await?;
        self.after = Some(last);
        self.at_end = !has_more;
        Ok(Some(verified))
    }
}

/// What an answer to "what follows `after`" covers.
pub(super) fn covered_after(
    after: Option<Anchor>,
    messages: &[Message],
    has_more: bool,
) -> Covered {
    // Not the time of `after` itself: servers of the first release gave several messages one time.
    let range = Range {
        from: after.map(|after| after.server_timestamp.saturating_add(1)),
        to: None,
        limit: PAGE,
    };
    Covered::by(range, messages, has_more)
}
