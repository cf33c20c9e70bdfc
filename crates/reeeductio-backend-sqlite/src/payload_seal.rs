//! Sealing of payloads at rest, each with a key of its own, so that a payload is gone when its key is.
//!
//! SQLite moves rows from page to page and leaves copies behind, also with `secure_delete`: a row that is deleted
//! can be found in a page that it was in once. Of a key there is no copy (`write/payload_keys.rs`), so what is left of a
//! removed payload is ciphertext whose key was overwritten. This hides nothing from anybody who reads a database while the
//! payload is there.

use aes_gcm::aead::{AeadInPlace as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use reeeductio_backend::{BackendError, Rng as _, SystemRng};
use zeroize::Zeroizing;

/// Bytes of a key.
pub(crate) const KEY: usize = 32;
/// Bytes of the tag, by which a sealed payload is longer; the statements in `statements.rs` know it too.
const TAG: usize = 16;

/// A key seals one payload, so the nonce may be the same.
const NONCE: [u8; 12] = [0; 12];

/// A key that was not used before.
pub(crate) fn new_key() -> Result<Zeroizing<[u8; KEY]>, BackendError> {
    let mut key = Zeroizing::new([0; KEY]);
    SystemRng.fill(key.as_mut_slice())?;
    Ok(key)
}

pub(crate) fn seal(key: &[u8; KEY], payload: &[u8]) -> Result<Vec<u8>, BackendError> {
    let mut sealed = Vec::with_capacity(payload.len() + TAG);
    sealed.extend_from_slice(payload);
    let tag = Aes256Gcm::new(key.into())
        .encrypt_in_place_detached(Nonce::from_slice(&NONCE), &[], &mut sealed)
        .map_err(|_| BackendError::unavailable("seal a payload", "it is too long"))?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// The payload; `None` if it was not sealed with this key, or was changed.
pub(crate) fn open(key: &[u8; KEY], sealed: &[u8]) -> Option<Vec<u8>> {
    let (sealed, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG)?)?;
    let mut payload = sealed.to_vec();
    Aes256Gcm::new(key.into())
        .decrypt_in_place_detached(
            Nonce::from_slice(&NONCE),
            &[],
            &mut payload,
            Tag::from_slice(tag),
        )
        .ok()?;
    Some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_opens_with_its_key_and_no_other_and_not_when_it_was_changed() {
        let (key, other) = (new_key().unwrap(), new_key().unwrap());
        for payload in [&b""[..], b"content"] {
            let mut sealed = seal(&key, payload).unwrap();
            assert_eq!(sealed.len(), payload.len() + TAG);
            assert_eq!(open(&key, &sealed).as_deref(), Some(payload));
            assert_eq!(open(&other, &sealed), None);
            assert_eq!(open(&[0; KEY], &sealed), None);
            sealed[0] ^= 1;
            assert_eq!(open(&key, &sealed), None);
        }
        assert_eq!(open(&key, &[0; TAG - 1]), None);
    }
}
