//! One upload in progress.

use std::sync::Arc;

use bytes::Bytes;
use reeeductio_backend::{
    AddBlob, AddBlobOutcome, BlobRecord, BlobReference, BlobWriter, Blobs, ObjectName, ToolUse,
};
use reeeductio_proto::{BlobId, ErrorCode};
use sha2::{Digest, Sha256};

use super::{BlobChecksums, parse_id};
use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::messages::{tool_use, tool_used_up};
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
    tool_use: Option<ToolUse>,
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
        if size.is_some_and(|size| size > max_size) {
            return Err(too_large(max_size));
        }
        let tool_use = {
            let authority = caller.space.authority(self.records.as_ref()).await?;
            tool_use(caller, authority.view.tool_limits(&caller.id).as_ref())
        };
        if let Some(ToolUse {
            tool,
            limit: Some(limit),
        }) = tool_use
        {
            // Decided for good with the reference; asked here so that nothing is sent in vain.
            if self.records.tool_uses(caller.space_id(), tool).await? >= limit {
                return Err(tool_used_up());
            }
        }
        let object = self.object_name(id)?;
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
            tool_use,
            claim,
        })
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
            tool_use,
            // Until the object is recorded, or gone.
            claim: _claim,
            ..
        } = upload;
        let actual = BlobId::from_hash(hasher.finalize().into());
        if actual != id {
            writer.abort().await?;
            return Err(Refusal::new(
                ErrorCode::BlobIdMismatch,
                format!(
                    "blob_id: the content is {actual}. Send exactly the bytes the id was computed from."
                ),
            ));
        }
        writer.finish().await?;
        let add = AddBlob {
            space: caller.space_id(),
            blob: id,
            record: BlobRecord {
                object: object.clone(),
                size,
                checksums: checksums.finish(),
            },
            reference: BlobReference {
                uploaded_by: caller.id,
                uploaded_at: self.now(),
            },
            tool_use,
        };
        match self.records.add_blob(add).await? {
            AddBlobOutcome::Stored => Ok(size),
            AddBlobOutcome::StoredBefore => {
                blobs.delete(&object).await?;
                Ok(size)
            }
            AddBlobOutcome::ToolUsedUp => {
                blobs.delete(&object).await?;
                Err(tool_used_up())
            }
        }
    }

    /// The blob's id with a suffix of this upload's own: see [`ObjectName`].
    fn object_name(&self, id: BlobId) -> Result<ObjectName, Refusal> {
        let mut suffix = [0; 8];
        self.rng.fill(&mut suffix)?;
        ObjectName::parse(&format!("{id}.{:016x}", u64::from_be_bytes(suffix)))
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
