//! Blobs: ids of streamed bytes, and sealing with a random key for each (wire.md 6).

use reeeductio_proto::BlobId;
use sha2::{Digest, Sha256};

use crate::keys::Key;
use crate::seal::{NONCE_LENGTH, OpenError, SealError, open, seal};

/// The key of one blob; with it and the id, anyone can read the blob.
pub type BlobKey = Key;

/// A blob ready to be uploaded.
#[derive(Debug)]
pub struct SealedBlob {
    /// Its id: the hash of `bytes`.
    pub id: BlobId,
    /// The sealed bytes, which the server stores.
    pub bytes: Vec<u8>,
    /// The key, which the server must not see.
    pub key: BlobKey,
}

impl SealedBlob {
    /// Seals `plain` with a fresh random key and nonce.
    pub fn seal(key: BlobKey, nonce: [u8; NONCE_LENGTH], plain: &[u8]) -> Result<Self, SealError> {
        let bytes = seal(&key, nonce, plain)?;
        Ok(Self {
            id: BlobId::of(&bytes),
            bytes,
            key,
        })
    }

    /// Opens downloaded bytes, whose hash the caller has compared with the id.
    pub fn open(key: &BlobKey, bytes: &[u8]) -> Result<Vec<u8>, OpenError> {
        open(key, bytes)
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
