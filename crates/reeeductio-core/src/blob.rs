//! Sealed blobs: each has a random key of its own (wire.md 6).

use reeeductio_proto::BlobId;

use crate::keys::Key;
use crate::seal::{NONCE_LENGTH, OpenError, open, seal};

/// The key of one blob; whoever has it and the id reads the blob.
pub type BlobKey = Key;

/// A blob ready to be uploaded.
#[derive(Debug)]
pub struct SealedBlob {
    /// Its id: the hash of `bytes`.
    pub id: BlobId,
    /// What the server stores.
    pub bytes: Vec<u8>,
    /// What it must not see.
    pub key: BlobKey,
}

impl SealedBlob {
    /// Seals `plain` with a fresh random key and nonce.
    pub fn seal(key: [u8; 32], nonce: [u8; NONCE_LENGTH], plain: &[u8]) -> Self {
        let key = Key::new(key);
        let bytes = seal(&key, nonce, plain);
        Self {
            id: BlobId::of(&bytes),
            bytes,
            key,
        }
    }

    /// Opens downloaded bytes, whose hash the caller has compared with the id.
    pub fn open(key: &BlobKey, bytes: &[u8]) -> Result<Vec<u8>, OpenError> {
        open(key, bytes)
    }
}
