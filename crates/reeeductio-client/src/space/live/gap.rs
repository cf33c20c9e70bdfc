//! Taking in what comes, and reading what did not.

use reeeductio_core::chain::{Anchor, Order, Page, Start};
use reeeductio_core::{ChainError, VerifiedMessage};
use reeeductio_proto::{Message, TopicId};

use super::LiveMessages;
use crate::error::ClientError;
use crate::space::messages::Range;
use crate::space::seen::{Covered, raw};

/// Messages read at a time where one was missed.
const PAGE: usize = 1000;

impl LiveMessages {
    /// Checks a message that came, and reads what is missing before it.
    pub(super) async fn take_in(&mut self, message: Message) -> Result<(), ClientError> {
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
    pub(super) async fn fill(
        &mut self,
        topic: &TopicId,
        newest: Option<Anchor>,
    ) -> Result<(), ClientError> {
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
}

/// Whether a message was read already, while a gap was filled. Older servers give several messages the same
/// time; then the link decides.
fn came_before(message: &Message, newest: Anchor) -> bool {
    message.server_timestamp < newest.server_timestamp
        || (message.server_timestamp == newest.server_timestamp
            && message.prev_hash != Some(newest.message_hash))
}
