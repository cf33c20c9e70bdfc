//! What a password login returns: a member's secrets, sealed under a key that only the password yields
//! (wire.md 9).

use zeroize::Zeroizing;

use crate::derive::derive;
use crate::identity::SigningKey;
use crate::keys::{SymmetricRoot, UserKey};
use crate::seal::{Nonce, OpenError, SealError, SealingKey};
use crate::secret::secret;

secret! {
    /// Seals a member's secrets; follows from the export key of OPAQUE.
    WrapKey
}

/// Everything a member needs on a new device.
#[derive(Clone, Debug)]
pub struct MemberSecrets {
    /// The member's key.
    pub signing_key: SigningKey,
    /// The space's root.
    pub symmetric_root: SymmetricRoot,
    /// The user's own secret. Records of the published TypeScript client do not have one.
    pub user_key: Option<UserKey>,
}

/// Sealed secrets cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// Two or three keys are expected.
    #[error("64 or 96 bytes of secrets are expected, not {0}")]
    Length(usize),
    /// The wrong key or altered content.
    #[error("the credentials: {0}")]
    Open(#[from] OpenError),
}

impl WrapKey {
    /// The key that follows from the export key of a password login.
    pub fn from_export_key(export_key: &[u8]) -> Self {
        Self::from_bytes(&derive(export_key, "reeeductio-credential-wrap"))
    }

    /// Seals in the form that the published Python client reads: 124 bytes with a user key, else 92.
    pub fn seal(&self, nonce: Nonce, secrets: &MemberSecrets) -> Result<Vec<u8>, SealError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(96));
        plain.extend_from_slice(secrets.signing_key.expose_seed());
        plain.extend_from_slice(secrets.symmetric_root.expose());
        if let Some(key) = &secrets.user_key {
            plain.extend_from_slice(key.expose());
        }
        SealingKey::from_bytes(self.expose()).seal(nonce, &plain, b"")
    }

    /// Opens both the form with a user key and the one without.
    pub fn open(&self, sealed: &[u8]) -> Result<MemberSecrets, CredentialsError> {
        let plain = Zeroizing::new(SealingKey::from_bytes(self.expose()).open(sealed, b"")?);
        let wrong = CredentialsError::Length(plain.len());
        let (seed, rest) = plain.split_first_chunk::<32>().ok_or(wrong)?;
        let (root, rest) = rest.split_first_chunk::<32>().ok_or(wrong)?;
        let user_key = match rest {
            [] => None,
            _ => Some(UserKey::from_bytes(rest.try_into().map_err(|_| wrong)?)),
        };
        Ok(MemberSecrets {
            signing_key: SigningKey::from_seed(seed),
            symmetric_root: SymmetricRoot::from_bytes(root),
            user_key,
        })
    }
}
