//! Blobs: bytes by their hash.

mod check;
#[cfg(not(target_arch = "wasm32"))]
mod file;
mod pieces;
mod presigned;
mod progress;
mod resume;
mod upload;

use std::fmt;
use std::io;

use bytes::Bytes;
use futures_util::StreamExt as _;
use reeeductio_core::{BlobHasher, BlobKey, Key, NONCE_LENGTH, SealedBlob, TAG_LENGTH};
use reeeductio_proto::BlobId;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

pub use pieces::BlobPieces;
pub use progress::Transferred;
pub use upload::UploadedBlob;

use super::Space;
use crate::answer::accepted;
use crate::error::ClientError;
use crate::platform::{BoxStream, MaybeSend, random};
use crate::transport::TransportError;

/// Bytes read and sent at a time.
const CHUNK: usize = 256 << 10;
/// Bytes of a sealed blob that are not content.
const SEAL: u64 = (NONCE_LENGTH + TAG_LENGTH) as u64;
/// The longest blob that is given in one piece.
const LONGEST_IN_MEMORY: usize = if cfg!(target_arch = "wasm32") {
    256 << 20
} else {
    1 << 30
};

/// The blobs of a space. Clones share everything.
#[derive(Clone, Debug)]
pub struct Blobs(pub(super) Space);

impl Blobs {
    /// Uploads bytes as they are. Uploading bytes that are there already succeeds.
    pub async fn upload(&self, bytes: impl Into<Bytes>) -> Result<BlobId, ClientError> {
        let bytes = bytes.into();
        let id = BlobId::of(&bytes);
        self.0.put_blob(id, bytes).await?;
        Ok(id)
    }

    /// Seals bytes with a key of their own and uploads them. Keep the id and the key: both are needed to
    /// read the blob, and only the id is known to the server.
    pub async fn upload_sealed(&self, plain: &[u8]) -> Result<(BlobId, BlobKey), ClientError> {
        let sealed = SealedBlob::seal(Key::new(random()?), random::<NONCE_LENGTH>()?, plain)?;
        self.0.put_blob(sealed.id, sealed.bytes.into()).await?;
        Ok((sealed.id, sealed.key))
    }

    /// Begins to download a blob as it is stored.
    pub async fn download(&self, id: &BlobId) -> Result<BlobDownload, ClientError> {
        let response = accepted(self.0.get_blob(id, None).await?).await?;
        Ok(BlobDownload {
            id: *id,
            length: response.length,
            hasher: Some(BlobHasher::default()),
            body: response.body,
        })
    }

    /// Downloads a blob, compares it with its id and opens it.
    pub async fn download_sealed(
        &self,
        id: &BlobId,
        key: &BlobKey,
    ) -> Result<Vec<u8>, ClientError> {
        let bytes = self.download(id).await?.bytes().await?;
        Ok(SealedBlob::open(key, &bytes)?)
    }

    /// Removes a blob from the space: one's own upload, or as the owner anyone's.
    pub async fn delete(&self, id: &BlobId) -> Result<(), ClientError> {
        self.0.connection().delete(&format!("blobs/{id}")).await
    }
}

/// A blob on its way. Its bytes are proven only when the end is reached: until then do not act on them.
pub struct BlobDownload {
    id: BlobId,
    length: Option<u64>,
    /// `None` after the end.
    hasher: Option<BlobHasher>,
    body: BoxStream<'static, Result<Bytes, TransportError>>,
}

impl BlobDownload {
    /// How many bytes there are, where the server says it.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next bytes; `None` when all came and their hash is the blob's id.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        let Some(hasher) = &mut self.hasher else {
            return Ok(None);
        };
        if let Some(chunk) = self.body.next().await {
            let chunk = chunk?;
            hasher.update(&chunk);
            return Ok(Some(chunk));
        }
        let computed = self.hasher.take().map(BlobHasher::finish);
        if computed == Some(self.id) {
            Ok(None)
        } else {
            Err(ClientError::BlobMismatch(self.id))
        }
    }

    /// All bytes, proven: at most 1 GiB, in WebAssembly 256 MiB. Write longer ones to a file.
    pub async fn bytes(self) -> Result<Vec<u8>, ClientError> {
        self.collect(|_| {}).await
    }

    /// [`bytes`](Self::bytes), saying how far they are.
    pub async fn collect(
        mut self,
        mut progress: impl FnMut(Transferred) + MaybeSend,
    ) -> Result<Vec<u8>, ClientError> {
        let total = self.length;
        // A server may send without end, whatever it has said.
        let too_long = || TransportError::TooLong(LONGEST_IN_MEMORY);
        if total.is_some_and(|total| total > LONGEST_IN_MEMORY as u64) {
            return Err(too_long().into());
        }
        let mut whole = Vec::new();
        while let Some(chunk) = self.next().await? {
            if whole.len() + chunk.len() > LONGEST_IN_MEMORY {
                return Err(too_long().into());
            }
            whole.try_reserve(chunk.len()).map_err(|_| too_long())?;
            whole.extend_from_slice(&chunk);
            progress(Transferred {
                bytes: whole.len() as u64,
                total,
            });
        }
        Ok(whole)
    }

    /// Writes all bytes and returns how many there were. After an error, discard what was written.
    pub async fn write_to(
        mut self,
        target: &mut (impl AsyncWrite + Unpin),
    ) -> Result<u64, ClientError> {
        let failed = |error: io::Error| ClientError::argument("target", error);
        let mut written = 0;
        while let Some(chunk) = self.next().await? {
            target.write_all(&chunk).await.map_err(failed)?;
            written += chunk.len() as u64;
        }
        target.flush().await.map_err(failed)?;
        Ok(written)
    }
}

impl fmt::Debug for BlobDownload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobDownload")
            .field("id", &self.id)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
