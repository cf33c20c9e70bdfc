//! A member's secrets as a password login returns them, sealed under a key that only the password yields
//! (wire.md 9).

use std::fmt;

use reeeductio_proto::MemberId;
use zeroize::Zeroizing;

use crate::identity::Identity;
use crate::keys::Key;
use crate::seal::{NONCE_LENGTH, OpenError, SealError, open, seal};

/// Seals a member's secrets; follows from the export key of OPAQUE.
#[derive(Clone)]
pub struct WrapKey(Key);

/// Everything a member needs on a new device.
#[derive(Clone, Debug)]
pub struct MemberSecrets {
    /// The member's key.
    pub identity: Identity,
    /// The space's root.
    pub symmetric_root: Key,
    /// The user's own secret. Records of the published TypeScript client do not have one.
    pub user_key: Option<Key>,
}

/// Sealed secrets cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The credentials hold the key of somebody else.
    #[error("credentials: the private key does not match {0}")]
    Member(MemberId),
    /// Two or three keys are expected.
    #[error("credentials are 64 or 96 bytes, not {0}")]
    Length(usize),
    /// The wrong key or altered content.
    #[error("credentials: {0}")]
    Open(#[from] OpenError),
}

impl MemberSecrets {
    /// Accepts `member` as whose these are said to be.
    pub fn check_member(&self, member: MemberId) -> Result<(), CredentialsError> {
        if *member.public_key() == self.identity.public_key() {
            Ok(())
        } else {
            Err(CredentialsError::Member(member))
        }
    }
}

impl WrapKey {
    /// The key that follows from the export key of a password login.
    pub fn from_export_key(export_key: &[u8]) -> Self {
        Self(Key::derive_from(export_key, "reeeductio-credential-wrap"))
    }

    /// Seals: 124 bytes with a user key, which the published Python client reads, else 92, which the
    /// TypeScript client does.
    pub fn seal(
        &self,
        nonce: [u8; NONCE_LENGTH],
        secrets: &MemberSecrets,
    ) -> Result<Vec<u8>, SealError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(96));
        plain.extend_from_slice(secrets.identity.seed().as_slice());
        plain.extend_from_slice(secrets.symmetric_root.expose());
        if let Some(key) = &secrets.user_key {
            plain.extend_from_slice(key.expose());
        }
        seal(&self.0, nonce, &plain)
    }

    /// Opens both forms.
    pub fn open(&self, sealed: &[u8]) -> Result<MemberSecrets, CredentialsError> {
        let plain = Zeroizing::new(open(&self.0, sealed)?);
        let wrong = CredentialsError::Length(plain.len());
        let (seed, rest) = plain.split_first_chunk::<32>().ok_or(wrong)?;
        let (root, rest) = rest.split_first_chunk::<32>().ok_or(wrong)?;
        let user_key = match rest {
            [] => None,
            _ => Some(Key::new(rest.try_into().map_err(|_| wrong)?)),
        };
        Ok(MemberSecrets {
            identity: Identity::from_seed(seed),
            symmetric_root: Key::new(*root),
            user_key,
        })
    }
}

impl fmt::Debug for WrapKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrapKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_texts_are_pinned_and_show_no_secret() {
        let secrets = MemberSecrets {
            identity: Identity::from_seed(&[2; 32]),
            symmetric_root: Key::new([0xC3; 32]),
            user_key: Some(Key::new([0xC3; 32])),
        };
        assert_eq!(
            format!("{secrets:?}"),
            "MemberSecrets { identity: Identity(UIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU), \
             symmetric_root: Key(..), user_key: Some(Key(..)) }"
        );
        assert_eq!(
            format!("{:?}", WrapKey::from_export_key(b"x")),
            "WrapKey(..)"
        );
    }

    #[test]
    fn secrets_of_another_length_are_refused() {
        let key = WrapKey::from_export_key(b"export");
        for length in [0, 31, 32, 63, 65, 95, 97, 128] {
            let sealed = seal(&key.0, [0; 12], &vec![1; length]).unwrap();
            assert_eq!(
                key.open(&sealed).unwrap_err(),
                CredentialsError::Length(length)
            );
        }
    }
}
