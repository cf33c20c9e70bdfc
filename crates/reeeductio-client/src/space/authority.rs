//! Following the space's state, which says who may do what.

use reeeductio_core::chain::check;
use reeeductio_proto::{ChainId, StatePath, TopicId};

use super::Space;
use super::messages::PAGE;
use crate::error::ClientError;
use crate::platform::elapsed;
use crate::store::StoreError;

impl Space {
    /// Reads the state up to now. Entries that were read before are not read again.
    pub(super) async fn follow_state(&self) -> Result<(), ClientError> {
        self.follow_state_to(None).await
    }

    /// [`follow_state`](Self::follow_state) after the source has shown that its clock has reached `time`, Unix milliseconds.
    pub(super) async fn follow_state_to(&self, time: Option<i64>) -> Result<(), ClientError> {
        let reading = || {
            let space = self.clone();
            async move { space.read_state(time).await }
        };
        self.inner.state_rounds.run(reading).await
    }

    async fn read_state(&self, time: Option<i64>) -> Result<(), ClientError> {
        let chain = ChainId::state();
        self.recall_state().await?;
        let began = elapsed();
        let latest = self.with_replica(|replica| replica.latest());
        let reached = time.max(latest).max(self.source().reached());
        loop {
            let known = self.known(&chain).await?;
            let question = self.with_replica(|replica| {
                let head = replica.state().head();
                replica.ask_after(&chain, head, PAGE, known)
            });
            let answer = self.fetch(&chain, question.range()).await?;
            let has_more = answer.has_more;
            let compared = self.link_and_compare(question, answer).await?;
            let extended = self.with_replica(|replica| compared.extend(replica.state_mut()))?;
            self.commit(extended).await?;
            if !has_more {
                self.with_replica(|replica| replica.read_state_to(reached, began));
                return self.keep_snapshot().await;
            }
        }
    }

    /// Takes in what the local store has of the state, if nothing of it was read yet: a snapshot, and the messages after it, as far as they
    /// hang together.
    pub(super) async fn recall_state(&self) -> Result<(), ClientError> {
        if self.with_replica(|replica| replica.state().head().is_some()) {
            return Ok(());
        }
        let topic = TopicId::state();
        if let Some(state) = self.kept_snapshot().await? {
            self.with_replica(|replica| replica.resume(state));
        }
        loop {
            let head = self.with_replica(|replica| replica.state().head());
            let from = head.map_or(i64::MIN, |head| head.timestamp);
            let mut last = head.map(|head| head.hash);
            let mut next = self.kept_page(&topic, from).await?;
            self.with_replica(|replica| {
                next.retain(|message| !replica.state().contains(&message.message_hash));
            });
            let linked = next
                .iter()
                .take_while(|message| {
                    let follows = message.prev_hash == last;
                    last = Some(message.message_hash);
                    follows
                })
                .count();
            next.truncate(linked);
            if next.is_empty() {
                return Ok(());
            }
            let checked = check(&self.id(), next);
            self.with_replica(|replica| replica.state_mut().extend(checked))
                .map_err(|error| StoreError::Damaged(error.to_string()))?;
        }
    }

    /// Returns whether the entry is there below `auth/`, and not removed.
    pub(super) async fn is_written(&self, path: &StatePath) -> Result<bool, ClientError> {
        self.follow_state().await?;
        let entry = self.with_replica(|replica| replica.state().view().entry(path));
        Ok(entry.is_some_and(|entry| !entry.deleted))
    }
}
