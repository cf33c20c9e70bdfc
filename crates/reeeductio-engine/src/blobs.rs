//! Blobs: streamed in and out, hashed while streaming, never whole in memory.

mod checksums;
mod download;
mod upload;

pub use checksums::BlobChecksums;
pub use download::{ByteRange, Download};
pub use upload::Upload;

use reeeductio_proto::{BlobId, ErrorCode};

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::Refusal;

/// Bytes covered by one corruption checksum; nothing is served before its chunk was checked.
const CHUNK: u64 = 1 << 20;

impl Engine {
    /// Removes the caller's reference to a blob, or all of the space's if the caller owns the space.
    /// The bytes go with the last reference.
    pub async fn delete_blob(&self, caller: &SpaceMember, id: &str) -> Result<(), Refusal> {
        let id = parse_id(id)?;
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
                    "A blob is deleted by a member who uploaded it or by the owner of the space.",
                ));
            }
        };
        let removed = self
            .records
            .remove_blob_references(caller.space_id(), id, whose)
            .await?;
        if let Some(object) = removed.orphan {
            self.blobs.delete(&object).await?;
        }
        Ok(())
    }
}

pub(crate) fn parse_id(id: &str) -> Result<BlobId, Refusal> {
    BlobId::parse(id)
        .map_err(|error| Refusal::new(ErrorCode::BlobInvalidId, format!("blob_id: {error}")))
}

/// The same whether the blob is nowhere or only in other spaces: existence there is nobody's business.
fn not_found() -> Refusal {
    Refusal::new(
        ErrorCode::BlobNotFound,
        "There is no such blob in this space.",
    )
}
