//! Key pairs that sign.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};
use reeeductio_proto::{MemberId, Signature, SpaceId};
use zeroize::Zeroizing;

use crate::keys::Key;

/// An Ed25519 key pair: a user, a tool, or the owner of a space. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct Identity(SigningKey);

impl Identity {
    /// From the 32 secret bytes, which must be random or come from where they were kept.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The 32 secret bytes, to be kept safe.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// As a user.
    pub fn user_id(&self) -> MemberId {
        MemberId::user(self.public_key())
    }

    /// As a tool.
    pub fn tool_id(&self) -> MemberId {
        MemberId::tool(self.public_key())
    }

    /// The space this key owns.
    pub fn space_id(&self) -> SpaceId {
        SpaceId::from_public_key(self.public_key())
    }

    /// A key of its own, for the purpose that `info` names: for what is sealed to nobody else.
    pub fn own_key(&self, info: &[u8]) -> Key {
        Key::derive_bytes(self.seed().as_slice(), info)
    }

    /// Signs bytes, such as the text of a sign-in challenge.
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(bytes).to_bytes())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.user_id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_public_id_only() {
        let identity = Identity::from_seed(&[2; 32]);
        assert_eq!(
            format!("{identity:?}"),
            "Identity(UIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU)"
        );
    }
}
