//! Encryption keys of members: what is sealed to a member alone (`spec/crypto.md`, "Encryption keys").

use std::fmt;
use std::sync::Arc;

use hpke::kem::XWing;
use hpke::{Deserializable, Kem, Serializable};
use reeeductio_proto::{
    MemberId, PublicKey, PublishedKey, SUITE, Signature, SignatureError, SpaceId, lp,
};

use crate::envelope::{PublicHalf, SecretHalf};
use crate::identity::Identity;
use crate::keys::Key;
use crate::small_order::ends_in_small_order;

/// Bytes of an X-Wing public key.
pub const ENCRYPTION_KEY_LENGTH: usize = 1_216;

/// The public half of a member's encryption key.
#[derive(Clone, Eq, PartialEq)]
pub struct EncryptionKey {
    generation: u32,
    bytes: Arc<[u8]>,
    half: PublicHalf,
}

/// The secret half. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct DecryptionKey {
    generation: u32,
    seed: Key,
}

/// Why bytes are not an encryption key that a member signed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionKeyError {
    /// They are not an X-Wing public key.
    #[error("not an X-Wing public key")]
    Key,
    /// The member has not signed it.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl Identity {
    /// The secret half of the member's encryption key of a generation.
    pub fn decryption_key(&self, generation: u32) -> DecryptionKey {
        let name = b"reeeductio/kem/v1".as_slice();
        let info = lp([name, &generation.to_be_bytes()]);
        let seed = Key::derive_bytes(self.seed().as_slice(), &info);
        DecryptionKey { generation, seed }
    }

    /// Says which encryption key is this member's own.
    pub fn sign_encryption_key(
        &self,
        space: &SpaceId,
        member: &MemberId,
        key: &EncryptionKey,
    ) -> Signature {
        self.sign(&statement(space, member, key))
    }
}

pub(crate) fn statement(space: &SpaceId, member: &MemberId, key: &EncryptionKey) -> Vec<u8> {
    lp([
        b"reeeductio/encryption-key/v1".as_slice(),
        &space.to_bytes(),
        &member.to_bytes(),
        &[SUITE],
        &key.generation.to_be_bytes(),
        &key.bytes,
    ])
}

impl DecryptionKey {
    /// The public half.
    pub fn encryption_key(&self) -> Option<EncryptionKey> {
        let half = XWing::sk_to_pk(&self.half()?);
        let bytes = half.to_bytes().to_vec().into();
        Some(EncryptionKey {
            generation: self.generation,
            bytes,
            half,
        })
    }

    /// Which of the member's keys it is.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    pub(crate) fn half(&self) -> Option<SecretHalf> {
        // Every 32 bytes are one.
        Deserializable::from_bytes(self.seed.expose()).ok()
    }
}

impl EncryptionKey {
    /// Reads a key, if the member has signed it.
    pub fn verify(
        space: &SpaceId,
        member: &MemberId,
        generation: u32,
        bytes: &[u8],
        signature: &Signature,
    ) -> Result<Self, EncryptionKeyError> {
        let key = Self::parse(generation, bytes).ok_or(EncryptionKeyError::Key)?;
        let signer = PublicKey::parse(member.public_key())?;
        signer.verify(&statement(space, member, &key), signature)?;
        Ok(key)
    }

    /// The key that the state has, of which the view has checked the member's signature; `None` if it is none of its suite.
    pub fn published(key: &PublishedKey) -> Option<Self> {
        Self::parse(key.generation, &key.public_key)
    }

    fn parse(generation: u32, bytes: &[u8]) -> Option<Self> {
        // Nobody could wrap to it: one member would keep all others from a new epoch.
        if ends_in_small_order(bytes) {
            return None;
        }
        Some(Self {
            generation,
            bytes: bytes.into(),
            half: Deserializable::from_bytes(bytes).ok()?,
        })
    }

    /// The key as the state has it.
    pub fn to_published(&self) -> PublishedKey {
        PublishedKey {
            suite: SUITE,
            generation: self.generation,
            public_key: Arc::clone(&self.bytes),
        }
    }

    /// Which of the member's keys it is.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The bytes, 1,216 of them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn half(&self) -> &PublicHalf {
        &self.half
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionKey")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
