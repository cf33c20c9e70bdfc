//! What the local store remembers, compared with what the server shows now.

use reeeductio_core::chain::{Anchor, Order, Page, Start, check_seen};
use reeeductio_core::{ChainError, Draft, VerifiedMessage};
use reeeductio_proto::{ChainId, Message, Position, TopicId};

use super::Space;
use super::kept::Kept;
use super::messages::{Range, RawPage};
use super::posting::Posted;
use crate::error::ClientError;
use crate::store::{Batch, StoreError};

/// Messages taken from the store at a time.
const PAGE: usize = 1000;

/// What was known of a topic before the server was asked. What is saved while the answer is on its way must
/// not be held against it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    head: Option<Anchor>,
    newest: Option<i64>,
}

/// The times between which an answer claims to hold all messages, both inclusive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Covered {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Covered {
    /// What a page covers: up to the time of its last message if there is more behind it, else all that was
    /// asked for. Servers of the first release gave several messages one time, so the times at which a page
    /// was cut are not covered.
    pub(super) fn by(range: Range, messages: &[Message], has_more: bool) -> Self {
        let mut covered = Self {
            from: range.lowest().unwrap_or(i64::MIN),
            to: range.highest().unwrap_or(i64::MAX),
        };
        if let (true, Some(last)) = (has_more, messages.last()) {
            match range.order() {
                Order::OldestFirst => covered.to = last.server_timestamp.saturating_sub(1),
                Order::NewestFirst => covered.from = last.server_timestamp.saturating_add(1),
            }
        }
        covered
    }

    fn contains(self, time: i64) -> bool {
        (self.from..=self.to).contains(&time)
    }
}

impl Space {
    pub(super) fn store(&self) -> Option<&Kept> {
        self.inner.store.as_ref()
    }

    /// What is known of a topic; `None` without a store.
    pub(super) async fn before(&self, topic: &TopicId) -> Result<Option<Before>, ClientError> {
        let Some(store) = self.store() else {
            return Ok(None);
        };
        let newest = Range {
            from: Some(i64::MAX),
            to: Some(i64::MIN),
            limit: 1,
        };
        let newest = store.messages(topic, newest).await?;
        Ok(Some(Before {
            head: store.head(topic).await?,
            newest: newest.first().map(|message| message.server_timestamp),
        }))
    }

    /// Holds checked messages, oldest first, against what was seen before, fills the gap between the two,
    /// and remembers them.
    pub(super) async fn witness(
        &self,
        before: Option<Before>,
        topic: &TopicId,
        covered: Covered,
        shown: &[Message],
    ) -> Result<(), ClientError> {
        let Some(before) = before else {
            return Ok(());
        };
        let seen = self.seen(before, topic, covered).await?;
        check_seen(topic, &seen, shown)?;
        if let (Some(head), Some(first)) = (before.head, shown.first())
            && !topic.is_state()
            && first.server_timestamp > head.server_timestamp
            && first.prev_hash != Some(head.message_hash)
        {
            self.catch_up(topic, head, first).await?;
        }
        self.keep(before, topic, shown).await
    }

    /// [`witness`](Self::witness) for the state, which is read from its beginning and has no gaps.
    pub(super) async fn witness_state(
        &self,
        before: Option<Before>,
        covered: Covered,
        shown: &[Message],
    ) -> Result<(), ClientError> {
        let Some(before) = before else {
            return Ok(());
        };
        let topic = TopicId::state();
        let seen = self.seen(before, &topic, covered).await?;
        check_seen(&topic, &seen, shown)?;
        self.keep(before, &topic, shown).await
    }

    async fn keep(
        &self,
        before: Before,
        topic: &TopicId,
        shown: &[Message],
    ) -> Result<(), ClientError> {
        let Some(last) = shown.last() else {
            return Ok(());
        };
        let moves = before
            .head
            .is_none_or(|head| last.server_timestamp >= head.server_timestamp);
        let heads = moves.then(|| (ChainId::shared(topic.clone()), Position::from(last)));
        let batch = Batch {
            messages: shown.to_vec(),
            heads: heads.into_iter().collect(),
            ..Batch::default()
        };
        self.save(batch).await
    }

