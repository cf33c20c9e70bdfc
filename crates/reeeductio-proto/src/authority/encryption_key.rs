//! Encryption keys of members, which they have signed (`spec/crypto.md`, "Encryption keys").

use std::sync::Arc;

use curve25519_dalek::MontgomeryPoint;
use serde::{Deserialize, Serialize};

use super::body;
use super::refusal::StateRefusal;
use crate::encoding;
use crate::error_code::ErrorCode;
use crate::fields::lp;
use crate::id::{MemberId, SpaceId};
use crate::sealed::SUITE;
use crate::signature::{PublicKey, Signature};

/// Bytes of a public key of suite 1: ML-KEM-768, then X25519.
pub const ENCRYPTION_KEY: usize = 1_216;

/// Bytes of the coefficients in an ML-KEM-768 key, each of 12 bits.
const COEFFICIENTS: usize = 1_152;
/// The modulus of ML-KEM.
const MODULUS: u16 = 3_329;

/// A member's encryption key, as the state has it.
///
/// The member has signed it, and it is one that can be wrapped to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublishedKey {
    /// The suite, 1.
    pub suite: u8,
    /// Which of the member's keys it is; it only grows.
    pub generation: u32,
    /// The public key.
    pub public_key: Arc<[u8]>,
}

/// A key with the member's signature over it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SignedKey {
    pub(super) key: PublishedKey,
    signature: Signature,
}

/// `auth/keys/{member}`.
#[derive(Deserialize, Serialize)]
pub(crate) struct KeyBody {
    suite: u64,
    public_key: String,
    generation: u32,
    signature: String,
}

/// The bytes by which a member signs an encryption key.
pub fn encryption_key_statement(
    space: &SpaceId,
    member: &MemberId,
    generation: u32,
    public_key: &[u8],
) -> Vec<u8> {
    lp([
        b"reeeductio/encryption-key/v1".as_slice(),
        &space.to_bytes(),
        &member.to_bytes(),
        &[SUITE],
        &generation.to_be_bytes(),
        public_key,
    ])
}

/// Returns whether every coefficient of the ML-KEM part is reduced (FIPS 203, 7.2), and the X25519 part is not of small order.
/// With such a key in the roster, one member could keep all others from a new epoch.
fn is_well_formed(key: &[u8; ENCRYPTION_KEY]) -> bool {
    let Some((ml_kem, x25519)) = key.split_last_chunk::<32>() else {
        return false;
    };
    let coefficients = ml_kem.split_at(COEFFICIENTS).0;
    let is_reduced = |three: &[u8]| match *three {
        [a, b, c] => {
            let (a, b, c) = (u16::from(a), u16::from(b), u16::from(c));
            (a | (b & 0x0f) << 8) < MODULUS && (b >> 4 | c << 4) < MODULUS
        }
        _ => false,
    };
    // The shared secret of a point of small order with any key is zero.
    let shared = MontgomeryPoint(*x25519).mul_clamped([1; 32]);
    coefficients.chunks(3).all(is_reduced) && shared.to_bytes() != [0; 32]
}

impl SignedKey {
    pub(super) fn read(data: &str) -> Result<Self, StateRefusal> {
        let body: KeyBody = body::read(&body::decode_limited(data)?, "an encryption key")?;
        if body.suite != u64::from(SUITE) {
            return Err(StateRefusal::of_field(
                ErrorCode::FormatUnknown,
                "suite",
                "this release does not know the suite",
            ));
        }
        let public_key: [u8; ENCRYPTION_KEY] = body::bytes("public_key", &body.public_key)?;
        if !is_well_formed(&public_key) {
            return Err(StateRefusal::of_field(
                ErrorCode::FormatMalformed,
                "public_key",
                "nobody could wrap to this key",
            ));
        }
        Ok(Self {
            key: PublishedKey {
                suite: SUITE,
                generation: body.generation,
                public_key: Arc::new(public_key),
            },
            signature: Signature::from_bytes(body::bytes("signature", &body.signature)?),
        })
    }

    pub(super) fn verify(
        &self,
        space: &SpaceId,
        member: &MemberId,
        by: &PublicKey,
    ) -> Result<(), StateRefusal> {
        let key = &self.key;
        let statement = encryption_key_statement(space, member, key.generation, &key.public_key);
        by.verify(&statement, &self.signature).map_err(|_| {
            StateRefusal::of_field(
                ErrorCode::AuthKeySignature,
                "signature",
                format!("{member} has not signed this key"),
            )
        })
    }
}

impl KeyBody {
    pub(crate) fn new(key: &PublishedKey, signature: &Signature) -> Self {
        Self {
            suite: u64::from(key.suite),
            public_key: encoding::encode(&key.public_key),
            generation: key.generation,
            signature: signature.to_string(),
        }
    }
}
