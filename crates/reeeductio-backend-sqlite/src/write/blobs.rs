//! Blob records and references.

use reeeductio_backend::{
    AddBlob, AddBlobOutcome, BackendError, ObjectName, RemoveBlob, RemoveBlobOutcome, Tally,
};
use reeeductio_proto::{BlobId, SpaceId};
use rusqlite::params;

use super::Batch;
use super::usage::Kind;
use crate::read;
use crate::row::{checksum_of_blob, checksum_of_reference};
use crate::statements::Sql;

const BLOBS: Kind = |usage| &mut usage.blobs;

impl Batch<'_> {
    pub(crate) fn add_blob(&mut self, add: &AddBlob) -> Result<AddBlobOutcome, BackendError> {
        let AddBlob {
            space,
            blob,
            record,
            reference,
            judged,
            tool_use,
            quotas,
        } = add;
        if let Some(moved) = self.judgement_moved(space, *judged)? {
            return Ok(AddBlobOutcome::JudgementMoved(moved));
        }
        let member = reference.uploaded_by;
        let stored = read::blobs::blob(self.database, space, blob)?;
        let references = read::blobs::references(self.database, space, blob, usize::MAX)?;
        let referenced = references.iter().any(|there| there.uploaded_by == member);
        if stored.is_some() && referenced {
            return Ok(AddBlobOutcome::StoredBefore);
        }
        if !self.tool_may(space, *tool_use, 1)? {
            return Ok(AddBlobOutcome::ToolUsedUp);
        }
        let (none, tally) = (Tally::default(), Tally::one(record.size));
        let of_space = if stored.is_some() { none } else { tally };
        let of_member = if referenced { none } else { tally };
        let allowed = self.check_quotas(
            space,
            &member,
            BLOBS,
            quotas,
            (of_space, none),
            (of_member, none),
        )?;
        if let Err(over) = allowed {
            return Ok(AddBlobOutcome::OverQuota(over));
        }
        if stored.is_none() {
            self.execute(
                Sql::INSERT_BLOB,
                params![
                    space.as_bytes(),
                    blob.hash(),
                    record.object.as_str(),
                    record.size.cast_signed(),
                    record.checksums,
                    checksum_of_blob(space, blob, record),
                ],
            )?;
        }
        if !referenced {
            self.execute(
                Sql::INSERT_REFERENCE,
                params![
                    space.as_bytes(),
                    blob.hash(),
                    member.to_bytes(),
                    reference.uploaded_at,
                    checksum_of_reference(space, blob, reference),
                ],
            )?;
        }
        self.count(space, None, BLOBS, of_space, none)?;
        self.count(space, Some(&member), BLOBS, of_member, none)?;
        self.count_tool_use(space, *tool_use, 1)?;
        Ok(match stored {
            None => AddBlobOutcome::Stored,
            Some(_) => AddBlobOutcome::StoredBefore,
        })
    }

    pub(crate) fn remove_blob(
        &mut self,
        remove: &RemoveBlob,
    ) -> Result<RemoveBlobOutcome, BackendError> {
        let RemoveBlob {
            space,
            blob,
            uploaded_by,
            judged,
            operator,
        } = remove;
        if let Some(moved) = self.judgement_moved(space, *judged)? {
            return Ok(RemoveBlobOutcome::JudgementMoved(moved));
        }
        if let Some(moved) = self.operator_moved(*operator)? {
            return Ok(RemoveBlobOutcome::JudgementMoved(moved));
        }
        let record = read::blobs::blob(self.database, space, blob)?;
        let (none, tally) = (
            Tally::default(),
            record
                .as_ref()
                .map_or(Tally::default(), |record| Tally::one(record.size)),
        );
        let all = read::blobs::references(self.database, space, blob, usize::MAX)?;
        let (going, staying): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|there| uploaded_by.is_none_or(|by| by == there.uploaded_by));
        for reference in &going {
            let member = reference.uploaded_by;
            self.execute(
                Sql::DELETE_REFERENCE,
                params![space.as_bytes(), blob.hash(), member.to_bytes()],
            )?;
            self.count(space, Some(&member), BLOBS, none, tally)?;
        }
        let mut orphan = None;
        if let Some(record) = record
            && staying.is_empty()
        {
            orphan = self.remove_record(space, blob, record.object)?;
            self.count(space, None, BLOBS, none, tally)?;
        }
        Ok(RemoveBlobOutcome::Removed {
            references: going.len() as u64,
            orphan,
        })
    }

    /// Removes a record and returns its object, unless another record names it.
    pub(super) fn remove_record(
        &mut self,
        space: &SpaceId,
        blob: &BlobId,
        object: ObjectName,
    ) -> Result<Option<ObjectName>, BackendError> {
        self.execute(Sql::DELETE_BLOB, params![space.as_bytes(), blob.hash()])?;
        let named = read::blobs::is_named(self.database, &object)?;
        Ok((!named).then_some(object))
    }
}
