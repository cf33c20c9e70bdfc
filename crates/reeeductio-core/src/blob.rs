//! Blobs: ids of streamed bytes and the keys of sealed ones (wire.md 6).

use reeeductio_proto::BlobId;
use sha2::{Digest, Sha256};

use crate::seal::{Nonce, OpenError, SealError, SealingKey};
use crate::secret::secret;

secret! {
    /// The key of one sealed blob, made for it alone. Whoever should read the blob needs id and key.
    BlobKey
}

impl BlobKey {
    /// Seals content for upload; the blob's id is that of the result.
    pub fn seal(&self, nonce: Nonce, content: &[u8]) -> Result<Vec<u8>, SealError> {
        self.sealing_key().seal(nonce, content, b"")
    }

    /// Opens a downloaded blob.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        self.sealing_key().open(sealed, b"")
    }

    fn sealing_key(&self) -> SealingKey {
        SealingKey::from_bytes(self.expose())
    }
}

/// Computes the id of bytes that arrive in pieces.
///
/// ```
/// let mut hasher = reeeductio_core::BlobHasher::default();
/// hasher.update(b"hel");
/// hasher.update(b"lo");
/// assert_eq!(hasher.finish(), reeeductio_proto::BlobId::of(b"hello"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct BlobHasher(Sha256);

impl BlobHasher {
    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The id.
    pub fn finish(self) -> BlobId {
        BlobId::from_hash(self.0.finalize().into())
    }
}
