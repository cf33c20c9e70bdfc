//! Taking in what comes, and reading what did not.

use std::sync::Arc;

use reeeductio_core::chain::{Checked, Item, Refused, Start};
use reeeductio_core::replica::{Known, Range};
use reeeductio_proto::{ChainId, Message, Position, TopicId};

use super::Following;
use crate::error::ClientError;
use crate::platform::elapsed;
use crate::space::Space;
use crate::space::messages::{PAGE, forged_only, last_in_chain};

impl Following {
    /// Judges a message that came, or has what is missing before it read.
    pub(super) async fn take_in(&mut self, checked: &Arc<Checked>) -> Result<(), ClientError> {
        let message = checked.message();
        let topic = &message.topic_id;
        let cursor = self.cursors.get(topic).copied();
        if cursor.is_some_and(|cursor| came_before(message, cursor)) {
            return Ok(());
        }
        if let Some(reason) = checked.forgery() {
            // Not taken for a part of its topic: what follows shows whether something stood there.
            let refused = Item::Refused(Box::new(Refused::new(message, reason)));
            self.give(topic, vec![refused]);
            return Ok(());
        }
        let followed = self.followed.contains(topic);
        if let (None, false, Some(from)) = (cursor, followed, self.missed_from) {
            // The message itself in any case: the server's clock may have been set back.
            return self
                .fill_since(topic, from.min(message.server_timestamp))
                .await;
        }
        let start = match cursor {
            Some(cursor) => Start::After(cursor),
            None if followed || message.prev_hash.is_none() => Start::Genesis,
            None => Start::Anywhere,
        };
        let linked = match start {
            Start::After(cursor) => message.prev_hash == Some(cursor.hash),
            Start::Genesis => message.prev_hash.is_none(),
            Start::Anywhere => true,
        };
        if !linked {
            self.missed.push(topic.clone());
            return Ok(());
        }
        let item = self.space.take_pushed(start, cursor, checked).await?;
        self.cursors.insert(topic.clone(), checked.position());
        self.give(topic, item);
        Ok(())
    }

    /// Reads the next page of what was missed of a topic.
    pub(super) async fn fill(&mut self, topic: &TopicId) -> Result<(), ClientError> {
        let chain = ChainId::shared(topic.clone());
        let cursor = self.cursors.get(topic).copied();
        if cursor.is_none() && !self.followed.contains(topic) {
            self.filled(topic);
            return Ok(());
        }
        let known = self.space.known(&chain).await?;
        let question = self
            .space
            .with_replica(|replica| replica.ask_after(&chain, cursor, PAGE, known));
        match self.space.answer_of(question).await {
            Ok((items, has_more)) => {
                let stuck = has_more && last_in_chain(&items).is_none();
                if !has_more {
                    self.filled(topic);
                }
                self.deliver(topic, items);
                if stuck { Err(forged_only()) } else { Ok(()) }
            }
            // Nothing more for now. If the right is given again, the next message shows the gap, which is filled from the cursor.
            Err(error) if error.status() == Some(403) => {
                self.filled(topic);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn filled(&mut self, topic: &TopicId) {
        self.missed.retain(|missed| missed != topic);
    }

    /// Reads what was stored at and after a time, of a topic of which nothing came yet.
    async fn fill_since(&mut self, topic: &TopicId, time: i64) -> Result<(), ClientError> {
        let chain = ChainId::shared(topic.clone());
        let known = self.space.known(&chain).await?;
        let range = Range::since(time, PAGE);
        let question = self
            .space
            .with_replica(|replica| replica.ask_page(&chain, range, known));
        let (items, has_more) = self.space.answer_of(question).await?;
        if has_more {
            self.missed.push(topic.clone());
        }
        self.deliver(topic, items);
        Ok(())
    }

    /// Has items given out, unless only another topic is wanted.
    fn give(&mut self, topic: &TopicId, items: Vec<Item>) {
        if self.only.as_ref().is_none_or(|only| only == topic) {
            self.ready.extend(items);
        }
    }

    fn deliver(&mut self, topic: &TopicId, items: Vec<Item>) {
        if let Some(last) = last_in_chain(&items) {
            self.cursors.insert(topic.clone(), last);
        }
        self.give(topic, items);
    }
}

impl Space {
    /// Judges a message that was pushed. The state came over the same stream, so it is read only if it was read long ago, if the message
    /// is dated later than it can be, or if its sender lacks a right.
    async fn take_pushed(
        &self,
        start: Start,
        cursor: Option<Position>,
        checked: &Arc<Checked>,
    ) -> Result<Vec<Item>, ClientError> {
        let message = checked.message();
        let chain = ChainId::shared(message.topic_id.clone());
        let known = match cursor {
            // The memory of this handle has its own posts and what its other readers have seen; the store is not asked for each message.
            Some(cursor) => self.with_replica(|replica| {
                let newest = replica.known(&chain).newest;
                Known::new(Some(cursor), newest)
            }),
            None => self.known(&chain).await?,
        };
        let linked = self.with_replica(|replica| {
            replica.take_pushed(&chain, start, known, Checked::clone(checked))
        })?;
        let seen = match (cursor, linked.compared_times()) {
            (Some(_), None) => Vec::new(),
            (Some(_), Some(times)) => {
                self.with_replica(|replica| replica.seen_between(&chain, times))
            }
            (None, _) => self.seen(&chain, &linked).await?,
        };
        let compared = linked.compare(&seen)?;
        if let Some(gap) = compared.gap() {
            self.close_gap(&chain, gap).await?;
        }
        if let Some(time) = compared.needs_state_of()
            && !message.topic_id.is_state()
            && !self.with_replica(|replica| replica.has_state_of_pushed(time, elapsed()))
        {
            return self.judge_anew(compared).await;
        }
        let judged = self.with_replica(|replica| {
            if message.topic_id.is_state() {
                // Usually the next one; if not, the state is read below.
                let _extended = replica.state_mut().extend(vec![Checked::clone(checked)]);
            }
            compared.clone().judge(replica.state())
        });
        self.commit_or_judge_anew(judged, compared).await
    }
}

/// Returns whether a message was read already, while a gap was filled. Older servers give several messages the same
/// time; then the link decides.
fn came_before(message: &Message, cursor: Position) -> bool {
    message.server_timestamp < cursor.timestamp
        || (message.server_timestamp == cursor.timestamp && message.prev_hash != Some(cursor.hash))
}
