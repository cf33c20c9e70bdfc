//! Blobs: streamed in and out, hashed while streaming, never whole in memory.

mod checksums;
mod download;
mod upload;

pub use checksums::BlobChecksums;
pub use download::{ByteRange, Download};
pub use upload::Upload;

use reeeductio_backend::{
    Judged, Moved, ObjectName, Operator, RemoveBlob, RemoveBlobOutcome, ToolUse,
};
use reeeductio_proto::{BlobId, ErrorCode, SpaceId};

use crate::append::tool_use;
use crate::caller::SpaceMember;
use crate::engine::{ATTEMPTS, Engine, contended};
use crate::refusal::Refusal;

/// Bytes covered by one corruption checksum; nothing is served before its chunk was checked.
const CHUNK: u64 = 1 << 20;

impl Engine {
    /// Removes the caller's reference to a blob, or all of the space's if the caller owns the space.
    /// The bytes go with the last reference.
    pub async fn delete_blob(&self, caller: &SpaceMember, id: &str) -> Result<(), Refusal> {
        let id = parse_id(id)?;
        for _ in 0..ATTEMPTS {
            match self.delete_blob_once(caller, id).await? {
                None => return Ok(()),
                Some(moved) => caller.catch_up(moved).await?,
            }
        }
        Err(contended())
    }

    /// One judgement; why, if it does not stand any more.
    async fn delete_blob_once(
        &self,
        caller: &SpaceMember,
        id: BlobId,
    ) -> Result<Option<Moved>, Refusal> {
        let judged = self.admit_to_blobs(caller).await?.judged;
        let references = self.records.blob_references(caller.space_id(), id).await?;
        if references.is_empty() {
            return Err(not_found());
        }
        let mine = references
            .iter()
            .any(|reference| reference.uploaded_by == caller.id);
        let whose = match (caller.is_owner(), mine) {
            (true, _) => None,
            (false, true) => Some(caller.id),
            (false, false) => {
                return Err(Refusal::new(
                    ErrorCode::PermissionDenied,
                    "Only the member who uploaded the blob or the owner of the space may delete it.",
                ));
            }
        };
        let remove = RemoveBlob {
            space: caller.space_id(),
            blob: id,
            uploaded_by: whose,
            judged: Some(judged),
            operator: None,
        };
        match self.records.remove_blob(remove).await? {
            RemoveBlobOutcome::JudgementMoved(moved) => Ok(Some(moved)),
            RemoveBlobOutcome::Removed { orphan, .. } => {
                self.delete_object(orphan).await?;
                Ok(None)
            }
        }
    }

    /// Removes all references of a space by the operator's judgement, and the bytes with the last.
    pub(crate) async fn remove_blob(
        &self,
        space: SpaceId,
        blob: BlobId,
        operator: Operator,
    ) -> Result<Removal, Refusal> {
        let remove = RemoveBlob {
            space,
            blob,
            uploaded_by: None,
            judged: None,
            operator: Some(operator),
        };
        match self.records.remove_blob(remove).await? {
            RemoveBlobOutcome::JudgementMoved(moved) => Ok(Removal::JudgementMoved(moved)),
            RemoveBlobOutcome::Removed { references, orphan } => {
                self.delete_object(orphan).await?;
                Ok(Removal::Done(references))
            }
        }
    }

    async fn delete_object(&self, object: Option<ObjectName>) -> Result<(), Refusal> {
        if let Some(object) = object {
            self.blobs.delete(&object).await?;
        }
        Ok(())
    }

    /// Checks that the member may store and remove blobs now, as it could when it began.
    async fn admit_to_blobs(&self, caller: &SpaceMember) -> Result<Admitted, Refusal> {
        let authority = caller.space.authority().await?;
        Ok(Admitted {
            judged: caller.judged_by(&authority, self.now())?,
            tool_use: tool_use(caller, authority.view.tool_limits(&caller.id).as_ref()),
        })
    }
}

/// Outcome of a removal by the operator.
pub(crate) enum Removal {
    /// So many references were removed.
    Done(u64),
    /// The judgement does not stand any more: nothing was removed.
    JudgementMoved(Moved),
}

/// Conditions under which a write of blobs may be stored.
struct Admitted {
    judged: Judged,
    tool_use: Option<ToolUse>,
}

pub(crate) fn parse_id(id: &str) -> Result<BlobId, Refusal> {
    BlobId::parse(id).map_err(|error| Refusal::field(ErrorCode::BlobInvalidId, "blob_id", error))
}

/// The same whether the blob is nowhere or only in other spaces: existence there is nobody's business.
fn not_found() -> Refusal {
    Refusal::new(
        ErrorCode::BlobNotFound,
        "There is no such blob in this space.",
    )
}
