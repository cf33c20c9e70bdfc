//! Epochs: the roots that a space's keys derive from, one after the other (`spec/crypto.md`, "Epochs").

mod begin;
mod roots;

use std::fmt;

use reeeductio_proto::{SpaceId, TopicId, lp};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

pub use begin::{BeginError, Carried, NewEpoch};
pub use roots::{EpochRoots, RootError, Sending};

use crate::keys::{Key, SpaceKeys};
use crate::message_key::MessageKey;
use crate::seal::{OpenError, SealError};

/// Bytes of a sealed root.
const PREVIOUS: usize = 48;

/// One epoch of a space, with its root. The root is wiped when dropped, and not shown.
#[derive(Clone)]
pub struct Epoch {
    space: SpaceId,
    number: u32,
    root: Key,
    commitment: [u8; 32],
    keys: SpaceKeys,
}

/// One epoch in one topic: seals and opens the messages there, each with a key that derives from the topic's. The key is wiped when
/// dropped, and not shown.
#[derive(Clone)]
pub struct TopicEpoch {
    space: SpaceId,
    topic: TopicId,
    number: u32,
    key_id: [u8; 8],
    key: Key,
}

/// A root that is not that of an epoch.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the root is not the one that epoch {epoch} commits to")]
pub struct WrongRoot {
    /// Number of the epoch.
    pub epoch: u32,
}

/// Why the root of the epoch before was not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PreviousError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is another one.
    #[error(transparent)]
    Wrong(#[from] WrongRoot),
    /// The first epoch has none before it.
    #[error("the first epoch has none before it")]
    First,
}

impl Epoch {
    /// The epoch of a root: 32 random bytes if it is a new one.
    pub fn new(space: SpaceId, number: u32, root: Key) -> Self {
        let commitment = lp([
            b"reeeductio/key-id/v1".as_slice(),
            &space.to_bytes(),
            &number.to_be_bytes(),
            root.expose(),
        ]);
        let commitment = zeroize::Zeroizing::new(commitment);
        Self {
            commitment: Sha256::digest(&*commitment).into(),
            keys: SpaceKeys::derive(&root, &space),
            space,
            number,
            root,
        }
    }

    /// The epoch of a root that somebody else gave, if it is the one that the keyring's entry commits to.
    pub fn verify(
        space: SpaceId,
        number: u32,
        root: Key,
        commitment: &[u8; 32],
    ) -> Result<Self, WrongRoot> {
        let epoch = Self::new(space, number, root);
        if epoch.commitment.ct_eq(commitment).into() {
            return Ok(epoch);
        }
        Err(WrongRoot { epoch: number })
    }

    /// Its number, from 0.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The space.
    pub fn space(&self) -> SpaceId {
        self.space
    }

    /// The root, for where it must leave this type.
    pub fn root(&self) -> &Key {
        &self.root
    }

    /// The commitment to the root, which the keyring's entry names.
    pub fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }

    /// The beginning of the commitment, which messages name.
    pub fn key_id(&self) -> [u8; 8] {
        let mut id = [0; 8];
        for (to, from) in id.iter_mut().zip(self.commitment) {
            *to = from;
        }
        id
    }

    /// Derives what seals the messages of a topic. Deriving it once for many messages spares each of them a third of its hashing.
    pub fn topic(&self, topic: &TopicId) -> TopicEpoch {
        TopicEpoch {
            space: self.space,
            topic: topic.clone(),
            number: self.number,
            key_id: self.key_id(),
            key: self.keys.topic(topic),
        }
    }

    /// Seals signals, each with a key that derives from it.
    pub(crate) fn signal_key(&self) -> Key {
        let name = b"reeeductio/signal-key/v1".as_slice();
        Key::derive_bytes(self.root.expose(), &lp([name, &self.space.to_bytes()]))
    }

    /// Seals the root of the epoch before for those who have this one.
    pub fn seal_previous(&self, previous: &Self) -> Result<Vec<u8>, SealError> {
        let context = self.previous_context(&previous.commitment);
        self.previous_key()
            .seal(&context, previous.root.expose().to_vec())
    }

    /// Zeros in the place of the root of the epoch before, which has this commitment.
    pub(crate) fn seal_nothing(&self, previous: &[u8; 32]) -> Result<Vec<u8>, SealError> {
        let context = self.previous_context(previous);
        self.previous_key().seal(&context, vec![0; 32])
    }

    /// Opens the root of the epoch before, and compares it with that epoch's commitment.
    pub fn open_previous(
        &self,
        sealed: &[u8],
        commitment: &[u8; 32],
    ) -> Result<Self, PreviousError> {
        let number = self.number.checked_sub(1).ok_or(PreviousError::First)?;
        if sealed.len() != PREVIOUS {
            return Err(OpenError::Length(sealed.len()).into());
        }
        let context = self.previous_context(commitment);
        let root = self.previous_key().open(&context, sealed)?;
        let root: [u8; 32] = root
            .as_slice()
            .try_into()
            .map_err(|_| OpenError::Length(sealed.len()))?;
        Ok(Self::verify(
            self.space,
            number,
            Key::new(root),
            commitment,
        )?)
    }

    fn previous_key(&self) -> MessageKey {
        let context = lp([
            b"reeeductio/previous/v1".as_slice(),
            &self.space.to_bytes(),
            &self.number.to_be_bytes(),
        ]);
        MessageKey::derive_unsalted(&self.root, &context)
    }

    fn previous_context(&self, previous: &[u8; 32]) -> Vec<u8> {
        lp([
            self.space.to_bytes().as_slice(),
            &self.number.to_be_bytes(),
            &self.commitment,
            previous,
        ])
    }
}

impl TopicEpoch {
    /// The number of the epoch.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The beginning of the epoch's commitment, which messages name.
    pub fn key_id(&self) -> [u8; 8] {
        self.key_id
    }

    /// The key that the keys of the messages derive from.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Returns whether it is for this topic of this space.
    pub(crate) fn is_of(&self, space: &SpaceId, topic: &TopicId) -> bool {
        self.space == *space && self.topic == *topic
    }
}

impl fmt::Debug for TopicEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicEpoch")
            .field("topic", &self.topic)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Epoch")
            .field("space", &self.space)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
