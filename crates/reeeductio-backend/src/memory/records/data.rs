//! Data entries in memory.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::{
    Change, DataEntry, DataPath, Event, EventPosition, PathPrefix, RemovedData, SpaceId,
};

use super::MemoryRecords;
use super::space::{Space, Stored};
use crate::{
    BackendError, Committed, DataEntries, DataPage, DataRange, DataVersion, DeleteData,
    DeleteDataOutcome, PutData, PutDataOutcome, Tally,
};

impl Space {
    fn version(&self, path: &DataPath) -> Option<DataVersion> {
        let stored = self.entries.get(path)?;
        (!stored.deleted).then_some(DataVersion::from(&*stored.entry))
    }

    /// Puts an entry in the place of the one at its path; returns the change.
    fn replace(&mut self, id: SpaceId, entry: DataEntry, deleted: bool) -> Committed {
        let (member, added) = (entry.signed_by, Tally::entry(&entry));
        let last = self.last_change();
        let position = EventPosition {
            change: last.change + 1,
            ..last
        };
        let entry = Arc::new(entry);
        let stored = Stored {
            entry: Arc::clone(&entry),
            deleted,
            position,
        };
        if let Some(before) = self.entries.insert(entry.path.clone(), stored) {
            self.forget_change(before.position);
            let removed = Tally::entry(&before.entry);
            for of in [None, Some(before.entry.signed_by)] {
                self.subtract(of, |usage| &mut usage.entries, removed);
            }
        }
        for of in [None, Some(member)] {
            self.add(of, |usage| &mut usage.entries, added);
        }
        let event = Event {
            position,
            what: if deleted {
                Change::DataRemoved(Arc::new(RemovedData {
                    path: entry.path.clone(),
                    signed_at: entry.signed_at,
                    signed_by: entry.signed_by,
                }))
            } else {
                Change::Data(entry)
            },
        };
        self.events.push_back(event.clone());
        let leaf = self.add_leaf(&id, &event, None);
        Committed {
            space: id,
            event,
            lane: None,
            leaf,
            payload: None,
        }
    }

    /// The rows below a prefix and after a path, in order.
    fn below<'a>(
        &'a self,
        prefix: &'a PathPrefix,
        after: Option<&DataPath>,
    ) -> impl Iterator<Item = &'a Stored> {
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.clone()));
        self.entries
            .range((from, Bound::Unbounded))
            .filter(|(path, _)| prefix.covers(path.as_str()) && prefix.path() != Some(*path))
            .map(|(_, stored)| stored)
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
            .filter(|stored| !stored.deleted)
            .map(|stored| stored.entry))
    }

    async fn data_below(&self, space: SpaceId, range: DataRange) -> Result<DataPage, BackendError> {
        let DataRange {
            below,
            after,
            limit,
        } = range;
        let found = self.read(space, |space| {
            let rows = space.below(&below, after.as_ref()).cloned();
            super::page(rows, limit, |stored| stored.entry.data.len())
        });
        let Some(page) = found else {
            return Ok(DataPage::default());
        };
        let last = page.items.last().map(|last| last.entry.path.clone());
        let entries = page.items.into_iter().filter(|stored| !stored.deleted);
        Ok(DataPage {
            entries: entries
                .map(|stored| DataEntry::clone(&stored.entry))
                .collect(),
            next: last.or(after).filter(|_| page.has_more),
        })
    }

    async fn put_data(&self, put: PutData) -> Result<PutDataOutcome, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        if let Some(moved) = all.judgement_moved(put.space, put.judged) {
            return Ok(PutDataOutcome::JudgementMoved(moved));
        }
        let space = all.spaces.entry(put.space).or_default();
        let there = space.entries.get(&put.entry.path).cloned();
        if let Some(Stored {
            entry,
            deleted,
            position,
        }) = &there
        {
            if !deleted && **entry == put.entry {
                return Ok(PutDataOutcome::Stored(space.leaf_at(*position)));
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
        let removed = there.map_or((Tally::default(), Tally::default()), |stored| {
            let removed = Tally::entry(&stored.entry);
            let own = stored.entry.signed_by == member;
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
        let committed = space.replace(put.space, put.entry, false);
        self.publish(std::slice::from_ref(&committed));
        Ok(PutDataOutcome::Stored(committed.leaf))
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
        let leaf = match space.entries.get(&delete.path) {
            None => None,
            Some(there) if there.deleted => space.leaf_at(there.position),
            Some(there) => {
                let mut entry = DataEntry::clone(&there.entry);
                entry.data.clear();
                let committed = space.replace(delete.space, entry, true);
                self.publish(std::slice::from_ref(&committed));
                committed.leaf
            }
        };
        Ok(DeleteDataOutcome::Deleted(leaf))
    }
}