    /// What was seen within the covered times.
    async fn seen(
        &self,
        before: Before,
        topic: &TopicId,
        covered: Covered,
    ) -> Result<Vec<Anchor>, ClientError> {
        let mut seen = Vec::new();
        let to = before.newest.map(|newest| newest.min(covered.to));
        if let (Some(store), Some(to)) = (self.store(), to)
            && covered.from <= to
        {
            let range = Range {
                from: Some(covered.from),
                to: Some(to),
                limit: usize::MAX,
            };
            let messages = store.messages(topic, range).await?;
            seen.extend(messages.iter().map(Anchor::from));
        }
        seen.extend(
            before
                .head
                .filter(|head| covered.contains(head.server_timestamp)),
        );
        Ok(seen)
    }

    /// Reads from `head` on until `first`, which proves that one history holds both.
    async fn catch_up(
        &self,
        topic: &TopicId,
        head: Anchor,
        first: &Message,
    ) -> Result<(), ClientError> {
        let mut after = head;
        loop {
            let RawPage { messages, has_more } = self.raw_after(topic, Some(after)).await?;
            let reached = messages
                .iter()
                .any(|message| message.message_hash == first.message_hash);
            let last = messages.last().map(Anchor::from);
            if let Some(last) = last {
                let page = Page {
                    space: self.id(),
                    topic: topic.clone(),
                    order: Order::OldestFirst,
                    start: Start::After(after),
                    messages,
                };
                let verified = self.verify(page).await?;
                let batch = Batch {
                    messages: raw(&verified),
                    heads: vec![(ChainId::shared(topic.clone()), last.into())],
                    ..Batch::default()
                };
                self.save(batch).await?;
                after = last;
            }
            if reached {
                return Ok(());
            }
            if !has_more || last.is_none() {
                return Err(ChainError::Forked {
                    topic: topic.clone(),
                    known: after.message_hash,
                    found: first.message_hash,
                }
                .into());
            }
        }
    }

    /// Remembers one's own message. Others may have posted before it what was not read yet: then it is not
    /// where the topic was seen up to, and still must be there from now on.
    pub(super) async fn keep_own(&self, draft: &Draft<'_>, posted: Posted) {
        let Some(store) = self.store() else {
            return;
        };
        let connection = self.connection();
        let time = posted.server_timestamp;
        let message = draft.message(&connection.member(), connection.identity(), time);
        let head = store.head(draft.topic).await;
        let follows = head.is_ok_and(|head| head.map(|head| head.message_hash) == draft.prev_hash);
        let heads = follows.then(|| {
            (
                ChainId::shared(draft.topic.clone()),
                Position::from(&message),
            )
        });
        let batch = Batch {
            messages: vec![message],
            heads: heads.into_iter().collect(),
            ..Batch::default()
        };
        // The message is posted: an error here would have it posted again. The next look at the topic
        // meets the failing store too, and says so.
        let _saved = self.save(batch).await;
    }

    pub(super) async fn save(&self, batch: Batch) -> Result<(), ClientError> {
        if let Some(store) = self.store() {
            store.save(batch).await?;
        }
        Ok(())
    }

    /// Messages that are in the local store, without asking the server: what was seen, own posts included,
    /// which need not be all there are. Their hashes and signatures are checked again.
    pub async fn stored_messages(
        &self,
        topic: &TopicId,
        range: Range,
    ) -> Result<Vec<VerifiedMessage>, ClientError> {
        let Some(store) = self.store() else {
            return Err(no_store());
        };
        let messages = store.messages(topic, range).await?;
        messages
            .into_iter()
            .map(|message| self.restore(message))
            .collect()
    }

    /// One page of the stored messages from a time on.
    pub(super) async fn stored_page(
        &self,
        topic: &TopicId,
        from: i64,
    ) -> Result<Vec<Message>, ClientError> {
        let Some(store) = self.store() else {
            return Ok(Vec::new());
        };
        Ok(store.messages(topic, Range::since(from, PAGE)).await?)
    }

    pub(super) fn restore(&self, message: Message) -> Result<VerifiedMessage, ClientError> {
        VerifiedMessage::restore(&self.id(), message)
            .map_err(|error| StoreError::Damaged(error.to_string()).into())
    }
}

pub(super) fn raw(verified: &[VerifiedMessage]) -> Vec<Message> {
    verified.iter().map(|message| (**message).clone()).collect()
}

fn no_store() -> ClientError {
    ClientError::argument("store", "is needed: open the space with a local store")
}
