//! Errors in what a server answered.

use reeeductio_proto::{ClientCode, MemberId, MessageError, MessageId, SignatureError, TopicId};

/// A server's answer is not what the members of the space wrote. Keep the answer as evidence; asking the
/// same server again is unlikely to help.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// A data entry that its signer did not sign for this path.
    #[error("the data entry at {path}: {error}")]
    DataSignature {
        /// The path.
        path: String,
        /// The problem with the signature.
        error: SignatureError,
    },
    /// A message in the place of another that the server has shown before.
    #[error(
        "topic {topic}: message {found} stands where {known} stood: the server shows two histories"
    )]
    Forked {
        /// The topic.
        topic: TopicId,
        /// The message that was shown before.
        known: MessageId,
        /// The message that is shown now.
        found: MessageId,
    },
    /// A message that does not follow the one before it.
    #[error("message {message} does not follow {expected}: a message was left out, added or moved")]
    Link {
        /// The message.
        message: MessageId,
        /// The message it should follow, as text.
        expected: String,
    },
    /// A message whose hash or signature is wrong.
    #[error("message {message}: {error}")]
    Message {
        /// The message.
        message: MessageId,
        /// The problem with its hash or signature.
        error: MessageError,
    },
    /// A message of the topic `state` that is not in the chain that was followed.
    #[error("state message {0} is not in the space's state chain: the server shows two histories")]
    NotInChain(MessageId),
    /// An answer that is older than what the server had shown before.
    #[error("{what} is older than what the server has shown before: it went back in time")]
    Older {
        /// The requested item, as text.
        what: String,
    },
    /// Messages in an order other than that of time, or with another time than before.
    #[error(
        "message {0} is older than the one it follows, or has another time than was shown before"
    )]
    Time(MessageId),
    /// A message of another topic, or another message, than was asked for.
    #[error("message {message} is not of {expected}")]
    Unasked {
        /// The message.
        message: MessageId,
        /// The requested topic or message, as text.
        expected: String,
    },
    /// Something signed by somebody who was not allowed to.
    #[error("{what} was signed by {sender}, who had no right to")]
    Unauthorized {
        /// The signed item, as text.
        what: String,
        /// The member that signed it.
        sender: MemberId,
    },
    /// Nothing, where there was something.
    #[error("{what} was there before and cannot vanish: the server withholds it")]
    Withheld {
        /// The requested item, as text.
        what: String,
    },
}

impl ChainError {
    /// The stable code, as text.
    pub fn code(&self) -> &'static str {
        self.client_code().as_str()
    }

    /// The stable code.
    pub fn client_code(&self) -> ClientCode {
        match self {
            Self::DataSignature { .. } => ClientCode::VerifyDataSignature,
            Self::Forked { .. } => ClientCode::VerifyFork,
            Self::Link { .. } => ClientCode::VerifyChainLink,
            Self::Message {
                error: MessageError::Signature(_),
                ..
            } => ClientCode::VerifyMessageSignature,
            Self::Message { .. } => ClientCode::VerifyMessageHash,
            Self::NotInChain(_) => ClientCode::VerifyStateFork,
            Self::Older { .. } => ClientCode::VerifyRolledBack,
            Self::Time(_) => ClientCode::VerifyChainTime,
            Self::Unasked { .. } => ClientCode::VerifyUnasked,
            Self::Unauthorized { .. } => ClientCode::VerifyUnauthorized,
            Self::Withheld { .. } => ClientCode::VerifyWithheld,
        }
    }

    pub(super) fn message(message: MessageId, error: impl Into<MessageError>) -> Self {
        Self::Message {
            message,
            error: error.into(),
        }
    }

    pub(super) fn topic(message: MessageId, topic: &TopicId) -> Self {
        Self::Unasked {
            message,
            expected: format!("topic {topic}"),
        }
    }
}
