//! What can go wrong between a program and its space.

use reeeductio_core::{HistoryError, OpenError};
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::ErrorBody;

/// What can go wrong between a program and its space.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// An argument is not what the method takes.
    #[error("{field}: {message}")]
    Argument {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The server answered what cannot be understood.
    #[error("the server answered what cannot be understood: {0}")]
    Answer(String),
    /// A message, entry or blob is not what it claims to be: the server, or whoever sits between, lied.
    #[error("the server cannot be believed: {0}")]
    Forged(String),
    /// What is sealed does not open with the keys of this space.
    #[error("cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// The network failed.
    #[error("cannot reach the server: {0}")]
    Network(String),
    /// The operating system gave no randomness.
    #[error("no randomness: {0}")]
    Randomness(String),
    /// The server refused.
    #[error("{message} ({code})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The stable code; empty from servers that send none.
        code: String,
        /// For a person.
        message: String,
        /// The whole answer.
        body: Option<Box<ErrorBody>>,
    },
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(String),
}

impl ClientError {
    /// The server's stable code, where it refused with one that this release knows.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => ErrorCode::parse(code),
            _ => None,
        }
    }
}

impl From<HistoryError> for ClientError {
    fn from(error: HistoryError) -> Self {
        Self::Forged(error.to_string())
    }
}

impl From<reqwest::Error> for ClientError {
    fn from(error: reqwest::Error) -> Self {
        // The URL may hold what should not be shown.
        Self::Network(error.without_url().to_string())
    }
}
