//! AES-256-GCM as the base protocol writes it: nonce, ciphertext, tag (wire.md 2.2).

mod incremental;

use aes_gcm::aead::{Aead, AeadInPlace, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};

use reeeductio_proto::FormatError;

use crate::keys::Key;

pub use incremental::{Opener, Sealer};

/// Bytes of a nonce: random, never used twice with a key.
pub const NONCE_LENGTH: usize = 12;
/// Bytes of a tag.
pub const TAG_LENGTH: usize = 16;

/// Bytes cannot be sealed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// A content type has at most 128 bytes and no control characters.
    #[error("a content type has at most 128 bytes and no control characters")]
    ContentType,
    /// More bytes than a message, signal or inbox item holds.
    #[error("the content is {0} bytes too long; upload it as a file and send its id")]
    ContentTooLong(usize),
    /// A delete has neither body nor content type.
    #[error("a delete has neither body nor content type")]
    Delete,
    /// The recipient's encryption key cannot be used.
    #[error("the encryption key cannot be used")]
    EncryptionKey,
    /// A message is where no reader would open it, or a signal has no subject that a reader takes.
    #[error(transparent)]
    Place(#[from] FormatError),
    /// AES-GCM takes 64 GiB at most under one nonce.
    #[error("more than 64 GiB cannot be sealed in one piece")]
    TooLong,
}

/// Sealed bytes could not be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another key, or other bytes than were sealed.
    #[error("does not open: sealed with another key, never sealed, or changed since")]
    Authentication,
    /// The field holds no bytes at all.
    #[error("not standard base64 with padding")]
    Encoding,
    /// Too short to be sealed bytes.
    #[error("sealed bytes have at least 28 bytes, not {0}")]
    Length(usize),
}

/// Seals `plain` with fresh random `nonce` bytes.
pub fn seal(key: &Key, nonce: [u8; NONCE_LENGTH], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    seal_in(b"", key, nonce, plain)
}

/// Opens what [`seal`] made.
pub fn open(key: &Key, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    open_in(b"", key, sealed)
}

/// [`seal`] in a context: bytes that are authenticated along with the rest, but not included. Nothing in a
/// space uses one; the published clients' functions for blobs take one.
pub fn seal_in(
    context: &[u8],
    key: &Key,
    nonce: [u8; NONCE_LENGTH],
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut sealed = Vec::with_capacity(NONCE_LENGTH + plain.len() + TAG_LENGTH);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let (_, body) = sealed.split_at_mut(NONCE_LENGTH);
    let tag = cipher(key)
        .encrypt_in_place_detached(Nonce::from_slice(&nonce), context, body)
        .map_err(|_| SealError::TooLong)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens what [`seal_in`] made in the same context.
pub fn open_in(context: &[u8], key: &Key, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    if sealed.len() < NONCE_LENGTH + TAG_LENGTH {
        return Err(OpenError::Length(sealed.len()));
    }
    let (nonce, body) = sealed.split_at(NONCE_LENGTH);
    let payload = Payload {
        msg: body,
        aad: context,
    };
    cipher(key)
        .decrypt(Nonce::from_slice(nonce), payload)
        .map_err(|_| OpenError::Authentication)
}

pub(crate) fn cipher(key: &Key) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_keeps_it_closed() {
        let key = Key::new([7; 32]);
        let sealed = seal_in(b"here", &key, [1; 12], b"hello").unwrap();
        assert_eq!(open_in(b"here", &key, &sealed).unwrap(), b"hello");
        for index in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[index] ^= 1 << bit;
                assert_eq!(
                    open_in(b"here", &key, &changed),
                    Err(OpenError::Authentication),
                    "byte {index}, bit {bit}"
                );
            }
        }
    }

    #[test]
    fn another_key_or_context_keeps_it_closed() {
        let key = Key::new([7; 32]);
        let sealed = seal(&key, [1; 12], b"hello").unwrap();
        assert_eq!(open(&key, &sealed).unwrap(), b"hello");
        assert_eq!(
            open(&Key::new([8; 32]), &sealed),
            Err(OpenError::Authentication)
        );
        assert_eq!(
            open_in(b"there", &key, &sealed),
            Err(OpenError::Authentication)
        );
    }

    #[test]
    fn every_truncation_is_refused() {
        let key = Key::new([7; 32]);
        let sealed = seal(&key, [1; 12], b"four").unwrap();
        for length in 0..sealed.len() {
            let expected = if length < 28 {
                OpenError::Length(length)
            } else {
                OpenError::Authentication
            };
            assert_eq!(open(&key, &sealed[..length]), Err(expected));
        }
    }
}
