//! Following the space's state, which says who may do what.

use reeeductio_core::chain::Page;
use reeeductio_core::{StateChain, VerifiedMessage};
use reeeductio_proto::{StatePath, TopicId, View};
use tokio::sync::MutexGuard;

use super::Space;
use super::messages::RawPage;
use super::reader::covered_after;
use crate::error::ClientError;
use crate::store::StoreError;

impl Space {
    /// Who may do what: the state below `auth/`, read up to now and checked.
    pub async fn authority(&self) -> Result<View, ClientError> {
        Ok(self.follow_state().await?.view().clone())
    }

    /// The state, read up to now. What was read before is not read again.
    pub(super) async fn follow_state(&self) -> Result<MutexGuard<'_, StateChain>, ClientError> {
        let topic = TopicId::state();
        let mut state = self.inner.state.lock().await;
        if state.head().is_none() {
            self.recall_state(&mut state).await?;
        }
        loop {
            let before = self.before(&topic).await?;
            let after = state.head();
            let RawPage { messages, has_more } = self.raw_after(&topic, after).await?;
            let covered = covered_after(after, &messages, has_more);
            state.extend(messages.clone())?;
            self.witness_state(before, covered, &messages).await?;
            if !has_more {
                return Ok(state);
            }
        }
    }

    /// Takes in what the local store has of the state, as far as it hangs together from the beginning.
    async fn recall_state(&self, state: &mut StateChain) -> Result<(), ClientError> {
        let topic = TopicId::state();
        loop {
            let from = state.head().map_or(i64::MIN, |head| head.server_timestamp);
            let mut last = state.head().map(|head| head.message_hash);
            let mut next = self.stored_page(&topic, from).await?;
            next.retain(|message| !state.contains(&message.message_hash));
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
            state
                .extend(next)
                .map_err(|error| StoreError::Damaged(error.to_string()))?;
        }
    }

    /// Whether the entry is there below `auth/`, and not removed.
    pub(super) async fn is_written(&self, path: &StatePath) -> Result<bool, ClientError> {
        let state = self.follow_state().await?;
        let entry = state.view().entry(path);
        Ok(entry.is_some_and(|entry| !entry.deleted))
    }

    /// Checks a page, reading the state if the page is not the owner's alone.
    pub(super) async fn verify(&self, page: Page) -> Result<Vec<VerifiedMessage>, ClientError> {
        let is_state = page.topic.is_state();
        let linked = page.link()?;
        if linked.is_by_owner_only() && !is_state {
            return Ok(linked.authorize(&StateChain::new(self.inner.id))?);
        }
        let state = self.follow_state().await?;
        Ok(linked.authorize(&state)?)
    }
}
