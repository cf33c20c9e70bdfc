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

    /// The key that HKDF-SHA256 without salt derives from `input` for the purpose that `info` names.
    pub(crate) fn derive_from(input: &[u8], info: &str) -> Self {
        Self::derive_bytes(input, info.as_bytes())
    }

    /// [`derive_from`](Self::derive_from) for a purpose that is not text.
    pub(crate) fn derive_bytes(input: &[u8], info: &[u8]) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        // HKDF refuses only outputs longer than 255 hashes; this one is as long as one.
        let _fits = Hkdf::<Sha256>::new(None, input).expand(info, bytes.as_mut());
        Self(bytes)
    }

    fn derive(&self, info: &str) -> Self {
        Self::derive_from(self.0.as_slice(), info)
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
    local: Key,
}

impl SpaceKeys {
    /// Derives the keys of `space` from its 32-byte symmetric root.
    pub fn derive(root: &Key, space: &SpaceId) -> Self {
        Self {
            message: root.derive(&format!("message key | {space}")),
            data: root.derive(&format!("data key | {space}")),
            local: root.derive(&format!("local key | {space}")),
        }
    }

    /// Returns the key that topic keys derive from.
    pub fn message(&self) -> &Key {
        &self.message
    }

    /// Seals data entries.
    pub fn data(&self) -> &Key {
        &self.data
    }

    /// Seals what a client keeps for itself on its machine. Not part of the base protocol.
    pub fn local(&self) -> &Key {
        &self.local
    }

    /// Seals the messages of a topic; of the topic `state`, its entries.
    pub fn topic(&self, topic: &TopicId) -> Key {
        self.message.derive(&format!("topic key | {topic}"))
    }

    /// Seals state entries.
    pub fn state(&self) -> Key {
        self.topic(&TopicId::state())
    }
}

/// Seals the data entries that a user keeps for itself in a space.
pub fn user_data_key(user_key: &Key, space: &SpaceId) -> Key {
    user_key.derive(&format!("user data key | {space}"))
}

/// Derives the root of the keys for messages that a user keeps for itself; the base protocol names it and
/// uses it nowhere.
pub fn user_message_key(user_key: &Key, space: &SpaceId) -> Key {
    user_key.derive(&format!("user message key | {space}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_texts_are_pinned_and_show_no_key() {
        let key = Key::new([0xC3; 32]);
        assert_eq!(format!("{key:?}"), "Key(..)");
        let space = SpaceId::from_public_key([1; 32]);
        assert_eq!(
            format!("{:?}", SpaceKeys::derive(&key, &space)),
            "SpaceKeys { message: Key(..), data: Key(..), local: Key(..) }"
        );
    }

    #[test]
    fn keys_of_other_spaces_topics_and_purposes_are_others() {
        let root = Key::new([9; 32]);
        let (one, two) = (
            SpaceId::from_public_key([1; 32]),
            SpaceId::from_public_key([2; 32]),
        );
        let topic = |name| TopicId::parse(name).unwrap();
        let (first, second) = (
            SpaceKeys::derive(&root, &one),
            SpaceKeys::derive(&root, &two),
        );
        let all = [
            first.message().clone(),
            first.data().clone(),
            first.local().clone(),
            first.state(),
            first.topic(&topic("general")),
            first.topic(&topic("genera1")),
            second.message().clone(),
            second.data().clone(),
            second.topic(&topic("general")),
            user_data_key(&root, &one),
            user_message_key(&root, &one),
        ];
        for (index, key) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                assert_ne!(key.expose(), other.expose());
            }
        }
    }
}
