//! The one error of the storage ports.

use std::error::Error;

/// Kind of a [`BackendError`], by what a caller can do about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BackendErrorKind {
    /// Stored data is not what was written. Stop, keep the evidence, run `reeeductio verify`.
    Corrupt,
    /// The store cannot answer now (disk full, connection lost, shutting down). Retry later.
    Unavailable,
}

/// A storage operation failed. "Not found" and "conflict" are not errors: they are outcomes.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct BackendError {
    kind: BackendErrorKind,
    operation: &'static str,
    message: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl BackendError {
    /// Makes an error for stored data that fails its check; `operation` names what was attempted.
    pub fn corrupt(operation: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: BackendErrorKind::Corrupt,
            operation,
            message: message.into(),
            source: None,
        }
    }

    /// The store cannot answer; `operation` names what was attempted.
    pub fn unavailable(operation: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: BackendErrorKind::Unavailable,
            operation,
            message: message.into(),
            source: None,
        }
    }

    /// Keeps the adapter's own error as the source.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the kind, which says what a caller can do about it.
    pub fn kind(&self) -> BackendErrorKind {
        self.kind
    }
}
