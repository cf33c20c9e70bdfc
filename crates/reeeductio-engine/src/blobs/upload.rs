//! One upload in progress.

use std::sync::Arc;

use bytes::Bytes;
use reeeductio_backend::{
    AddBlob, AddBlobOutcome, BackendError, BlobRecord, BlobReference, BlobWriter, Blobs, Growth,
    ObjectName, Tally, ToolUse, Usage,
};
use reeeductio_proto::{BlobId, ErrorCode, SpaceId};
use sha2::{Digest, Sha256};

use super::{BlobChecksums, parse_id};
use crate::append::tool_used_up;
use crate::caller::SpaceMember;
use crate::engine::{ATTEMPTS, Engine, contended};
use crate::quota::{Kind, over_quota, quotas_of};
use crate::refusal::Refusal;
use crate::sweep::Claim;

/// One upload in progress. Dropping it discards what was written.
pub struct Upload {
    id: BlobId,
    object: ObjectName,
    blobs: Arc<dyn Blobs>,
    writer: Box<dyn BlobWriter>,
    hasher: Sha256,
    size: u64,
    max_size: u64,
    checksums: BlobChecksums,
    claim: Claim,
}

impl Engine {
    /// Starts an upload. `size` is the length the client announced, if it did. Any member may upload.
    pub async fn upload_blob(
        &self,
        caller: &SpaceMember,
        id: &str,
        size: Option<u64>,
    ) -> Result<Upload, Refusal> {
        let id = parse_id(id)?;
        let max_size = self.config.limits.blob;
        self.check_blob_size(size)?;
        // Decided for good with the reference; asked here so that nothing is sent in vain.
        let admitted = self.admit_to_blobs(caller).await?;
        if let Err(refusal) = self
            .check_before_upload(caller, Some(id), admitted.tool_use, size)
            .await
        {
            // A repeated upload costs nothing: the answer to the first may have been lost.
            if !self.has_uploaded(caller, id).await? {
                return Err(refusal);
            }
        }
        let object = self.object_name(caller.space_id(), id)?;
        let claim = self.claims.claim(&object);
        let writer = self.blobs.begin(&object).await?;
        Ok(Upload {
            id,
            object,
            blobs: Arc::clone(&self.blobs),
            writer,
            hasher: Sha256::new(),
            size: 0,
            max_size,
            checksums: BlobChecksums::default(),
            claim,
        })
    }

    /// Refuses what an upload of `size` bytes that are not stored yet would be refused for now. The client asks before it
    /// reads a long file, when it does not know the id.
    pub async fn check_upload(&self, caller: &SpaceMember, size: u64) -> Result<(), Refusal> {
        self.check_blob_size(Some(size))?;
        let tool_use = self.admit_to_blobs(caller).await?.tool_use;
        self.check_before_upload(caller, None, tool_use, Some(size))
            .await
    }

    fn check_blob_size(&self, size: Option<u64>) -> Result<(), Refusal> {
        let max_size = self.config.limits.blob;
        if size.is_some_and(|size| size > max_size) {
            return Err(too_large(max_size));
        }
        Ok(())
    }

    /// Returns whether the blob is stored and this member refers to it.
    async fn has_uploaded(&self, caller: &SpaceMember, id: BlobId) -> Result<bool, Refusal> {
        let space = caller.space_id();
        if self.records.blob(space, id).await?.is_none() {
            return Ok(false);
        }
        let references = self.records.blob_references(space, id).await?;
        Ok(references
            .iter()
            .any(|reference| reference.uploaded_by == caller.id))
    }

    /// Checks the tool's uses and the quotas. Without an id the blob is taken for one that the space does not have.
    async fn check_before_upload(
        &self,
        caller: &SpaceMember,
        id: Option<BlobId>,
        tool_use: Option<ToolUse>,
        size: Option<u64>,
    ) -> Result<(), Refusal> {
        if let Some(ToolUse {
            tool,
            limit: Some(limit),
        }) = tool_use
            && self.records.tool_uses(caller.space_id(), tool).await? >= limit
        {
            return Err(tool_used_up());
        }
        let quotas = quotas_of(caller, self.config.limits.storage.blobs);
        if quotas.space.is_unlimited() && quotas.member.is_unlimited() {
            return Ok(());
        }
        let space = caller.space_id();
        let added = Tally::one(size.unwrap_or_default());
        let of_member = self.records.usage(space, Some(caller.id)).await?;
        let of_space = self.records.usage(space, None).await?;
        // A blob that the space has adds nothing to it.
        let is_stored = match id {
            Some(id) => self.records.blob(space, id).await?.is_some(),
            None => false,
        };
        let space_added = if is_stored { Tally::default() } else { added };
        let growth = |usage: Usage, added| Growth {
            before: usage.blobs,
            after: usage.blobs.plus(added),
        };
        quotas
            .check(growth(of_space, space_added), growth(of_member, added))
            .map_err(|over| over_quota(Kind::Blob, over))
    }

