//! Outcome for each message of an answer.

use reeeductio_proto::{MemberId, Message, Position, TopicId};

use super::error::ChainError;
use super::verified::VerifiedMessage;

/// One message of an answer, judged for itself: a bad one never hides the good ones after it.
#[derive(Clone, Debug)]
pub enum Item {
    /// Signed by its sender, who was allowed to post it.
    Verified(VerifiedMessage),
    /// In the chain, and not to be believed.
    Refused(Box<Refused>),
}

/// A message of a chain that is not handed out, and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct Refused {
    /// The topic.
    pub topic: TopicId,
    /// Where it claims to stand.
    pub position: Position,
    /// The claimed sender.
    pub sender: MemberId,
    /// The reason for the refusal.
    pub reason: ChainError,
}

impl Refused {
    /// Refuses a message.
    pub fn new(message: &Message, reason: ChainError) -> Self {
        Self {
            topic: message.topic_id.clone(),
            position: Position::from(message),
            sender: message.sender,
            reason,
        }
    }

    /// Returns whether hash or signature is wrong, which no member can bring about on a server that checks what it
    /// stores. Otherwise a member without the right posted the message.
    pub fn is_forged(&self) -> bool {
        matches!(self.reason, ChainError::Message { .. })
    }
}

impl Item {
    /// Where the message stands.
    pub fn position(&self) -> Position {
        match self {
            Self::Verified(message) => Position::from(&**message),
            Self::Refused(refused) => refused.position,
        }
    }

    /// The message, or why it is not handed out.
    pub fn into_result(self) -> Result<VerifiedMessage, Box<Refused>> {
        match self {
            Self::Verified(message) => Ok(message),
            Self::Refused(refused) => Err(refused),
        }
    }
}
