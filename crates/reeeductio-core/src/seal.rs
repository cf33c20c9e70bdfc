//! Sealing: AES-256-GCM, written as nonce (12) ‖ ciphertext ‖ tag (16) (wire.md 2.2).

use aes_gcm::aead::{Aead, AeadInPlace, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};

use crate::secret::secret;

secret! {
    /// Seals and opens content.
    SealingKey
}

const NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;

/// Twelve bytes that must never be used twice with one key: pass fresh randomness.
#[derive(Clone, Copy, Debug)]
pub struct Nonce([u8; NONCE_LENGTH]);

impl Nonce {
    /// Takes the bytes as they are.
    pub fn from_bytes(bytes: [u8; NONCE_LENGTH]) -> Self {
        Self(bytes)
    }
}

/// Content cannot be sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// More than AES-GCM seals under one nonce, 64 GiB.
    #[error("content of more than 64 GiB cannot be sealed in one piece")]
    TooLong,
}

/// Sealed content cannot be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The field is not base64, so nothing sealed can be in it.
    #[error("not standard base64 with padding")]
    Encoding,
    /// Another key sealed it, it was not sealed at all, or it was altered.
    #[error("the key does not open it: sealed with another key, not sealed, or altered")]
    Mismatch,
    /// The opened bytes should be text.
    #[error("the content is not UTF-8 text; read it as bytes")]
    NotText,
    /// Less than nonce and tag.
    #[error("sealed content has at least 28 bytes, not {0}")]
    TooShort(usize),
}

impl SealingKey {
    /// Seals `content`. `context` is authenticated but not included; pass `b""` for none, as everything in
    /// the base protocol does.
    pub fn seal(&self, nonce: Nonce, content: &[u8], context: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = Vec::with_capacity(NONCE_LENGTH + content.len() + TAG_LENGTH);
        sealed.extend_from_slice(&nonce.0);
        sealed.extend_from_slice(content);
        let (_, body) = sealed.split_at_mut(NONCE_LENGTH);
        let tag = self
            .cipher()
            .encrypt_in_place_detached(&nonce.0.into(), context, body)
            .map_err(|_| SealError::TooLong)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens what [`seal`](Self::seal) made with the same key and context.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, OpenError> {
        let too_short = OpenError::TooShort(sealed.len());
        if sealed.len() < NONCE_LENGTH + TAG_LENGTH {
            return Err(too_short);
        }
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or(too_short)?;
        let payload = Payload {
            msg: body,
            aad: context,
        };
        self.cipher()
            .decrypt(nonce.into(), payload)
            .map_err(|_| OpenError::Mismatch)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(self.expose().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_byte_is_refused() {
        let key = SealingKey::from_bytes(&[5; 32]);
        let sealed = key
            .seal(Nonce::from_bytes([6; 12]), b"attack at dawn", b"topic")
            .unwrap();
        for index in 0..sealed.len() {
            for bit in 0..8 {
                let mut altered = sealed.clone();
                altered[index] ^= 1 << bit;
                assert_eq!(
                    key.open(&altered, b"topic"),
                    Err(OpenError::Mismatch),
                    "byte {index}, bit {bit}"
                );
            }
        }
    }

    #[test]
    fn another_context_or_key_is_refused() {
        let key = SealingKey::from_bytes(&[5; 32]);
        let sealed = key.seal(Nonce::from_bytes([6; 12]), b"x", b"one").unwrap();
        assert_eq!(key.open(&sealed, b"one").as_deref(), Ok(&b"x"[..]));
        assert_eq!(key.open(&sealed, b"two"), Err(OpenError::Mismatch));
        let other = SealingKey::from_bytes(&[4; 32]);
        assert_eq!(other.open(&sealed, b"one"), Err(OpenError::Mismatch));
    }

    #[test]
    fn every_truncation_is_refused() {
        let key = SealingKey::from_bytes(&[5; 32]);
        let sealed = key.seal(Nonce::from_bytes([6; 12]), b"four", b"").unwrap();
        for length in 0..sealed.len() {
            let expected = if length < 28 {
                OpenError::TooShort(length)
            } else {
                OpenError::Mismatch
            };
            assert_eq!(key.open(&sealed[..length], b""), Err(expected));
        }
    }
}
