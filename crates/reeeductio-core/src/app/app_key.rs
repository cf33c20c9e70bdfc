//! App keys: the credential by which a signed-out client reads the directory of an app and registers users (`spec/apps.md`, "App keys").

use std::fmt;

use reeeductio_proto::{SpaceId, encoding, lp};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::identity::Identity;
use crate::keys::Key;

/// Beginning of the text.
const PREFIX: &str = "rk_";
/// Version of the layout.
const VERSION: u8 = 1;
/// Bytes of the checksum.
const CHECKSUM: usize = 4;
/// Longest text that is looked at, in bytes.
const MAX_TEXT: usize = 128;

/// A key of an app: the app's space, and the seed of a tool in it. An app publishes it with its pages, so it is no secret from its users; it
/// does not belong into logs all the same.
#[derive(Clone)]
pub struct AppKey {
    app: SpaceId,
    seed: Key,
}

/// Why a text is not an app key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AppKeyError {
    /// A part is missing or differs from the key that was made.
    #[error("the app key is not whole, or was changed; copy it again")]
    Damaged,
    /// The text has another form.
    #[error("the text is not an app key, which begins with rk_")]
    NotAKey,
    /// Of a later release.
    #[error("the app key has version {0}, which is not read here; a newer release may read it")]
    Version(u8),
}

impl AppKey {
    /// The key of a tool of the app, from 32 random bytes.
    pub fn new(app: SpaceId, seed: [u8; 32]) -> Self {
        Self {
            app,
            seed: Key::new(seed),
        }
    }

    /// Reads a key: `rk_` and base64url of a version, the app, the seed and a checksum. Spaces around it are passed over.
    pub fn parse(text: &str) -> Result<Self, AppKeyError> {
        let text = text.trim();
        let body = text.strip_prefix(PREFIX).ok_or(AppKeyError::NotAKey)?;
        if text.len() > MAX_TEXT {
            return Err(AppKeyError::NotAKey);
        }
        let bytes = encoding::decode_url(body).ok_or(AppKeyError::Damaged)?;
        let bytes = Zeroizing::new(bytes);
        let (fields, sum) = bytes
            .split_last_chunk::<CHECKSUM>()
            .ok_or(AppKeyError::Damaged)?;
        if checksum(fields) != *sum {
            return Err(AppKeyError::Damaged);
        }
        let (version, fields) = fields.split_first().ok_or(AppKeyError::Damaged)?;
        if *version != VERSION {
            return Err(AppKeyError::Version(*version));
        }
        let (app, seed) = fields
            .split_first_chunk::<32>()
            .ok_or(AppKeyError::Damaged)?;
        let seed = seed.try_into().map_err(|_| AppKeyError::Damaged)?;
        Ok(Self::new(SpaceId::from_public_key(*app), seed))
    }

    /// The key as text, for the pages of the app.
    pub fn expose(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 + 32 + 32 + CHECKSUM));
        bytes.push(VERSION);
        bytes.extend_from_slice(self.app.as_bytes());
        bytes.extend_from_slice(self.seed.expose());
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        Zeroizing::new(format!("{PREFIX}{}", encoding::encode_url(&bytes)))
    }

    /// The app's space.
    pub fn app(&self) -> SpaceId {
        self.app
    }

    /// The tool.
    pub fn tool(&self) -> Identity {
        Identity::from_seed(self.seed.expose())
    }
}

/// The checksum finds a slip of the hand; nobody is kept from making a key.
fn checksum(fields: &[u8]) -> [u8; CHECKSUM] {
    let hash = Sha256::digest(lp([b"reeeductio/app-key/v1".as_slice(), fields]));
    let mut sum = [0; CHECKSUM];
    sum.copy_from_slice(hash.split_at(CHECKSUM).0);
    sum
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppKey")
            .field("app", &self.app)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> AppKey {
        AppKey::new(Identity::from_seed(&[1; 32]).space_id(), [0xC3; 32])
    }

    #[test]
    fn an_app_key_is_read_back_and_a_changed_or_cut_one_is_refused() {
        let text = key().expose();
        let read = AppKey::parse(&format!(" {}\n", text.as_str())).unwrap();
        assert_eq!(read.app(), key().app());
        assert_eq!(read.tool().tool_id(), key().tool().tool_id());
        for cut in 0..text.len() {
            assert!(AppKey::parse(&text[..cut]).is_err(), "{cut}");
        }
        for place in PREFIX.len()..text.len() {
            let mut other = text.as_bytes().to_vec();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            let refused = AppKey::parse(&other).err();
            assert_eq!(refused, Some(AppKeyError::Damaged), "{place}");
        }
        assert_eq!(AppKey::parse("sk_1").err(), Some(AppKeyError::NotAKey));
    }

    #[test]
    fn a_key_of_a_later_version_is_told_apart_from_a_damaged_one() {
        let mut bytes = vec![2];
        bytes.extend_from_slice(&[7; 64]);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        let text = format!("{PREFIX}{}", encoding::encode_url(&bytes));
        assert_eq!(AppKey::parse(&text).err(), Some(AppKeyError::Version(2)));
    }

    #[test]
    fn debug_shows_no_seed() {
        let shown = format!("{:?}", key());
        assert!(!shown.contains("195") && shown.contains("app"), "{shown}");
    }
}
