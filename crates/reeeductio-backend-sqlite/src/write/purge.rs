//! Removing a space for good.

use std::collections::HashMap;

use reeeductio_backend::{
    BackendError, ObjectName, PageLimit, Purge, PurgeOutcome, Purged, Tally, Usage,
};
use reeeductio_proto::{MemberId, SpaceId};
use rusqlite::params;

use super::Batch;
use super::usage::Kind;
use crate::read;
use crate::read::spaces::Purgeable;
use crate::row::checksum_of_purge;
use crate::statements::Sql;

/// A step of a purge.
pub(super) struct Step {
    space: SpaceId,
    /// Rows and bytes that it may still remove.
    left: PageLimit,
    removed: u64,
    orphans: Vec<ObjectName>,
    /// Removed usage that the table counts: of members and, under `None`, of the space.
    counted: HashMap<Option<MemberId>, Usage>,
}

impl Step {
    pub(super) fn goes_on(&self) -> bool {
        self.left.count > 0 && self.left.bytes > 0
    }

    pub(super) fn space(&self) -> &SpaceId {
        &self.space
    }

    pub(super) fn rows_left(&self) -> usize {
        self.left.count
    }

    /// Notes that an item was removed which is counted for a member and the space.
    pub(super) fn remove(&mut self, member: MemberId, kind: Kind, bytes: u64) {
        for of in [None, Some(member)] {
            self.count(of, kind, Tally::one(bytes));
        }
        self.removed += 1;
        self.take(1, bytes);
    }

    /// Notes that so many rows with so many bytes were removed.
    fn take(&mut self, rows: usize, bytes: u64) {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.left.count = self.left.count.saturating_sub(rows);
        self.left.bytes = self.left.bytes.saturating_sub(bytes);
    }

    fn count(&mut self, of: Option<MemberId>, kind: Kind, tally: Tally) {
        let counted = kind(self.counted.entry(of).or_default());
        *counted = counted.plus(tally);
    }
}

