//! Reasons for which one message of a believed page is not handed out.

use reeeductio_proto::{ClientCode, ErrorCode, FormatError, MemberId, MessageId, TopicId};

use crate::chain::ChainError;

/// A message that is in the log, and not to be believed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("message {message} in topic {topic}: {reason}")]
pub struct LogRefused {
    /// The topic.
    pub topic: TopicId,
    /// The message's id, as the log has it.
    pub message: MessageId,
    /// Number of the event.
    pub number: u64,
    /// The claimed sender.
    pub sender: MemberId,
    /// The reason for the refusal.
    pub reason: Reason,
}

/// Why a message is not believed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It names authority that is not below `auth/` in the state that its leaf names.
    #[error("it names an authority that was not there yet, or never was")]
    AuthorityUnknown,
    /// It names older authority than the entry of the lane before it.
    #[error("it names older authority than the message before it in its lane")]
    AuthorityOlder,
    /// Hash, signature or right: not the sender's, or the sender had no right.
    #[error(transparent)]
    Chain(ChainError),
    /// It is sealed under another epoch than the newest one then.
    #[error("it is sealed under epoch {0}, which was not the newest")]
    Epoch(u32),
    /// The signed part is not in a format that this release reads.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Its lane goes on from a message that has a follower already: two installations write one lane.
    #[error("it follows the same message as {0}: two installations write one lane")]
    LaneForked(MessageId),
    /// It does not follow the newest message of its lane: one was left out, repeated or moved.
    #[error(
        "it does not follow the message before it in its lane: one was left out, repeated or moved"
    )]
    LaneLink,
    /// The member has more lanes in the topic than are allowed.
    #[error("its sender has too many lanes in the topic")]
    LaneLimit,
    /// An edit or a delete in a space whose settings do not allow it.
    #[error("messages of this space are not changed")]
    NotMutable,
    /// An edit or a delete of what another wrote, without the right.
    #[error("it changes a message of another member, and its sender has no right to")]
    NotAuthor,
    /// The payload is not the one that the signed part names.
    #[error("the payload is not that of the message")]
    Payload,
    /// An edit or a delete that is not the next one of its target.
    #[error("it is not the next revision of the message that it changes")]
    Revision,
    /// Its leaf names a message of `state` that was not the newest one then: the server put it before a change of rights.
    #[error("its place is before a change of the state that came earlier: the server moved it")]
    StatePlace,
    /// The target is itself an edit or a delete.
    #[error("it changes a message that is itself an edit or a delete")]
    Target,
}

impl Reason {
    /// The stable code, as text.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AuthorityUnknown => ErrorCode::AuthorityUnknown.as_str(),
            Self::AuthorityOlder => ErrorCode::AuthorityOlder.as_str(),
            Self::Chain(error) => error.code(),
            Self::Epoch(_) => ErrorCode::EpochSuperseded.as_str(),
            Self::Format(FormatError::Unknown { .. }) => ErrorCode::FormatUnknown.as_str(),
            Self::Format(_) | Self::Target => ErrorCode::FormatMalformed.as_str(),
            Self::LaneForked(_) => ClientCode::VerifyFork.as_str(),
            Self::LaneLink => ClientCode::VerifyChainLink.as_str(),
            Self::LaneLimit => ErrorCode::LaneLimit.as_str(),
            Self::NotMutable | Self::NotAuthor => ClientCode::VerifyUnauthorized.as_str(),
            Self::Payload => ErrorCode::PayloadMismatch.as_str(),
            Self::Revision => ErrorCode::RevisionConflict.as_str(),
            Self::StatePlace => ClientCode::VerifyStateFork.as_str(),
        }
    }
}
