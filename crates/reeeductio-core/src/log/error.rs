//! Reasons for which a whole answer is not believed.

use reeeductio_proto::{CheckpointError, ClientCode, MessageId, SignatureError};

use super::evidence::Evidence;
use crate::chain::ChainError;

/// An answer about the log of a space is not what an honest server gives. Nothing of it is believed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The answer is not of the form that was asked for.
    #[error("the answer is not one to the question: {0}")]
    Answer(&'static str),
    /// A message of the topic `state` is not the one that members signed, or does not follow.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The checkpoint is not signed by the server of the space's settings, or of another space.
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Another leaf at a number than the one that is known.
    #[error("event {0} is another one than before: the server shows two histories")]
    Forked(u64),
    /// The server shows another incarnation of the space, and no operator has said why.
    #[error(
        "the server shows another history of the space; ask it for the operator's statement of a restore"
    )]
    Incarnation {
        /// The incarnation that is known.
        known: [u8; 8],
        /// The incarnation that is shown.
        shown: [u8; 8],
    },
    /// The leaf before the page is not the one that is known: something of the topic was left out, added or moved.
    #[error(
        "the page does not link to the message that is known: a message was left out, added or moved"
    )]
    NotLinked,
    /// The owner has not said in `space/settings` by which key the server, or the operator, signs.
    #[error("space/settings names no key of the {0}")]
    NoKey(&'static str),
    /// Numbers or times do not ascend.
    #[error("message {0} does not have a higher number and time than the one before it")]
    Order(MessageId),
    /// The proof does not lead to the root of the checkpoint.
    #[error("the proof does not lead to the root of the checkpoint")]
    Proof,
    /// The answer is older than what the server had shown when it was asked, or the server cannot prove that it has only grown.
    #[error("{0} is older than what the server has shown before: it went back in time")]
    RolledBack(&'static str),
    /// The operator has not signed the statement.
    #[error("the statement of a restore: {0}")]
    Statement(SignatureError),
    /// The statement of a restore is about another history than the one that is known.
    #[error("the statement of a restore is about another history than the one that is known")]
    StatementOrigin,
    /// Two signed checkpoints that do not agree. Keep the evidence: anybody can verify it.
    #[error("the server has signed two histories that do not agree")]
    SplitView(Box<Evidence>),
    /// The answer is of before a restore that is known. Ask again.
    #[error("the answer is of before the restore; ask again")]
    Stale,
    /// A message of the topic `state` that is not in the chain that was read, or one that was hidden when later events were shown.
    #[error("state message {0} is not where the server had said: it shows two histories")]
    State(MessageId),
    /// A message of another topic, or another message, than was asked for.
    #[error("message {0} is not of what was asked for")]
    Unasked(MessageId),
}

impl LogError {
    /// The stable code, as text.
    pub fn code(&self) -> &'static str {
        self.client_code().as_str()
    }

    /// The stable code.
    pub fn client_code(&self) -> ClientCode {
        match self {
            Self::Answer(_) => ClientCode::Answer,
            Self::Chain(error) => error.client_code(),
            Self::Checkpoint(CheckpointError::Origin) | Self::Unasked(_) => {
                ClientCode::VerifyUnasked
            }
            Self::Checkpoint(_) | Self::NoKey(_) | Self::Statement(_) => {
                ClientCode::SignatureMismatch
            }
            Self::Forked(_) => ClientCode::VerifyFork,
            Self::Incarnation { .. } | Self::RolledBack(_) | Self::StatementOrigin => {
                ClientCode::VerifyRolledBack
            }
            Self::NotLinked => ClientCode::VerifyChainLink,
            Self::Order(_) => ClientCode::VerifyChainTime,
            Self::Proof => ClientCode::ProofMismatch,
            Self::SplitView(_) => ClientCode::VerifySplitView,
            Self::Stale => ClientCode::Interrupted,
            Self::State(_) => ClientCode::VerifyStateFork,
        }
    }
}