impl Batch<'_> {
    /// Removes what comes first, up to the limit, unless the space is registered.
    pub(crate) fn purge(&mut self, purge: &Purge) -> Result<PurgeOutcome, BackendError> {
        let Purge {
            space,
            operator,
            apps,
            limit,
        } = purge;
        if let Some(moved) = self.operator_moved(*operator)? {
            return Ok(PurgeOutcome::JudgementMoved(moved));
        }
        let admin = operator.as_ref().map(|operator| &operator.admin);
        for registrar in admin.into_iter().chain(apps) {
            if self.registration(registrar, space)?.is_some() {
                return Ok(PurgeOutcome::Registered);
            }
        }
        // Otherwise leaves that the transaction has not written yet would be forgotten.
        self.settle()?;
        // From now on it cannot be registered.
        self.execute(
            Sql::BEGIN_PURGE,
            params![space.as_bytes(), checksum_of_purge(space)],
        )?;
        self.erases = true;
        self.cache.forget(space);
        self.newest.forget_space(space);
        for stored in &mut self.stored {
            stored.is_purged |= stored.committed.space == *space;
        }
        let mut step = Step {
            space: *space,
            left: PageLimit {
                count: limit.count.max(1),
                bytes: limit.bytes.max(1),
            },
            removed: 0,
            orphans: Vec::new(),
            counted: HashMap::new(),
        };
        self.purge_blobs(&mut step)?;
        self.purge_entries(&mut step)?;
        self.purge_messages(&mut step)?;
        self.purge_items(&mut step)?;
        self.count_down(&mut step)?;
        if step.goes_on() {
            // Before its tiles: a tree has all of them.
            let removed = self.execute(Sql::DELETE_TREE, params![space.as_bytes()])?;
            step.take(removed, 0);
        }
        // The heads go last: as long as there are any, it can be told what topics there were.
        for sql in [
            Sql::DELETE_SOME_RECEIPTS,
            Sql::DELETE_SOME_REVISIONS,
            Sql::DELETE_SOME_RESTORES,
            Sql::DELETE_SOME_TILES,
            Sql::DELETE_SOME_REFERENCES,
            Sql::DELETE_SOME_TOOL_USES,
            Sql::DELETE_SOME_USAGE,
            Sql::DELETE_SOME_HEADS,
        ] {
            if step.goes_on() {
                let limit = read::limit_of(step.left.count);
                let removed = self.execute(sql, params![space.as_bytes(), limit])?;
                step.take(removed, 0);
            }
        }
        let has_more = !step.goes_on();
        if !has_more {
            self.execute(Sql::END_PURGE, params![space.as_bytes()])?;
        }
        Ok(PurgeOutcome::Purged(Purged {
            removed: step.removed,
            orphans: step.orphans,
            has_more,
        }))
    }

    /// Blobs, each after its references, so that their objects are told.
    fn purge_blobs(&mut self, step: &mut Step) -> Result<(), BackendError> {
        let space = step.space;
        for blob in read::blobs::blobs_of(self.database, &space, step.left.count)? {
            if !step.goes_on() {
                break;
            }
            let Some(record) = read::blobs::blob(self.database, &space, &blob)? else {
                continue;
            };
            let tally = Tally::one(record.size);
            let of_blob = read::blobs::references(self.database, &space, &blob, step.left.count)?;
            for reference in of_blob {
                let member = reference.uploaded_by;
                self.execute(
                    Sql::DELETE_REFERENCE,
                    params![space.as_bytes(), blob.hash(), member.to_bytes()],
                )?;
                step.count(Some(member), |usage| &mut usage.blobs, tally);
                step.take(1, 0);
            }
            if !step.goes_on() {
                break;
            }
            let bytes = record.checksums.len() as u64;
            let orphan = self.remove_record(&space, &blob, record.object)?;
            step.orphans.extend(orphan);
            step.count(None, |usage| &mut usage.blobs, tally);
            step.removed += 1;
            step.take(1, bytes);
        }
        Ok(())
    }

    fn purge_entries(&mut self, step: &mut Step) -> Result<(), BackendError> {
        if !step.goes_on() {
            return Ok(());
        }
        let space = step.space;
        let found: Vec<Purgeable<String>> =
            read::spaces::first(self.database, Sql::FIRST_ENTRIES, &space, step.left)?;
        for Purgeable { key, member, bytes } in found {
            self.execute(Sql::DELETE_DATA, params![space.as_bytes(), key])?;
            for of in [None, Some(member)] {
                step.count(of, |usage| &mut usage.entries, Tally::one(bytes));
            }
            step.removed += 1;
            step.take(1, bytes);
        }
        Ok(())
    }

    fn purge_messages(&mut self, step: &mut Step) -> Result<(), BackendError> {
        if !step.goes_on() {
            return Ok(());
        }
        let space = step.space;
        let counted_event = self.counted_event(&space)?;
        let found: Vec<Purgeable<i64>> =
            read::spaces::first(self.database, Sql::FIRST_EVENTS, &space, step.left)?;
        for Purgeable { key, member, bytes } in found {
            self.erase_payload_of(&space, key)?;
            self.execute(Sql::DELETE_MESSAGE, params![space.as_bytes(), key])?;
            // Later ones are not in the table.
            if key <= counted_event {
                for of in [None, Some(member)] {
                    step.count(of, |usage| &mut usage.messages, Tally::one(bytes));
                }
            }
            step.removed += 1;
            step.take(1, bytes);
        }
        Ok(())
    }

    /// Takes what was removed from what is counted.
    fn count_down(&mut self, step: &mut Step) -> Result<(), BackendError> {
        for (of, removed) in std::mem::take(&mut step.counted) {
            self.change_usage(&step.space, of.as_ref(), |row| {
                let usage = &mut row.usage;
                usage.messages = usage.messages.minus(removed.messages);
                usage.entries = usage.entries.minus(removed.entries);
                usage.blobs = usage.blobs.minus(removed.blobs);
            })?;
        }
        Ok(())
    }
}
