//! The keys of a space and how they follow from its root (wire.md 2.1).

use reeeductio_proto::{SpaceId, TopicId};

use crate::derive::derive;
use crate::seal::SealingKey;
use crate::secret::secret;

secret! {
    /// The secret that the members of a space share. Every other key of the space follows from it; the
    /// server never sees it.
    SymmetricRoot
}

secret! {
    /// From which the keys of topics and of state follow.
    MessageKey
}

secret! {
    /// A secret of one user, for data that the other members cannot read.
    UserKey
}

impl SymmetricRoot {
    /// The key from which those of topics and state follow.
    pub fn message_key(&self, space: &SpaceId) -> MessageKey {
        MessageKey::from_bytes(&derive(self.expose(), &format!("message key | {space}")))
    }

    /// Seals data entries.
    pub fn data_key(&self, space: &SpaceId) -> SealingKey {
        SealingKey::from_bytes(&derive(self.expose(), &format!("data key | {space}")))
    }
}

impl MessageKey {
    /// Seals the messages of a topic.
    pub fn topic_key(&self, topic: &TopicId) -> SealingKey {
        SealingKey::from_bytes(&derive(self.expose(), &format!("topic key | {topic}")))
    }

    /// Seals state entries: the key of the topic `state`.
    pub fn state_key(&self) -> SealingKey {
        self.topic_key(&TopicId::state())
    }
}

impl UserKey {
    /// From which keys for messages only this user reads follow.
    pub fn message_key(&self, space: &SpaceId) -> MessageKey {
        MessageKey::from_bytes(&derive(self.expose(), &format!("user message key | {space}")))
    }

    /// Seals the user's private data entries.
    pub fn data_key(&self, space: &SpaceId) -> SealingKey {
        SealingKey::from_bytes(&derive(self.expose(), &format!("user data key | {space}")))
    }
}
