//! Reading a topic from a place to its end, page by page.

use reeeductio_core::VerifiedMessage;
use reeeductio_proto::{ChainId, Position, TopicId};

use super::Space;
use super::messages::{MessagePage, PAGE, last_in_chain};
use crate::error::ClientError;

/// Reads a topic page by page, oldest first, without a gap between the pages.
#[derive(Debug)]
pub struct Reader {
    space: Space,
    topic: TopicId,
    after: Option<Position>,
    at_end: bool,
}

impl Space {
    /// Reads a topic from its first message.
    pub fn reader(&self, topic: &TopicId) -> Reader {
        self.reader_after(topic, None)
    }

    /// Reads a topic from after a message that was read before.
    pub fn reader_after(&self, topic: &TopicId, after: Option<Position>) -> Reader {
        Reader {
            space: self.clone(),
            topic: topic.clone(),
            after,
            at_end: false,
        }
    }

    /// The whole topic, oldest first, the chain complete and every message judged. Messages that were posted without the right are left
    /// out; a forged one is an error. For long topics use [`reader`](Self::reader), which tells of each.
    pub async fn history(&self, topic: &TopicId) -> Result<Vec<VerifiedMessage>, ClientError> {
        let mut reader = self.reader(topic);
        let mut found = Vec::new();
        while let Some(page) = reader.next_page().await? {
            found.extend(page.unless_forged()?);
        }
        Ok(found)
    }
}

impl Reader {
    /// Up to where the topic was read.
    pub fn position(&self) -> Option<Position> {
        self.after
    }

    /// The next messages; `None` when the end was reached. Later calls look for new ones. After an error the same page is asked for
    /// again.
    pub async fn next_page(&mut self) -> Result<Option<MessagePage>, ClientError> {
        if self.at_end {
            self.at_end = false;
            return Ok(None);
        }
        let chain = ChainId::shared(self.topic.clone());
        let known = self.space.known(&chain).await?;
        let question = self
            .space
            .with_replica(|replica| replica.ask_after(&chain, self.after, PAGE, known));
        let (items, has_more) = self.space.answer_of(question).await?;
        if items.is_empty() {
            return Ok(None);
        }
        match last_in_chain(&items) {
            Some(last) => self.after = Some(last),
            // The same would be asked for again.
            None if has_more => {
                return Err(ClientError::Answer(
                    "a page of forged messages only".to_owned(),
                ));
            }
            None => {}
        }
        self.at_end = !has_more;
        Ok(Some(MessagePage::new(items, has_more)))
    }
}