    /// Compares the bytes with the id, makes them durable and records the reference. Returns the size.
    pub async fn finish_upload(
        &self,
        caller: &SpaceMember,
        upload: Upload,
    ) -> Result<u64, Refusal> {
        let Upload {
            id,
            object,
            blobs,
            writer,
            hasher,
            size,
            checksums,
            // Until the object is recorded, or gone.
            claim: _claim,
            ..
        } = upload;
        let actual = BlobId::from_hash(hasher.finalize().into());
        if actual != id {
            writer.abort().await?;
            return Err(Refusal::field(
                ErrorCode::BlobIdMismatch,
                "blob_id",
                format!(
                    "the content is {actual}. Send exactly the bytes the id was computed from."
                ),
            ));
        }
        // Rights may have gone while the bytes came.
        if let Err(refusal) = self.admit_to_blobs(caller).await {
            writer.abort().await?;
            return Err(refusal);
        }
        writer.finish().await?;
        let record = BlobRecord {
            object: object.clone(),
            size,
            checksums: checksums.finish(),
        };
        // After an error the record may be there all the same: then the object must be, and if not, the sweeper
        // removes it.
        let recorded = self.record_blob(caller, id, record).await?;
        if !matches!(recorded, Ok(AddBlobOutcome::Stored)) {
            blobs.delete(&object).await?;
        }
        match recorded? {
            AddBlobOutcome::Stored | AddBlobOutcome::StoredBefore => Ok(size),
            AddBlobOutcome::OverQuota(over) => Err(over_quota(Kind::Blob, over)),
            AddBlobOutcome::ToolUsedUp => Err(tool_used_up()),
            AddBlobOutcome::JudgementMoved(_) => Err(contended()),
        }
    }

    /// Records a blob by the rights the uploader has now. The inner result is for certain; after an error of the store
    /// the blob is recorded or is not.
    async fn record_blob(
        &self,
        caller: &SpaceMember,
        blob: BlobId,
        record: BlobRecord,
    ) -> Result<Result<AddBlobOutcome, Refusal>, BackendError> {
        for _ in 0..ATTEMPTS {
            let admitted = match self.admit_to_blobs(caller).await {
                Ok(admitted) => admitted,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let add = AddBlob {
                space: caller.space_id(),
                blob,
                record: record.clone(),
                reference: BlobReference {
                    uploaded_by: caller.id,
                    uploaded_at: self.now(),
                },
                judged: Some(admitted.judged),
                tool_use: admitted.tool_use,
                quotas: quotas_of(caller, self.config.limits.storage.blobs),
            };
            match self.records.add_blob(add).await? {
                AddBlobOutcome::JudgementMoved(moved) => {
                    if let Err(refusal) = caller.catch_up(moved).await {
                        return Ok(Err(refusal));
                    }
                }
                decided => return Ok(Ok(decided)),
            }
        }
        Ok(Err(contended()))
    }

    /// The space's and the blob's id with a suffix of this upload's own: see [`ObjectName`].
    fn object_name(&self, space: SpaceId, id: BlobId) -> Result<ObjectName, Refusal> {
        let mut suffix = [0; 8];
        self.rng.fill(&mut suffix)?;
        ObjectName::parse(&format!("{space}.{id}.{:016x}", u64::from_be_bytes(suffix)))
            .ok_or_else(|| Refusal::new(ErrorCode::Internal, "blob id is not a valid object name"))
    }
}

impl Upload {
    /// Takes the next bytes.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), Refusal> {
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > self.max_size {
            return Err(too_large(self.max_size));
        }
        self.hasher.update(&bytes);
        self.checksums.update(&bytes);
        Ok(self.writer.write(bytes).await?)
    }
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("id", &self.id)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

fn too_large(limit: u64) -> Refusal {
    Refusal::new(
        ErrorCode::BlobTooLarge,
        format!("The blob is larger than the {limit} bytes this server accepts."),
    )
}
