//! The engine's error: a stable code, a message that names the fix, and what a client can act on.

use std::fmt;

use reeeductio_backend::{BackendError, BackendErrorKind};
use reeeductio_proto::{ErrorCode, Position, StateRefusal};

/// Why the engine did not do what was asked.
#[derive(Clone, Debug)]
pub struct Refusal {
    code: ErrorCode,
    field: Option<&'static str>,
    message: String,
    details: Option<Details>,
}

/// Details that a client can act on, beside the code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Details {
    /// The head of the topic, `None` while it is empty: what `prev_hash` should have been.
    Head(Option<Position>),
    /// Seconds to wait before the next attempt.
    RetryAfter(u64),
    /// Bytes of the blob, of which a range lies outside.
    Size(u64),
    /// The quota that the write would exceed.
    OverQuota(OverQuotaDetails),
    /// The number of the rule that an entry of the keyring breaks.
    Rule(u8),
}

/// A quota, and how much of it is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OverQuotaDetails {
    /// Its key in the server's configuration, `quotas.space_messages` for example.
    pub quota: &'static str,
    /// The most that may be stored.
    pub limit: u64,
    /// Amount stored, without the refused write.
    pub stored: u64,
}

impl Refusal {
    /// A refusal; `message` names the field and the fix.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            field: None,
            message: message.into(),
            details: None,
        }
    }

    /// A refusal of one field of the request; `explanation` says what is wrong with it, and the fix.
    pub fn field(code: ErrorCode, field: &'static str, explanation: impl fmt::Display) -> Self {
        Self {
            field: Some(field),
            ..Self::new(code, explanation.to_string())
        }
    }

    /// Adds what a client can act on.
    #[must_use]
    pub fn with(mut self, details: Details) -> Self {
        self.details = Some(details);
        self
    }

    /// A refusal that passes: `what` is a sentence, and the client may try again after `seconds`.
    pub fn for_now(code: ErrorCode, what: impl fmt::Display, seconds: u64) -> Self {
        let unit = if seconds == 1 { "second" } else { "seconds" };
        Self::new(code, format!("{what} Try again in {seconds} {unit}."))
            .with(Details::RetryAfter(seconds))
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The field of the request that is refused, where it is one.
    pub fn refused_field(&self) -> Option<&'static str> {
        self.field
    }

    /// Returns what is wrong, and the fix, without the field's name.
    pub fn explanation(&self) -> &str {
        &self.message
    }

    /// Returns the details that a client can act on.
    pub fn details(&self) -> Option<&Details> {
        self.details.as_ref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl From<StateRefusal> for Refusal {
    fn from(refusal: StateRefusal) -> Self {
        Self {
            details: refusal.rule().map(Details::Rule),
            ..Self::new(refusal.code(), refusal.to_string())
        }
    }
}

impl std::error::Error for Refusal {}

impl From<BackendError> for Refusal {
    /// The client learns the kind; the operator's log gets the particulars, once, here.
    fn from(error: BackendError) -> Self {
        match error.kind() {
            BackendErrorKind::Corrupt => {
                tracing::error!(error = %error, "stored data fails its check; run `reeeductio verify`");
                Self::new(
                    ErrorCode::StorageCorrupt,
                    "What is stored here fails its integrity check and is not served. The operator must run `reeeductio verify`.",
                )
            }
            kind => {
                tracing::error!(error = %error, ?kind, "storage is unavailable");
                Self::new(
                    ErrorCode::StorageUnavailable,
                    "The storage cannot answer now. Try again later.",
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_second_is_no_plural() {
        let refusal = |seconds| Refusal::for_now(ErrorCode::RateLimited, "Too many.", seconds);
        assert_eq!(refusal(1).to_string(), "Too many. Try again in 1 second.");
        assert_eq!(refusal(2).to_string(), "Too many. Try again in 2 seconds.");
        assert_eq!(refusal(1).details(), Some(&Details::RetryAfter(1)));
    }
}
