//! Blob records and references.

use reeeductio_backend::{AddBlob, AddBlobOutcome, BackendError, RemovedBlob};
use reeeductio_proto::{BlobId, MemberId, SpaceId};
use rusqlite::{OptionalExtension, params};

use super::Batch;
use crate::failure::failure;
use crate::read;
use crate::row::{seal_blob, seal_reference};

impl Batch<'_> {
    pub(crate) fn add_blob(&mut self, add: &AddBlob) -> Result<AddBlobOutcome, BackendError> {
        if !self.tool_may(&add.space, add.tool_use)? {
            return Ok(AddBlobOutcome::ToolUsedUp);
        }
        let stored = read::blob(self.connection(), &add.blob)?;
        if stored.is_none() {
            self.execute(
                "INSERT INTO blobs (blob_id, object, size, checksums, checksum) VALUES (?1, ?2, ?3, ?4, ?5)",
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
            "INSERT INTO blob_references (space_id, blob_id, uploaded_by, uploaded_at, checksum) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
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
                "DELETE FROM blob_references WHERE space_id = ?1 AND blob_id = ?2 AND uploaded_by = ?3",
                params![space.as_bytes(), blob.hash(), member.to_bytes()],
            )?,
            None => self.execute(
                "DELETE FROM blob_references WHERE space_id = ?1 AND blob_id = ?2",
                params![space.as_bytes(), blob.hash()],
            )?,
        };
        self.removed(blob, references)
    }

    pub(crate) fn remove_blob(&mut self, blob: &BlobId) -> Result<RemovedBlob, BackendError> {
        let references = self.execute(
            "DELETE FROM blob_references WHERE blob_id = ?1",
            params![blob.hash()],
        )?;
        self.removed(blob, references)
    }

    /// Removes the record with its last reference.
    fn removed(&mut self, blob: &BlobId, references: usize) -> Result<RemovedBlob, BackendError> {
        let left = self
            .connection()
            .prepare_cached("SELECT 1 FROM blob_references WHERE blob_id = ?1 LIMIT 1")
            .and_then(|mut statement| {
                statement
                    .query_row([blob.hash()], |row| row.get::<_, i64>(0))
                    .optional()
            })
            .map_err(failure("count blob references"))?;
        let mut orphan = None;
        if left.is_none() {
            orphan = read::blob(self.connection(), blob)?.map(|record| record.object);
            self.execute("DELETE FROM blobs WHERE blob_id = ?1", params![blob.hash()])?;
        }
        Ok(RemovedBlob {
            references: references as u64,
            orphan,
        })
    }
}
