//! Data entries in memory.

use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::{DataEntry, DataPath, SpaceId};

use super::MemoryRecords;
use super::space::Space;
use crate::{
    BackendError, DataEntries, DataVersion, DeleteData, DeleteDataOutcome, PutData, PutDataOutcome,
    Tally,
};

impl Space {
    fn version(&self, path: &DataPath) -> Option<DataVersion> {
        let (entry, deleted) = self.entries.get(path)?;
        (!deleted).then_some(DataVersion::from(&**entry))
    }

    /// Puts an entry in the place of the one at its path.
    fn replace(&mut self, entry: DataEntry, deleted: bool) {
        let (member, added) = (entry.signed_by, Tally::entry(&entry));
        let before = self
            .entries
            .insert(entry.path.clone(), (Arc::new(entry), deleted));
        if let Some((before, _)) = before {
            let removed = Tally::entry(&before);
            for of in [None, Some(before.signed_by)] {
                self.subtract(of, |usage| &mut usage.entries, removed);
            }
        }
        for of in [None, Some(member)] {
            self.add(of, |usage| &mut usage.entries, added);
        }
    }
}

#[async_trait]
impl DataEntries for MemoryRecords {
    async fn data(
        &self,
        space: SpaceId,
        path: &DataPath,
    ) -> Result<Option<Arc<DataEntry>>, BackendError> {
        let found = self.read(space, |space| space.entries.get(path).cloned());
        Ok(found
            .flatten()
            .filter(|(_, deleted)| !deleted)
            .map(|(entry, _)| entry))
    }

    async fn put_data(&self, put: PutData) -> Result<PutDataOutcome, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        if let Some(moved) = all.judgement_moved(put.space, put.judged) {
            return Ok(PutDataOutcome::JudgementMoved(moved));
        }
        let space = all.spaces.entry(put.space).or_default();
        let there = space.entries.get(&put.entry.path).cloned();
        if let Some((entry, deleted)) = &there {
            if !deleted && **entry == put.entry {
                return Ok(PutDataOutcome::Stored);
            }
            if put.entry.signed_at <= entry.signed_at {
                return Ok(PutDataOutcome::Stale {
                    newest: entry.signed_at,
                });
            }
        }
        let stored = space.version(&put.entry.path);
        if stored != put.expected {
            return Ok(PutDataOutcome::Changed(stored));
        }
        let (member, added) = (put.entry.signed_by, Tally::entry(&put.entry));
        let removed = there.map_or((Tally::default(), Tally::default()), |(entry, _)| {
            let removed = Tally::entry(&entry);
            let own = entry.signed_by == member;
            (removed, if own { removed } else { Tally::default() })
        });
        let allowed = space.check_quotas(
            &put.quotas,
            |usage| &mut usage.entries,
            (added, removed.0),
            (member, added, removed.1),
        );
        if let Err(over) = allowed {
            return Ok(PutDataOutcome::OverQuota(over));
        }
        space.replace(put.entry, false);
        Ok(PutDataOutcome::Stored)
    }

    async fn delete_data(&self, delete: DeleteData) -> Result<DeleteDataOutcome, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        if let Some(moved) = all.judgement_moved(delete.space, delete.judged) {
            return Ok(DeleteDataOutcome::JudgementMoved(moved));
        }
        let space = all.spaces.entry(delete.space).or_default();
        let stored = space.version(&delete.path);
        if stored != delete.expected {
            return Ok(DeleteDataOutcome::Changed(stored));
        }
        if let Some((entry, false)) = space.entries.get(&delete.path).cloned() {
            let mut entry = DataEntry::clone(&entry);
            entry.data.clear();
            space.replace(entry, true);
        }
        Ok(DeleteDataOutcome::Deleted)
    }
}
