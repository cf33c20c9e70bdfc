//! The proof that a message was checked.

use std::ops::Deref;
use std::sync::Arc;

use reeeductio_proto::{Message, Position, SpaceId, encoding};

use super::error::ChainError;
use crate::keys::Key;
use crate::seal::{OpenError, open};

/// A message that its sender signed, was allowed to post, and that stands where it was put. Only
/// verification makes one. Its `server_timestamp` is the server's word: no one signs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedMessage(Arc<Message>);

impl VerifiedMessage {
    pub(crate) fn new(message: Arc<Message>) -> Self {
        Self(message)
    }

    /// Takes a message back from where it was kept after it was verified. Its hash and signature are checked
    /// again; that its sender had the right and that it stands where it was put is not.
    pub fn restore(space: &SpaceId, message: Message) -> Result<Self, ChainError> {
        match message.verify_by_sender(space) {
            Ok(()) => Ok(Self(Arc::new(message))),
            Err(error) => Err(ChainError::message(message.message_hash, error)),
        }
    }

    /// The place of the message in its topic.
    pub fn position(&self) -> Position {
        Position::from(&*self.0)
    }

    /// The content as it was posted: plain, or still sealed.
    pub fn bytes(&self) -> Result<Vec<u8>, OpenError> {
        encoding::decode(&self.0.data).map_err(|_| OpenError::Encoding)
    }

    /// The content, unsealed.
    pub fn open(&self, key: &Key) -> Result<Vec<u8>, OpenError> {
        open(key, &self.bytes()?)
    }

    /// Returns whether the message takes back a state entry.
    pub fn is_tombstone(&self) -> bool {
        self.0.topic_id.is_state() && self.0.data.is_empty()
    }

    /// Gives up the proof.
    pub fn into_message(self) -> Message {
        Arc::unwrap_or_clone(self.0)
    }

    /// The message, shared.
    pub fn shared(&self) -> Arc<Message> {
        Arc::clone(&self.0)
    }
}

impl Deref for VerifiedMessage {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.0
    }
}
