//! Following the space's state, which says who may do what.

use reeeductio_core::chain::Page;
use reeeductio_core::{StateChain, VerifiedMessage};
use reeeductio_proto::TopicId;
use tokio::sync::MutexGuard;

use super::Space;
use super::messages::RawPage;
use crate::error::ClientError;

impl Space {
    /// The state, read up to now. What was read before is not read again.
    pub(super) async fn follow_state(&self) -> Result<MutexGuard<'_, StateChain>, ClientError> {
        let topic = TopicId::state();
        let mut state = self.inner.state.lock().await;
        loop {
            let RawPage { messages, has_more } = self.raw_after(&topic, state.head()).await?;
            state.extend(messages)?;
            if !has_more {
                return Ok(state);
            }
        }
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
