//! Spaces as a whole, in memory.

use async_trait::async_trait;
use reeeductio_proto::{MemberId, SpaceId, TopicId};

use super::MemoryRecords;
use crate::{BackendError, Purge, PurgeOutcome, Purged, Spaces, Usage};

#[async_trait]
impl Spaces for MemoryRecords {
    async fn spaces(
        &self,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpaceId>, BackendError> {
        let all = self.all.lock();
        let holding = all.spaces.iter().filter(|(_, space)| {
            !space.events.is_empty() || !space.entries.is_empty() || !space.references.is_empty()
        });
        let later = holding
            .map(|(id, _)| *id)
            .filter(|space| after.is_none_or(|after| *space > after));
        Ok(later.take(limit).collect())
    }

    async fn topics(&self, space: SpaceId) -> Result<Vec<TopicId>, BackendError> {
        let topics = self.read(space, |space| space.topics().cloned().collect());
        Ok(topics.unwrap_or_default())
    }

    async fn usage(&self, space: SpaceId, member: Option<MemberId>) -> Result<Usage, BackendError> {
        let usage = self.read(space, |space| space.usage.get(&member).copied());
        Ok(usage.flatten().unwrap_or_default())
    }

    async fn purge(&self, purge: Purge) -> Result<PurgeOutcome, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        if let Some(admin) = purge.admin
            && all.registration(admin, purge.space).is_some()
        {
            return Ok(PurgeOutcome::Registered);
        }
        let gone = all.spaces.remove(&purge.space).unwrap_or_default();
        let removed = gone.events.len() + gone.entries.len() + gone.blobs.len();
        let objects = gone.blobs.into_values().map(|record| record.object);
        let orphans = objects
            .filter_map(|object| all.unnamed(Some(object)))
            .collect();
        Ok(PurgeOutcome::Purged(Purged {
            removed: removed as u64,
            orphans,
            has_more: false,
        }))
    }
}
