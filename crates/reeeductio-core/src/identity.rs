//! Who acts: an Ed25519 key and the id it acts under.

use std::fmt;

use ed25519_dalek::Signer;
use reeeductio_proto::{MemberId, Signature, SpaceId};

/// An Ed25519 private key: wiped when dropped, never printed.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key of a 32-byte seed. Fresh randomness as the seed makes a new key.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, for keeping it somewhere safe. Named so that every use can be found.
    pub fn expose_seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The space that this key owns.
    pub fn space_id(&self) -> SpaceId {
        SpaceId::from_public_key(self.public_key())
    }

    /// The user with this key.
    pub fn user_id(&self) -> MemberId {
        MemberId::user(self.public_key())
    }

    /// The tool with this key.
    pub fn tool_id(&self) -> MemberId {
        MemberId::tool(self.public_key())
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(secret)")
    }
}

/// A key and the id it acts under: the same key is one member as a user and another as a tool.
#[derive(Clone)]
pub struct Identity {
    key: SigningKey,
    id: MemberId,
}

impl Identity {
    /// Acts as the user with this key; the owner of a space is the user with the space's key.
    pub fn user(key: SigningKey) -> Self {
        let id = key.user_id();
        Self { key, id }
    }

    /// Acts as the tool with this key.
    pub fn tool(key: SigningKey) -> Self {
        let id = key.tool_id();
        Self { key, id }
    }

    /// The id.
    pub fn member_id(&self) -> MemberId {
        self.id
    }

    /// The key.
    pub fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> Signature {
        self.key.sign(message)
    }

    /// Signs the text of a login challenge: its UTF-8 bytes, not what the base64 in it decodes to
    /// (wire.md 7).
    pub fn sign_challenge(&self, challenge: &str) -> Signature {
        self.key.sign(challenge.as_bytes())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.id)
    }
}
