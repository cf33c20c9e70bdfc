//! Copying a blob's bytes into the target, a piece at a time.

use std::io::Read;
use std::path::Path;

use bytes::Bytes;
use reeeductio_backend::{BackendError, BlobRecord, Blobs, ObjectName};
use reeeductio_engine::BlobChecksums;
use reeeductio_proto::{BlobId, SpaceId};
use sha2::{Digest as _, Sha256};

use crate::error::ImportError;

/// Bytes in memory at a time.
const PIECE: usize = 1 << 20;

/// Copies the bytes, and keeps them if `id` is their hash; otherwise returns what is.
///
/// The object's name follows from the id, so that what an interrupted import left is written over by the
/// next one. Nothing else may be at work in the target, so no two uploads can meet under that name.
pub(super) async fn store(
    blobs: &dyn Blobs,
    space: SpaceId,
    id: BlobId,
    bytes: &mut dyn Read,
) -> Result<Result<BlobRecord, BlobId>, ImportError> {
    let object = ObjectName::parse(&format!("{space}.{id}.import"))
        .ok_or_else(|| BackendError::unavailable("name an object", id.to_string()))?;
    let mut writer = blobs.begin(&object).await?;
    let mut hasher = Sha256::new();
    let mut checksums = BlobChecksums::default();
    let mut size = 0;
    loop {
        let mut piece = Vec::new();
        let read = bytes
            .take(PIECE as u64)
            .read_to_end(&mut piece)
            .map_err(ImportError::file(Path::new(&id.to_string())));
        let piece = match read {
            Ok(0) => break,
            Ok(_) => Bytes::from(piece),
            Err(error) => {
                writer.abort().await?;
                return Err(error);
            }
        };
        hasher.update(&piece);
        checksums.update(&piece);
        size += piece.len() as u64;
        writer.write(piece).await?;
    }
    let actual = BlobId::from_hash(hasher.finalize().into());
    if actual != id {
        writer.abort().await?;
        return Ok(Err(actual));
    }
    writer.finish().await?;
    Ok(Ok(BlobRecord {
        object,
        size,
        checksums: checksums.finish(),
    }))
}
