//! Errors of the client.

use reeeductio_core::password::PasswordError;
use reeeductio_core::state_entry::EntryError;
use reeeductio_core::{ChainError, CredentialsError, OpenError, SealError};
use reeeductio_proto::api::HeadBody;
use reeeductio_proto::{BlobId, ErrorCode};

use crate::store::StoreError;
use crate::transport::TransportError;

/// An error of an operation of the client.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server answered what cannot be understood.
    #[error("the server answered what cannot be understood: {0}")]
    Answer(String),
    /// An argument is not what the method takes.
    #[error("{field}: {message}")]
    Argument {
        /// Which.
        field: &'static str,
        /// The problem with it.
        message: String,
    },
    /// A blob's bytes do not match its id: the fault is with the server or a party in between.
    #[error("the server cannot be believed: the bytes it gave for blob {0} are others")]
    BlobMismatch(BlobId),
    /// Others posted to the topic at the same time, again and again.
    #[error("topic {topic}: others were faster {attempts} times; try again")]
    Conflict {
        /// The topic.
        topic: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// A password login returned something other than a member's secrets.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// A name cannot be part of an entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A message or entry is not what it claims to be: the fault is with the server or a party in between.
    #[error("the server cannot be believed: {0}")]
    Forged(#[from] ChainError),
    /// An argument that servers refuse, refused before one was asked.
    #[error("{field}: {message}")]
    Invalid {
        /// The code that servers have for it.
        code: ErrorCode,
        /// Which.
        field: &'static str,
        /// The problem with it.
        message: String,
    },
    /// The program ends, or a computation failed in a way it must not.
    #[error("interrupted: {0}")]
    Interrupted(String),
    /// There is no token, and the handle does not sign in by itself.
    #[error("not signed in: sign in first, or open the space without sign_in_by_hand")]
    NotSignedIn,
    /// Sealed content does not open with the keys of this space.
    #[error("cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// A password does not open what it should, or the server's half of the login is none.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The operating system gave no randomness.
    #[error("no randomness: {0}")]
    Randomness(String),
    /// The server refused.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// Content cannot be sealed.
    #[error("cannot be sealed: {0}")]
    Seal(#[from] SealError),
    /// The local store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server cannot do this: it is of another kind, or of an earlier release.
    #[error("the server cannot do this: {0}")]
    Unsupported(&'static str),
    /// No answer came.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// A server's refusal.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message} ({})", if code.is_empty() { "no code" } else { code })]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The stable code; empty from servers that send none.
    pub code: String,
    /// For a person.
    pub message: String,
    /// With a conflict, the head of the topic, if the server says it.
    pub head: Option<Head>,
    /// With too many requests: seconds to wait.
    pub retry_after: Option<u64>,
}

/// Where a topic ends, by a server's word.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Head {
    /// It holds nothing yet.
    Empty,
    /// At this message.
    Message(HeadBody),
}

impl ClientError {
    /// The server's stable code, where it refused with one that this release knows, or would.
    pub fn code(&self) -> Option<ErrorCode> {
        if let Self::Invalid { code, .. } = self {
            return Some(*code);
        }
        self.refusal()
            .and_then(|refusal| ErrorCode::parse(&refusal.code))
    }

    /// A stable code for every error: the server's where it refused, else one of the client's.
    pub fn code_text(&self) -> &str {
        match self {
            Self::Answer(_) => "client.answer",
            Self::Argument { .. } | Self::Entry(_) => "client.argument",
            Self::BlobMismatch(_) => "verify.blob",
            Self::Conflict { .. } => ErrorCode::ChainConflict.as_str(),
            Self::Credentials(_) => "client.credentials",
            Self::Forged(error) => error.code(),
            Self::Interrupted(_) => "client.interrupted",
            Self::Invalid { code, .. } => code.as_str(),
            Self::NotSignedIn => "client.not_signed_in",
            Self::Open(_) => "client.open",
            Self::Password(error) => error.code(),
            Self::Randomness(_) => "client.randomness",
            Self::Refused(refusal) if refusal.code.is_empty() => "client.refused",
            Self::Refused(refusal) => &refusal.code,
            Self::Seal(_) => "client.seal",
            Self::Store(error) => error.code(),
            Self::Transport(error) => error.code(),
            Self::Unsupported(_) => "client.unsupported",
        }
    }

    /// The server's refusal, if that is what it is.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The HTTP status of the refusal.
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// Whether the thing asked for is not there.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    pub(crate) fn answer(field: &str, error: impl std::fmt::Display) -> Self {
        Self::Answer(format!("{field}: {error}"))
    }

    pub(crate) fn argument(field: &'static str, error: impl std::fmt::Display) -> Self {
        Self::Argument {
            field,
            message: error.to_string(),
        }
    }
}
