//! Why a command did not do what it was asked to.

mod remedy;

use std::fmt::Display;

use reeeductio_client::ClientError;
use reeeductio_proto::ErrorCode;

use crate::exit::Exit;

/// Why a command did not do what it was asked to. No variant holds a key or a password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The arguments cannot be understood.
    #[error("{problem}")]
    Arguments {
        /// The problem, naming the value.
        problem: String,
        /// The next step, as a command where there is one.
        fix: String,
    },
    /// The server refused, or no answer came that can be believed.
    #[error("{}", message(.0))]
    Client(#[from] ClientError),
    /// The question whether to go on was answered with no.
    #[error("nothing was changed")]
    Declined,
    /// The right, role, member or registration to remove does not exist.
    #[error("{problem}")]
    NotFound {
        /// The missing name, and the existing ones.
        problem: String,
        /// The next step, as a command where there is one.
        fix: String,
    },
    /// Refused by the server, or certain to be; worded for the command.
    #[error("{problem}")]
    Refused {
        /// The server's code.
        code: ErrorCode,
        /// The problem, naming the value.
        problem: String,
        /// The next step, as a command where there is one.
        fix: String,
    },
    /// A file, the terminal or the system does not do its part.
    #[error("{what}: {reason}")]
    System {
        /// Which.
        what: String,
        /// The reason it gave.
        reason: String,
        /// The next step, as a command where there is one.
        fix: String,
    },
    /// The command cannot be called like this.
    #[error("{field} {problem}")]
    Usage {
        /// Which option, variable or field of the credentials file.
        field: String,
        /// The problem with its value.
        problem: String,
        /// The next step, as a command where there is one.
        fix: String,
    },
}

impl Failure {
    /// Something that was given is missing or malformed.
    pub(crate) fn usage(
        field: impl Into<String>,
        problem: impl Display,
        fix: impl Into<String>,
    ) -> Self {
        Self::Usage {
            field: field.into(),
            problem: problem.to_string(),
            fix: fix.into(),
        }
    }

    /// The right, role, member or registration to remove does not exist.
    pub(crate) fn not_found(problem: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::NotFound {
            problem: problem.into(),
            fix: fix.into(),
        }
    }

    /// Refused by the server, or certain to be.
    pub(crate) fn refused(
        code: ErrorCode,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self::Refused {
            code,
            problem: problem.into(),
            fix: fix.into(),
        }
    }

    /// A file, the terminal or the system fails.
    pub(crate) fn file(
        what: impl Into<String>,
        reason: &std::io::Error,
        fix: impl Into<String>,
    ) -> Self {
        Self::System {
            what: what.into(),
            reason: reason.to_string(),
            fix: fix.into(),
        }
    }

    /// How the command ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Arguments { .. } | Self::Usage { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }

    /// The stable code: the server's where it refused.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Client(error) => error.code_text(),
            Self::Declined => "admin.declined",
            Self::NotFound { .. } => "admin.not_found",
            Self::Refused { code, .. } => code.as_str(),
            Self::System { .. } => "admin.system",
            Self::Arguments { .. } | Self::Usage { .. } => "admin.usage",
        }
    }

    /// Returns the beginning of a line about it, the same words as in the published command.
    pub(crate) fn heading(&self) -> &'static str {
        let (code, status) = match self {
            Self::Client(error) => (error.code(), error.status()),
            Self::NotFound { .. } => return "Not found",
            Self::Refused { code, .. } => (Some(*code), Some(code.status())),
            _ => return "Error",
        };
        match (code, status) {
            (Some(ErrorCode::MemberUnknown), _) | (_, Some(401)) => "Authentication failed",
            (_, Some(403)) => "Permission denied",
            (_, Some(404)) => "Not found",
            (_, Some(400 | 409 | 422)) => "Validation error",
            _ => "Error",
        }
    }

    /// Returns the advice on what to do about it.
    pub(crate) fn fix(&self) -> String {
        match self {
            Self::Client(error) => remedy::of(error),
            Self::Declined => "run it again and answer y to go on".to_owned(),
            Self::Arguments { fix, .. }
            | Self::NotFound { fix, .. }
            | Self::Refused { fix, .. }
            | Self::System { fix, .. }
            | Self::Usage { fix, .. } => fix.clone(),
        }
    }
}

/// Returns the problem without the code, which is shown beside it.
fn message(error: &ClientError) -> String {
    match error {
        ClientError::Refused(refusal) => refusal.message.clone(),
        other => other.to_string(),
    }
}
