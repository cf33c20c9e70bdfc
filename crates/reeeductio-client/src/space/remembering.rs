//! Records of earlier answers: kept in the local store, and without one for as long as the handle lives.

use reeeductio_core::replica::{Batch, Judged, Known, LinkedAnswer, Range, Replica};
use reeeductio_core::{StateChain, VerifiedMessage, open_in, seal_in};
use reeeductio_proto::{
    ChainId, DataEntry, DataPath, Message, MessageId, Position, StatePath, TopicId,
};

use super::Space;
use super::messages::PAGE;
use crate::error::ClientError;
use crate::platform::random;
use crate::store::{self, Records, StoreError};

/// Context that a snapshot of the state is sealed for.
const SNAPSHOT: &[u8] = b"reeeductio local state snapshot";

impl Space {
    pub(crate) fn records(&self) -> Option<&Records> {
        self.inner.store.as_ref()
    }

    /// The head and the newest message known of a chain. The store is asked each time: others may share it.
    pub(super) async fn known(&self, chain: &ChainId) -> Result<Known, ClientError> {
        let Some(store) = self.records() else {
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
        Ok(Known::new(head, newest))
    }

    /// The messages seen of a chain that an answer is to be compared with.
    pub(super) async fn seen(
        &self,
        chain: &ChainId,
        answer: &LinkedAnswer,
    ) -> Result<Vec<Position>, ClientError> {
        let Some((from, to)) = answer.compared_times() else {
            return Ok(Vec::new());
        };
        let Some(store) = self.records() else {
            return Ok(self.with_replica(|replica| replica.seen_between(chain, (from, to))));
        };
        let range = Range {
            from: Some(from),
            to: Some(to),
            // If more than the answer holds were seen, one of the first of them is missing already.
            limit: answer.len() + PAGE,
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
        if let Some(store) = self.records() {
            let Batch {
                messages,
                heads,
                signed_times,
                data,
            } = batch;
            let batch = store::Batch {
                messages,
                heads,
                signed_times,
                data,
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
        id: &MessageId,
    ) -> Result<Option<VerifiedMessage>, ClientError> {
        let message = self.stored_message(topic, id).await?;
        message.map(|message| self.restore(message)).transpose()
    }

    /// The place of a message in the store.
    pub(super) async fn stored_position(
        &self,
        topic: &TopicId,
        id: &MessageId,
    ) -> Result<Option<Position>, ClientError> {
        let message = self.stored_message(topic, id).await?;
        Ok(message.map(|message| Position::from(&message)))
    }

    async fn stored_message(
        &self,
        topic: &TopicId,
        id: &MessageId,
    ) -> Result<Option<Message>, ClientError> {
        let Some(store) = self.records() else {
            return Ok(None);
        };
        Ok(store.message(&ChainId::shared(topic.clone()), id).await?)
    }

    /// The newest signed time that the store knows for a path.
    pub(super) async fn kept_signed_time(
        &self,
        path: &DataPath,
    ) -> Result<Option<i64>, ClientError> {
        match self.records() {
            Some(store) => Ok(store.signed_time(path).await?),
            None => Ok(None),
        }
    }

    pub(super) async fn stored_messages(
        &self,
        topic: &TopicId,
        range: Range,
    ) -> Result<Vec<VerifiedMessage>, ClientError> {
        let Some(store) = self.records() else {
            return Err(no_store());
        };
        let messages = store
            .messages(&ChainId::shared(topic.clone()), range)
            .await?;
        messages
            .into_iter()
            .map(|message| self.restore(message))
            .collect()
    }

    /// The state as it was kept last. If it does not open, it was not written with the keys of this space: then the messages are
    /// read, which are signed.
    pub(super) async fn kept_snapshot(&self) -> Result<Option<StateChain>, ClientError> {
        let Some(records) = self.records() else {
            return Ok(None);
        };
        let Some(snapshot) = records.snapshot().await? else {
            return Ok(None);
        };
        let opened = open_in(SNAPSHOT, self.keys().local(), &snapshot.bytes);
        Ok(opened
            .ok()
            .and_then(|bytes| StateChain::from_snapshot(self.id(), &bytes)))
    }

    /// Keeps the state, if it is worth it.
    pub(super) async fn keep_snapshot(&self) -> Result<(), ClientError> {
        let Some(records) = self.records() else {
            return Ok(());
        };
        let Some((position, bytes)) = self.with_replica(Replica::snapshot_due) else {
            return Ok(());
        };
        let bytes = seal_in(SNAPSHOT, self.keys().local(), random()?, &bytes)?;
        let batch = store::Batch {
            snapshot: Some(store::Snapshot { position, bytes }),
            ..store::Batch::default()
        };
        Ok(records.save(batch).await?)
    }

    pub(super) async fn stored_state(
        &self,
        path: &StatePath,
    ) -> Result<Option<VerifiedMessage>, ClientError> {
        if self.records().is_none() {
            return Err(no_store());
        }
        self.recall_state().await?;
        let position = self.with_replica(|replica| replica.state().entry(path));
        match position {
            Some(position) => self.kept_message(&TopicId::state(), &position.hash).await,
            None => Ok(None),
        }
    }

    pub(super) async fn stored_data(
        &self,
        path: &DataPath,
    ) -> Result<Option<DataEntry>, ClientError> {
        let Some(store) = self.records() else {
            return Err(no_store());
        };
        let Some(entry) = store.data(path).await? else {
            return Ok(None);
        };
        match entry.verify_by_signer(&self.id()) {
            Ok(()) => Ok(Some(entry)),
            Err(error) => Err(StoreError::Damaged(format!("data entry {path}: {error}")).into()),
        }
    }

    /// Forgets the content of a data entry that was removed, not its signed time.
    pub(super) async fn forget_data(&self, path: &DataPath) -> Result<(), ClientError> {
        if let Some(store) = self.records() {
            let batch = store::Batch {
                removed_data: vec![path.clone()],
                ..store::Batch::default()
            };
            store.save(batch).await?;
        }
        Ok(())
    }

    /// One page of the kept messages from a time on.
    pub(super) async fn kept_page(
        &self,
        topic: &TopicId,
        from: i64,
    ) -> Result<Vec<Message>, ClientError> {
        let Some(store) = self.records() else {
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

pub(crate) fn no_store() -> ClientError {
    ClientError::argument("store", "is needed: open the space with a local store")
}
