//! Blob records and references.

use reeeductio_backend::{AddBlob, AddBlobOutcome, BackendError, RemovedBlob};
use reeeductio_proto::{BlobId, MemberId, SpaceId};
use rusqlite::params;

use super::Batch;
use crate::read;
use crate::row::{seal_blob, seal_reference};
use crate::statements::Sql;

impl Batch<'_> {
    pub(crate) fn add_blob(&mut self, add: &AddBlob) -> Result<AddBlobOutcome, BackendError> {
        if !self.tool_may(&add.space, add.tool_use)? {
            return Ok(AddBlobOutcome::ToolUsedUp);
        }
        let stored = read::blob(self.database, &add.blob)?;
        if stored.is_none() {
            self.execute(
                Sql::INSERT_BLOB,
                params![
                    add.blob.hash(),
                    add.record.object.as_str(),
                    add.record.size.cast_signed(),
                    add.record.checksums,
                    seal_blob(&add.blob, &add.record),
                ],
            )?;
        }
        self.execute(
            Sql::INSERT_REFERENCE,
            params![
                add.space.as_bytes(),
                add.blob.hash(),
                add.reference.uploaded_by.to_bytes(),
                add.reference.uploaded_at,
                seal_reference(&add.space, &add.blob, &add.reference),
            ],
        )?;
        self.count_tool_use(&add.space, add.tool_use)?;
        Ok(match stored {
            None => AddBlobOutcome::Stored,
            Some(_) => AddBlobOutcome::StoredBefore,
        })
    }

    pub(crate) fn remove_blob_references(
        &mut self,
        space: &SpaceId,
        blob: &BlobId,
        uploaded_by: Option<&MemberId>,
    ) -> Result<RemovedBlob, BackendError> {
        let references = match uploaded_by {
            Some(member) => self.execute(
                Sql::DELETE_REFERENCE,
                params![space.as_bytes(), blob.hash(), member.to_bytes()],
            )?,
            None => self.execute(
                Sql::DELETE_REFERENCES,
                params![space.as_bytes(), blob.hash()],
            )?,
        };
        self.removed(blob, references)
    }

    pub(crate) fn remove_blob(&mut self, blob: &BlobId) -> Result<RemovedBlob, BackendError> {
        let references = self.execute(Sql::DELETE_ALL_REFERENCES, params![blob.hash()])?;
        self.removed(blob, references)
    }

    /// Removes the record with its last reference.
    fn removed(&mut self, blob: &BlobId, references: usize) -> Result<RemovedBlob, BackendError> {
        let mut orphan = None;
        if !read::any_reference(self.database, blob)? {
            orphan = read::blob(self.database, blob)?.map(|record| record.object);
            self.execute(Sql::DELETE_BLOB, params![blob.hash()])?;
        }
        Ok(RemovedBlob {
            references: references as u64,
            orphan,
        })
    }
}
