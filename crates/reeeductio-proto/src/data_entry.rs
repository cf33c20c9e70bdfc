//! Data entries: what is signed (wire.md 5).

use crate::id::{MemberId, SpaceId};
use crate::path::DataPath;
use crate::signature::{PublicKey, Signature, SignatureError};

/// The value at a data path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DataEntry {
    /// The path; not part of the JSON.
    pub path: DataPath,
    /// Base64 text, exactly as it was sent; empty is a tombstone.
    pub data: String,
    /// Ed25519 over [`signed_bytes`].
    pub signature: Signature,
    /// The member that signed it.
    pub signed_by: MemberId,
    /// When, Unix milliseconds by the signer's clock.
    pub signed_at: i64,
}

/// The bytes a data entry's signature covers: `space|path|data|signed_at`.
pub fn signed_bytes(space: &SpaceId, path: &DataPath, data: &str, signed_at: i64) -> Vec<u8> {
    format!("{space}|{path}|{data}|{signed_at}").into_bytes()
}

impl DataEntry {
    /// Checks the signature.
    pub fn verify(&self, space: &SpaceId, key: &PublicKey) -> Result<(), SignatureError> {
        let bytes = signed_bytes(space, &self.path, &self.data, self.signed_at);
        key.verify(&bytes, &self.signature)
    }

    /// [`verify`](Self::verify) with the key that the signer's id is.
    pub fn verify_by_signer(&self, space: &SpaceId) -> Result<(), SignatureError> {
        self.verify(space, &PublicKey::parse(self.signed_by.public_key())?)
    }
}
