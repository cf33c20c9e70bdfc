//! Following a topic from the local store on.

use std::collections::VecDeque;

use reeeductio_core::VerifiedMessage;
use reeeductio_core::replica::Range;
use reeeductio_proto::{MessageId, Position};

use super::live::LiveMessages;
use super::messages::PAGE;
use super::topic::Topic;
use super::watches::{Changes, Patience, Watch};
use crate::error::ClientError;
use crate::platform::BoxFuture;

impl Topic {
    /// The messages after one that was read before, or all, and then those that are stored, as they are stored: in order, each once.
    ///
    /// Those that the local store has without a gap come first, without asking the server. While the server cannot be reached this
    /// waits, also at the beginning; [`Space::status`](crate::Space::status) tells. Otherwise it is as [`live_after`](Self::live_after).
    pub fn follow(&self, cursor: Option<Position>) -> Watch<VerifiedMessage> {
        Watch::new(Follow {
            topic: self.clone(),
            after: cursor,
            // The store keeps all of the state, also what had no authority.
            reads_store: self.space.records().is_some() && !self.id.is_state(),
            kept: VecDeque::new(),
            live: None,
            patience: Patience::new(),
            ended: false,
        })
    }
}

/// A topic that is followed, between two items.
struct Follow {
    topic: Topic,
    /// The last message that was given.
    after: Option<Position>,
    /// Whether the store may have more that follow.
    reads_store: bool,
    /// Read from the store, and not given yet.
    kept: VecDeque<VerifiedMessage>,
    live: Option<LiveMessages>,
    patience: Patience,
    ended: bool,
}

impl Follow {
    async fn step(&mut self) -> Option<Result<VerifiedMessage, ClientError>> {
        loop {
            if let Some(message) = self.kept.pop_front() {
                self.after = Some(message.position());
                return Some(Ok(message));
            }
            if self.ended {
                return None;
            }
            if self.reads_store {
                // The server gives the rest.
                self.reads_store = false;
                match self.kept_page().await {
                    Ok(page) => {
                        self.reads_store = !page.is_empty();
                        self.kept = page.into();
                    }
                    Err(error) => return Some(Err(error)),
                }
            } else if let Some(live) = &mut self.live {
                return live.next().await;
            } else {
                let opened = self.topic.live_after(self.after).await;
                match self.patience.settle(&self.topic.space, opened).await {
                    None => {}
                    Some(Ok(live)) => self.live = Some(live),
                    Some(Err(error)) => {
                        self.ended = true;
                        return Some(Err(error));
                    }
                }
            }
        }
    }

    /// The next messages of the store that follow the last one that was given, each the one before it.
    async fn kept_page(&self) -> Result<Vec<VerifiedMessage>, ClientError> {
        let from = self.after.map_or(i64::MIN, |after| after.timestamp);
        let mut page = self.topic.stored(Range::since(from, PAGE)).await?;
        let mut last = self.after.map(|after| after.hash);
        if let Some(at) = page
            .iter()
            .position(|message| Some(message.message_hash) == last)
        {
            page.drain(..=at);
        }
        let follows = |last: &mut Option<MessageId>, message: &VerifiedMessage| {
            let follows = message.prev_hash == *last;
            *last = Some(message.message_hash);
            follows
        };
        let count = page
            .iter()
            .take_while(|each| follows(&mut last, each))
            .count();
        page.truncate(count);
        Ok(page)
    }
}

impl Changes<VerifiedMessage> for Follow {
    fn next(&mut self) -> BoxFuture<'_, Option<Result<VerifiedMessage, ClientError>>> {
        Box::pin(self.step())
    }
}
