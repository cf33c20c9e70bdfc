//! Encryption keys of members: what is sealed to a member alone (`spec/crypto.md`, "Encryption keys" and "Wraps").

use std::fmt;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use reeeductio_proto::{
    FormatError, MemberId, PublicKey, Reader, SUITE, Signature, SignatureError, SpaceId, lp,
};
use zeroize::Zeroizing;

use crate::epoch::{Epoch, WrongRoot};
use crate::identity::Identity;
use crate::keys::Key;
use crate::seeded::Seeded;
use crate::small_order::ends_in_small_order;

/// Bytes of an X-Wing public key.
pub const ENCRYPTION_KEY_LENGTH: usize = 1_216;
/// The key encapsulation, key derivation and AEAD of suite 1, as HPKE numbers them.
const HPKE_SUITE: [u16; 3] = [0x647a, 0x0001, 0x0002];
const FORMAT: u8 = 1;
/// Bytes of a sealed root.
const SEALED_ROOT: usize = 48;
/// Bytes that X-Wing encapsulates into.
const ENCAPSULATED: usize = 1_120;

/// The public half of a member's encryption key.
#[derive(Clone, Eq, PartialEq)]
pub struct EncryptionKey {
    generation: u32,
    bytes: Box<[u8]>,
    key: <XWing as Kem>::PublicKey,
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

/// Context of the wrap of an epoch's root. The wrap opens in no other.
#[derive(Clone, Copy, Debug)]
pub struct WrapContext<'a> {
    /// The space.
    pub space: &'a SpaceId,
    /// The member that the secret is for.
    pub recipient: &'a MemberId,
    /// The member that signs the message with the wrap, or with the blob's id that holds it.
    pub issuer: &'a MemberId,
    /// Number of the epoch.
    pub epoch: u32,
    /// Commitment of the epoch.
    pub commitment: &'a [u8; 32],
}

/// A wrap was not opened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnwrapError {
    /// It is for another key or context, or was changed.
    #[error("the wrap does not open: it is for another key or place, or was changed")]
    Authentication,
    /// It is not in the format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It holds another root than the epoch's.
    #[error(transparent)]
    Root(#[from] WrongRoot),
}

impl WrapContext<'_> {
    fn info(&self) -> Vec<u8> {
        lp([
            b"reeeductio/wrap/v1".as_slice(),
            b"epoch",
            &self.space.to_bytes(),
            &self.recipient.to_bytes(),
            &self.issuer.to_bytes(),
            &self.epoch.to_be_bytes(),
            self.commitment,
        ])
    }
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

fn statement(space: &SpaceId, member: &MemberId, key: &EncryptionKey) -> Vec<u8> {
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
        let key = XWing::sk_to_pk(&self.secret()?);
        let bytes = key.to_bytes().to_vec().into();
        Some(EncryptionKey {
            generation: self.generation,
            bytes,
            key,
        })
    }

    /// Opens the wrap of an epoch's root that [`EncryptionKey::wrap`] made in the same context, and compares the root with the commitment.
    pub fn unwrap(&self, context: WrapContext<'_>, wrap: &[u8]) -> Result<Epoch, UnwrapError> {
        let root = self.open(context, wrap)?;
        let root: [u8; 32] = root
            .as_slice()
            .try_into()
            .map_err(|_| FormatError::Malformed("a root has 32 bytes"))?;
        let (space, epoch) = (*context.space, context.epoch);
        let root = Key::new(root);
        Ok(Epoch::verify(space, epoch, root, context.commitment)?)
    }

    fn open(
        &self,
        context: WrapContext<'_>,
        wrap: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        let (encapsulated, sealed) = parse(wrap)?;
        if sealed.len() != SEALED_ROOT {
            return Err(FormatError::Malformed("the wrap of a root has 1,179 bytes").into());
        }
        if ends_in_small_order(encapsulated) {
            return Err(UnwrapError::Authentication);
        }
        let secret = self.secret().ok_or(UnwrapError::Authentication)?;
        let encapsulated = Deserializable::from_bytes(encapsulated)
            .map_err(|_| FormatError::Malformed("the encapsulated key is none"))?;
        hpke::single_shot_open::<AesGcm256, HkdfSha256, XWing>(
            &OpModeR::Base,
            &secret,
            &encapsulated,
            &context.info(),
            sealed,
            b"",
        )
        .map(Zeroizing::new)
        .map_err(|_| UnwrapError::Authentication)
    }

    fn secret(&self) -> Option<<XWing as Kem>::PrivateKey> {
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
        // Nobody could wrap to it: one member would keep all others from a new epoch.
        if ends_in_small_order(bytes) {
            return Err(EncryptionKeyError::Key);
        }
        let parsed = Deserializable::from_bytes(bytes).map_err(|_| EncryptionKeyError::Key)?;
        let key = Self {
            generation,
            bytes: bytes.into(),
            key: parsed,
        };
        let signer = PublicKey::parse(member.public_key())?;
        signer.verify(&statement(space, member, &key), signature)?;
        Ok(key)
    }

    /// Which of the member's keys it is.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The bytes, 1,216 of them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Seals the root of an epoch to the key of `recipient`, as `issuer`. `seed` is 32 fresh random bytes. `None` if the key cannot be used.
    pub fn wrap(
        &self,
        epoch: &Epoch,
        recipient: &MemberId,
        issuer: &MemberId,
        seed: &[u8; 32],
    ) -> Option<Vec<u8>> {
        let context = WrapContext {
            space: &epoch.space(),
            recipient,
            issuer,
            epoch: epoch.number(),
            commitment: epoch.commitment(),
        };
        let sealed = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.key,
            &context.info(),
            epoch.root().expose(),
            b"",
            &mut Seeded::new(seed),
        );
        let (encapsulated, sealed) = sealed.ok()?;
        let mut wrap = vec![FORMAT];
        for number in HPKE_SUITE {
            wrap.extend_from_slice(&number.to_be_bytes());
        }
        wrap.extend(lp([encapsulated.to_bytes().as_slice()]));
        wrap.extend_from_slice(&sealed);
        Some(wrap)
    }
}

fn parse(wrap: &[u8]) -> Result<(&[u8], &[u8]), FormatError> {
    let cut_off = FormatError::Malformed("the wrap is cut off");
    let mut reader = Reader::new(wrap);
    let format = reader.byte().ok_or_else(|| cut_off.clone())?;
    if format != FORMAT {
        return Err(FormatError::unknown("wrap format", format));
    }
    for (what, expected) in ["KEM", "KDF", "AEAD"].into_iter().zip(HPKE_SUITE) {
        let number = reader.array().map(u16::from_be_bytes);
        let number = number.ok_or_else(|| cut_off.clone())?;
        if number != expected {
            return Err(FormatError::unknown(what, number));
        }
    }
    let encapsulated = reader.field().ok_or(cut_off)?;
    if encapsulated.len() != ENCAPSULATED {
        return Err(FormatError::Malformed(
            "the encapsulated key has another length",
        ));
    }
    Ok((encapsulated, reader.rest()))
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
