//! Errors that only spaces with a policy have.

use std::fmt;
use std::sync::Arc;

use reeeductio_core::log::{Evidence, LogError};
use reeeductio_core::{BeginError, JoinRefused, PreviousError, RootError, UnwrapError};
use reeeductio_proto::{ClientCode, MemberId, StatePath};

use super::restored::ServerRestored;

use crate::error::ClientError;
use crate::platform::{MaybeSend, MaybeSync};

/// An error that only spaces with a policy have.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The server has lost the newest epoch that this installation sent under. A member that may has to begin it again.
    #[error(
        "the server has lost epoch {0}; nothing is sent before a member that may begins another"
    )]
    Behind(u32),
    /// No epoch can be begun.
    #[error("no epoch can be begun: {0}")]
    Begin(#[from] BeginError),
    /// A request to join counts no more.
    #[error("{0}")]
    Join(#[from] JoinRefused),
    /// The root of an epoch is not there, or not yet: a member that may must give it.
    #[error("the key of epoch {epoch} is missing; ask a member that may to give it")]
    KeyMissing {
        /// Number of the epoch.
        epoch: u32,
    },
    /// An answer about the log of the space is not to be believed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The server was restored from a backup, as its operator says. Told once: the next call goes on with what the server has.
    #[error("{0}")]
    Restored(Box<ServerRestored>),
    /// A wrap or a shard does not hold the root of its epoch: the member that made the epoch was wrong.
    #[error("the key of epoch {epoch}: {error}")]
    Root {
        /// Number of the epoch.
        epoch: u32,
        /// The problem.
        error: RootError,
    },
    /// An epoch does not carry the root before it.
    #[error("the key of an earlier epoch: {0}")]
    Previous(#[from] PreviousError),
    /// The state is from before the invite link was made.
    #[error("the server shows a state from before the invite link was made")]
    StaleLink,
    /// A restore has undone that a member was removed or has left, or it was let in since by somebody who may not. Nothing is sent before it is
    /// removed again, or let in again.
    #[error(
        "the restored server has {0} as a member again; nothing is sent before that member is removed again"
    )]
    Undone(MemberId),
    /// Something is, or was, at a path of the state that was to be made.
    #[error("something is, or was, at {0} of the state")]
    StateExists(StatePath),
    /// Somebody who may must begin an epoch before anything is sent.
    #[error(
        "somebody who has the key has left, or its invite link or right has ended; nothing is sent before a member that may begins an epoch with `rotate`"
    )]
    Waiting,
}

impl PolicyError {
    /// The stable code, as text.
    pub fn code(&self) -> &'static str {
        self.client_code().as_str()
    }

    /// The stable code.
    pub fn client_code(&self) -> ClientCode {
        match self {
            Self::Behind(_) | Self::Restored(_) | Self::Undone(_) => ClientCode::ServerRestored,
            Self::Begin(BeginError::Previous) | Self::KeyMissing { .. } => ClientCode::KeyMissing,
            Self::Begin(_) => ClientCode::Argument,
            Self::Join(_) => ClientCode::JoinRefused,
            Self::Log(error) => error.client_code(),
            Self::Root { error, .. } => match error {
                RootError::Unwrap(UnwrapError::Authentication) => ClientCode::Open,
                RootError::Unwrap(UnwrapError::Root(_)) => ClientCode::KeyringWrongRoot,
                RootError::Format(_) | RootError::Unwrap(_) => ClientCode::Answer,
                _ => ClientCode::KeyMissing,
            },
            Self::Previous(PreviousError::Open(_)) => ClientCode::Open,
            Self::Previous(_) => ClientCode::KeyringWrongRoot,
            Self::StaleLink => ClientCode::LinkStaleState,
            Self::StateExists(_) => ClientCode::StateExists,
            Self::Waiting => ClientCode::KeyringWaiting,
        }
    }

    /// The report of what a restored server has lost, if that is the error.
    pub fn restored(&self) -> Option<&ServerRestored> {
        match self {
            Self::Restored(restored) => Some(restored),
            _ => None,
        }
    }

    /// Evidence that the server signed two histories, if that is the error. Its bytes are a file that anybody can verify.
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Log(LogError::SplitView(evidence)) => Some(evidence),
            _ => None,
        }
    }
}

/// A [`PolicyError`], shared.
///
/// Programs that open no space with a policy make none, and what it says is not linked into them: the WebAssembly module is 2.5 KiB
/// smaller without.
#[derive(Clone)]
pub struct PolicyFailure(Arc<dyn Failure>);

trait Failure: MaybeSend + MaybeSync {
    fn error(&self) -> &PolicyError;
    fn client_code(&self) -> ClientCode;
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl Failure for PolicyError {
    fn error(&self) -> &PolicyError {
        self
    }

    fn client_code(&self) -> ClientCode {
        self.client_code()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }

    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl PolicyFailure {
    /// The error.
    pub fn error(&self) -> &PolicyError {
        self.0.error()
    }

    pub(crate) fn client_code(&self) -> ClientCode {
        self.0.client_code()
    }
}

impl fmt::Display for PolicyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f)
    }
}

impl fmt::Debug for PolicyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug(f)
    }
}

impl std::error::Error for PolicyFailure {}

impl From<PolicyError> for ClientError {
    fn from(error: PolicyError) -> Self {
        Self::Policy(PolicyFailure(Arc::new(error)))
    }
}

impl From<LogError> for ClientError {
    fn from(error: LogError) -> Self {
        PolicyError::from(error).into()
    }
}
