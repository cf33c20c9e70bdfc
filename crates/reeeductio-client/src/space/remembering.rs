//! What was seen before: kept in the local store, and without one for as long as the handle lives.

use reeeductio_core::VerifiedMessage;
use reeeductio_core::replica::{Batch, Judged, Known, LinkedAnswer, Range};
use reeeductio_proto::{ChainId, DataPath, Message, Position, TopicId};

use super::Space;
use crate::error::ClientError;
use crate::store::{self, Records, StoreError};

/// Messages taken from the store at a time.
const PAGE: usize = 1000;

impl Space {
    fn store(&self) -> Option<&Records> {
        self.inner.store.as_ref()
    }

    /// What is known of a chain now. The store is asked each time: others may share it.
    pub(super) async fn known(&self, chain: &ChainId) -> Result<Known, ClientError> {
        let Some(store) = self.store() else {
            return Ok(self.with_replica(|replica| replica.known(chain)));
        };
        let newest = Range {
            from: Some(i64::MAX),
            to: Some(i64::MIN),
            limit: 1,
        };
        let newest = store.messages(chain, newest).await?;
        let newest = newest.first().map(Position::from);
        let head = store.head(chain).await?;
        Ok(Known {
            head,
            newest: match (head, newest) {
                (Some(head), Some(newest)) if newest.timestamp < head.timestamp => Some(head),
                (head, newest) => newest.or(head),
            },
        })
    }

    /// What was seen of a chain that an answer is to be compared with.
    pub(super) async fn seen(
        &self,
        chain: &ChainId,
        answer: &LinkedAnswer,
    ) -> Result<Vec<Position>, ClientError> {
        let Some((from, to)) = answer.compared_times() else {
            return Ok(Vec::new());
        };
        let Some(store) = self.store() else {
            return Ok(self.with_replica(|replica| replica.seen_between(chain, (from, to))));
        };
        let range = Range {
            from: Some(from),
            to: Some(to),
            limit: usize::MAX,
        };
        let messages = store.messages(chain, range).await?;
        Ok(messages.iter().map(Position::from).collect())
    }

    /// Keeps the records of something that was judged, and then gives it out.
    pub(super) async fn commit<T>(&self, judged: Judged<T>) -> Result<T, ClientError> {
        let (batch, value) = judged.into_parts();
        self.keep(batch).await?;
        Ok(value)
    }

    pub(super) async fn keep(&self, batch: Batch) -> Result<(), ClientError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.with_replica(|replica| replica.remember(&batch));
        if let Some(store) = self.store() {
            let Batch {
                messages,
                heads,
                signed_times,
            } = batch;
            let batch = store::Batch {
                messages,
                heads,
                signed_times,
                ..store::Batch::default()
            };
            store.save(batch).await?;
        }
        Ok(())
    }

    /// A message that was verified and kept before.
    pub(super) async fn kept_message(
        &self,
        topic: &TopicId,
        id: &reeeductio_proto::MessageId,
    ) -> Result<Option<VerifiedMessage>, ClientError> {
        let Some(store) = self.store() else {
            return Ok(None);
        };
        let message = store.message(&ChainId::shared(topic.clone()), id).await?;
        message.map(|message| self.restore(message)).transpose()
    }

    /// The newest signed time that the store knows for a path.
    pub(super) async fn kept_signed_time(
        &self,
        path: &DataPath,
    ) -> Result<Option<i64>, ClientError> {
        match self.store() {
            Some(store) => Ok(store.signed_time(path).await?),
            None => Ok(None),
        }
    }

    /// Messages that are in the local store, without asking the server: what was seen, own posts included,
    /// which need not be all there are. Their hashes and signatures are checked again.
    pub async fn stored_messages(
        &self,
        topic: &TopicId,
        range: Range,
    ) -> Result<Vec<VerifiedMessage>, ClientError> {
        let Some(store) = self.store() else {
            return Err(ClientError::argument(
                "store",
                "is needed: open the space with a local store",
            ));
        };
        let messages = store
            .messages(&ChainId::shared(topic.clone()), range)
            .await?;
        messages
            .into_iter()
            .map(|message| self.restore(message))
            .collect()
    }

    /// One page of the kept messages from a time on.
    pub(super) async fn kept_page(
        &self,
        topic: &TopicId,
        from: i64,
    ) -> Result<Vec<Message>, ClientError> {
        let Some(store) = self.store() else {
            return Ok(Vec::new());
        };
        let range = Range::since(from, PAGE);
        Ok(store
            .messages(&ChainId::shared(topic.clone()), range)
            .await?)
    }

    fn restore(&self, message: Message) -> Result<VerifiedMessage, ClientError> {
        VerifiedMessage::restore(&self.id(), message)
            .map_err(|error| StoreError::Damaged(error.to_string()).into())
    }
}
