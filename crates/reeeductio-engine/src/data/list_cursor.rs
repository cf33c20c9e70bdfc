//! Cursors of listings of data entries.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use reeeductio_backend::Rng;
use reeeductio_proto::{DataPath, ErrorCode, SpaceId, encoding};
use secrecy::ExposeSecret as _;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Secret;
use crate::refusal::Refusal;

const SALT: usize = 16;
const KEY: usize = 32;
const NONCE: usize = 12;
/// Sealed paths are padded to a multiple of this many bytes, so that a cursor tells little of how long its path is.
const BLOCK: usize = 64;
/// Separates the key from other uses of the token secret.
const PURPOSE: &[u8] = b"reeeductio/data-list-cursor/v1";

/// Seals the path at which a page of a listing ended: its entry may be one that the caller may not know of.
pub(super) fn seal(
    secret: &Secret,
    space: SpaceId,
    path: &DataPath,
    rng: &dyn Rng,
) -> Result<String, Refusal> {
    let mut salt = [0; SALT];
    rng.fill(&mut salt)?;
    let mut plain = path.as_str().as_bytes().to_vec();
    // No path holds a zero.
    plain.resize(plain.len().next_multiple_of(BLOCK), 0);
    let (cipher, nonce) = cipher(secret, &salt)?;
    let payload = Payload {
        msg: &plain,
        aad: space.as_bytes(),
    };
    let sealed = cipher
        .encrypt(&nonce.into(), payload)
        .map_err(|error| internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode([&salt[..], &sealed].concat()))
}

/// The path in a cursor, `None` if this server has not sealed it for the space.
pub(super) fn open(
    secret: &Secret,
    space: SpaceId,
    cursor: &str,
) -> Result<Option<DataPath>, Refusal> {
    let bytes = encoding::decode_url(cursor).unwrap_or_default();
    let Some((salt, sealed)) = bytes.split_first_chunk::<SALT>() else {
        return Ok(None);
    };
    let (cipher, nonce) = cipher(secret, salt)?;
    let payload = Payload {
        msg: sealed,
        aad: space.as_bytes(),
    };
    let plain = cipher.decrypt(&nonce.into(), payload).unwrap_or_default();
    let path = String::from_utf8(plain).unwrap_or_default();
    Ok(DataPath::parse(path.trim_end_matches('\0')).ok())
}

/// A key and a nonce for one cursor: random nonces under one key would bound the number of cursors.
fn cipher(secret: &Secret, salt: &[u8; SALT]) -> Result<(Aes256Gcm, [u8; NONCE]), Refusal> {
    let mut derived = Zeroizing::new([0; KEY + NONCE]);
    Hkdf::<Sha256>::new(Some(salt), secret.expose_secret())
        .expand(PURPOSE, derived.as_mut())
        .map_err(|error| internal(&error))?;
    let (key, nonce) = derived.split_at(KEY);
    let cipher = Aes256Gcm::new_from_slice(key).map_err(|error| internal(&error))?;
    Ok((cipher, nonce.try_into().map_err(|error| internal(&error))?))
}

fn internal(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(ErrorCode::Internal, error.to_string())
}

#[cfg(test)]
mod tests {
    use reeeductio_backend::SystemRng;

    use super::*;

    fn path(text: &str) -> DataPath {
        DataPath::parse(text).unwrap()
    }

    #[test]
    fn a_cursor_is_opened_for_its_space_with_its_secret_only() {
        let secret = |byte| Secret::from(vec![byte; 32]);
        let space = |byte| SpaceId::from_public_key([byte; 32]);
        for text in ["a", &"a/\u{1F600}".repeat(100), &"x".repeat(64)] {
            let cursor = seal(&secret(1), space(1), &path(text), &SystemRng).unwrap();
            let opened = |key, of, cursor: &str| open(&secret(key), space(of), cursor).unwrap();
            assert_eq!(opened(1, 1, &cursor), Some(path(text)));
            let mut changed = cursor.clone();
            changed.replace_range(0..1, if cursor.starts_with('A') { "B" } else { "A" });
            for other in [
                opened(2, 1, &cursor),
                opened(1, 2, &cursor),
                opened(1, 1, &changed),
                opened(1, 1, ""),
                opened(1, 1, "a/b"),
            ] {
                assert_eq!(other, None);
            }
        }
    }

    #[test]
    fn a_cursor_does_not_show_its_path() {
        let secret = Secret::from(vec![1; 32]);
        let space = SpaceId::from_public_key([1; 32]);
        let cursor = |text| seal(&secret, space, &path(text), &SystemRng).unwrap();
        assert_ne!(cursor("a"), cursor("a"));
        assert_eq!(cursor("a").len(), cursor("secret/of/somebody").len());
    }
}
