//! The derivation tree (wire.md 2.1): HKDF-SHA256 without salt.

use std::fmt;

use hkdf::Hkdf;
use reeeductio_proto::{SpaceId, TopicId};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A 32-byte symmetric key. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// Takes over the bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for where they must leave this type.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    fn derive(&self, info: &str) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        // HKDF refuses only outputs longer than 255 hashes; this one is as long as one.
        let _fits =
            Hkdf::<Sha256>::new(None, self.0.as_slice()).expand(info.as_bytes(), bytes.as_mut());
        Self(bytes)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// The keys of a space, all derived from its symmetric root.
#[derive(Clone, Debug)]
pub struct SpaceKeys {
    message: Key,
    data: Key,
}

impl SpaceKeys {
    /// Derives the keys of `space` from its 32-byte symmetric root.
    pub fn derive(root: &Key, space: &SpaceId) -> Self {
        Self {
            message: root.derive(&format!("message key | {space}")),
            data: root.derive(&format!("data key | {space}")),
        }
    }

    /// What topic keys derive from.
    pub fn message(&self) -> &Key {
        &self.message
    }

    /// Seals data entries.
    pub fn data(&self) -> &Key {
        &self.data
    }

    /// Seals the messages of a topic; of the topic `state`, its entries.
    pub fn topic(&self, topic: &TopicId) -> Key {
        self.message.derive(&format!("topic key | {topic}"))
    }
}

/// The keys of what a user keeps for itself in a space.
pub fn user_data_key(user_key: &Key, space: &SpaceId) -> Key {
    user_key.derive(&format!("user data key | {space}"))
}
