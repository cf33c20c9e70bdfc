//! AES-256-GCM as the base protocol writes it: nonce, ciphertext, tag (wire.md 2.2).

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};

use crate::keys::Key;

/// Bytes of a nonce: random, never used twice with a key.
pub const NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;

/// Sealed bytes could not be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another key, or other bytes than were sealed.
    #[error("does not open: sealed with another key, or changed since")]
    Authentication,
    /// Too short to be sealed bytes.
    #[error("sealed bytes have at least 28 bytes, not {0}")]
    Length(usize),
}

/// Seals `plain` with fresh random `nonce` bytes.
pub fn seal(key: &Key, nonce: [u8; NONCE_LENGTH], plain: &[u8]) -> Vec<u8> {
    let cipher = Aes256Gcm::new(key.expose().into());
    let mut sealed = nonce.to_vec();
    // AES-GCM refuses only more than 64 GiB.
    if let Ok(rest) = cipher.encrypt(Nonce::from_slice(&nonce), plain) {
        sealed.extend_from_slice(&rest);
    }
    sealed
}

/// Opens what [`seal`] made.
pub fn open(key: &Key, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    if sealed.len() < NONCE_LENGTH + TAG_LENGTH {
        return Err(OpenError::Length(sealed.len()));
    }
    let (nonce, rest) = sealed.split_at(NONCE_LENGTH);
    Aes256Gcm::new(key.expose().into())
        .decrypt(Nonce::from_slice(nonce), rest)
        .map_err(|_| OpenError::Authentication)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_byte_keeps_it_closed() {
        let key = Key::new([7; 32]);
        let sealed = seal(&key, [1; 12], b"hello");
        assert_eq!(open(&key, &sealed).unwrap(), b"hello");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(open(&key, &changed), Err(OpenError::Authentication));
        }
        assert_eq!(
            open(&Key::new([8; 32]), &sealed),
            Err(OpenError::Authentication)
        );
        assert_eq!(open(&key, &sealed[..27]), Err(OpenError::Length(27)));
    }
}
