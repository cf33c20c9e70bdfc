//! Ed25519 signatures and the keys that check them.

use std::fmt;
use std::sync::LazyLock;

use curve25519_dalek::constants::EIGHT_TORSION;
use ed25519_dalek::{Verifier as _, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoding::{self, EncodingError};

/// A signature or key was not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The 32 bytes are not a key, or are one of the few weak ones.
    #[error("not a usable Ed25519 public key")]
    Key,
    /// The signature is not by this key over these bytes.
    #[error("the signature does not match")]
    Mismatch,
}

/// 64 bytes, written as 88 characters of standard base64.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, EncodingError> {
        encoding::decode_array(text).map(Self)
    }

    /// Takes the bytes as they are; only verification tells whether they mean anything.
    pub fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    pub fn to_bytes(&self) -> [u8; 64] {
        self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encoding::encode(&self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encoding::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The encodings of the eight points of small order.
static SMALL_ORDER: LazyLock<[[u8; 32]; 8]> =
    LazyLock::new(|| EIGHT_TORSION.map(|point| point.compress().to_bytes()));

/// A public key, decompressed once so that each check costs less.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Accepts a point on the curve that is not of small order.
    pub fn parse(bytes: &[u8; 32]) -> Result<Self, SignatureError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| SignatureError::Key)?;
        if key.is_weak() {
            return Err(SignatureError::Key);
        }
        Ok(Self(key))
    }

    /// Checks strictly: what ed25519-dalek's `verify_strict` accepts, and nothing else. One message, one signature.
    ///
    /// That function decompresses the signature's `R` to see whether it has small order, which is a seventh of its
    /// time. `verify` accepts no `R` but the one encoding it has computed itself, so that after it a look at the
    /// eight encodings says the same. The key was found not to have small order when it was parsed.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0
            .verify(message, &signature)
            .map_err(|_| SignatureError::Mismatch)?;
        if SMALL_ORDER.contains(signature.r_bytes()) {
            return Err(SignatureError::Mismatch);
        }
        Ok(())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", encoding::encode(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests;
