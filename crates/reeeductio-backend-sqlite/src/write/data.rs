//! Data entries.

use reeeductio_backend::{
    BackendError, Committed, DataVersion, DeleteData, DeleteDataOutcome, Leaf, PutData,
    PutDataOutcome, Tally,
};
use reeeductio_proto::{DataEntry, Event, EventPosition, SpaceId};
use rusqlite::params;

use super::usage::Kind;
use super::{Batch, Stored};
use crate::read;
use crate::read::WHOLE;
use crate::read::data::DataRow;
use crate::row::checksum_of_data;
use crate::statements::Sql;

const ENTRIES: Kind = |usage| &mut usage.entries;

impl Batch<'_> {
    pub(crate) fn put_data(&mut self, put: &PutData) -> Result<PutDataOutcome, BackendError> {
        let PutData {
            space,
            entry,
            expected,
            judged,
            quotas,
        } = put;
        if let Some(moved) = self.judgement_moved(space, *judged)? {
            return Ok(PutDataOutcome::JudgementMoved(moved));
        }
        let row = read::data::data(self.database, space, &entry.path, WHOLE)?;
        let stored = version(row.as_ref());
        if let Some(DataRow {
            entry: there,
            deleted,
            leaf,
        }) = &row
        {
            if !deleted && there == entry {
                return Ok(PutDataOutcome::Stored(*leaf));
            }
            if entry.signed_at <= there.signed_at {
                return Ok(PutDataOutcome::Stale {
                    newest: there.signed_at,
                });
            }
        }
        if stored != *expected {
            return Ok(PutDataOutcome::Changed(stored));
        }
        let (member, added, none) = (entry.signed_by, Tally::entry(entry), Tally::default());
        let before = row.map(|row| row.entry);
        let removed = before.as_ref().map_or(none, Tally::entry);
        let own = before.as_ref().is_some_and(|row| row.signed_by == member);
        let of_member = (added, if own { removed } else { none });
        let allowed =
            self.check_quotas(space, &member, ENTRIES, quotas, (added, removed), of_member)?;
        if let Err(over) = allowed {
            return Ok(PutDataOutcome::OverQuota(over));
        }
        let leaf = self.replace_data(space, before.as_ref(), entry, false)?;
        Ok(PutDataOutcome::Stored(leaf))
    }

    pub(crate) fn delete_data(
        &mut self,
        delete: &DeleteData,
    ) -> Result<DeleteDataOutcome, BackendError> {
        if let Some(moved) = self.judgement_moved(&delete.space, delete.judged)? {
            return Ok(DeleteDataOutcome::JudgementMoved(moved));
        }
        let row = read::data::data(self.database, &delete.space, &delete.path, WHOLE)?;
        let stored = version(row.as_ref());
        if stored != delete.expected {
            return Ok(DeleteDataOutcome::Changed(stored));
        }
        let leaf = match row {
            None => None,
            Some(row) if row.deleted => row.leaf,
            Some(DataRow { entry, .. }) => {
                let emptied = DataEntry {
                    data: String::new(),
                    ..entry.clone()
                };
                self.replace_data(&delete.space, Some(&entry), &emptied, true)?
            }
        };
        Ok(DeleteDataOutcome::Deleted(leaf))
    }

    /// Puts an entry in the place of the one at its path, and counts; returns its leaf.
    fn replace_data(
        &mut self,
        space: &SpaceId,
        before: Option<&DataEntry>,
        entry: &DataEntry,
        deleted: bool,
    ) -> Result<Option<Leaf>, BackendError> {
        let leaf = self.next_leaf(space)?;
        let state = leaf.as_ref().and_then(|leaf| leaf.state.as_ref());
        let known = self.space(space)?;
        known.change += 1;
        let position = EventPosition {
            message: known.event,
            change: known.change,
        };
        self.execute(
            Sql::SET_DATA,
            params![
                space.as_bytes(),
                entry.path.as_str(),
                entry.data,
                entry.signature.to_bytes(),
                entry.signed_by.to_bytes(),
                entry.signed_at,
                deleted,
                checksum_of_data(space, entry, deleted, Some(position), leaf.as_ref()),
                position.message.cast_signed(),
                position.change.cast_signed(),
                leaf.map(|leaf| leaf.number.cast_signed()),
                state.map(|state| state.hash().as_slice()),
            ],
        )?;
        if let Some(leaf) = &leaf {
            self.add_data_leaf(space, entry, deleted, leaf)?;
        }
        self.stored.push(Stored {
            committed: Committed {
                space: *space,
                event: Event {
                    position,
                    what: read::data::change(entry.clone(), deleted),
                },
                lane: None,
                leaf,
                payload: None,
            },
            before: None,
            is_purged: false,
        });
        let (added, none) = (Tally::entry(entry), Tally::default());
        let removed = before.map_or(none, Tally::entry);
        self.count(space, None, ENTRIES, added, removed)?;
        match before.map(|before| before.signed_by) {
            Some(by) if by != entry.signed_by => {
                self.count(space, Some(&by), ENTRIES, none, removed)?;
                self.count(space, Some(&entry.signed_by), ENTRIES, added, none)?;
            }
            _ => self.count(space, Some(&entry.signed_by), ENTRIES, added, removed)?,
        }
        Ok(leaf)
    }
}

fn version(row: Option<&DataRow>) -> Option<DataVersion> {
    row.filter(|row| !row.deleted)
        .map(|row| DataVersion::from(&row.entry))
}
