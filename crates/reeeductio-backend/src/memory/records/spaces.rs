//! Spaces as a whole, in memory.

use async_trait::async_trait;
use reeeductio_proto::{MemberId, SpaceId, TopicId};

use super::MemoryRecords;
use super::space::Step;
use crate::{BackendError, Purge, PurgeOutcome, Purged, Spaces, Usage};

#[async_trait]
impl Spaces for MemoryRecords {
    async fn spaces(
        &self,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpaceId>, BackendError> {
        let all = self.all.lock();
        let holding = all.spaces.iter().filter(|(id, space)| {
            !space.heads.is_empty()
                || !space.entries.is_empty()
                || !space.references.is_empty()
                || all.purging.contains(*id)
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
        if let Some(moved) = all.operator_moved(purge.operator) {
            return Ok(PurgeOutcome::JudgementMoved(moved));
        }
        let admin = purge.operator.map(|operator| operator.admin);
        let mut registrars = admin.into_iter().chain(purge.apps);
        if registrars.any(|registrar| all.registration(registrar, purge.space).is_some()) {
            return Ok(PurgeOutcome::Registered);
        }
        all.purging.insert(purge.space);
        let mut step = Step::new(purge.limit);
        all.spaces.entry(purge.space).or_default().purge(&mut step);
        let has_more = !step.goes_on();
        if !has_more {
            all.spaces.remove(&purge.space);
            all.purging.remove(&purge.space);
        }
        let orphans = step
            .objects
            .into_iter()
            .filter_map(|object| all.unnamed(Some(object)))
            .collect();
        Ok(PurgeOutcome::Purged(Purged {
            removed: step.removed,
            orphans,
            has_more,
        }))
    }
}
