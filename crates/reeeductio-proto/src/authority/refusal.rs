//! Why a state message is refused.

use crate::capability::CapabilityError;
use crate::error_code::ErrorCode;

/// Why a state message is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StateRefusal {
    code: ErrorCode,
    field: Option<String>,
    rule: Option<u8>,
    explanation: String,
}

impl StateRefusal {
    pub(crate) fn new(code: ErrorCode, explanation: impl Into<String>) -> Self {
        Self {
            code,
            field: None,
            rule: None,
            explanation: explanation.into(),
        }
    }

    /// A refusal because of one field.
    pub(crate) fn of_field(
        code: ErrorCode,
        field: impl Into<String>,
        explanation: impl Into<String>,
    ) -> Self {
        Self {
            code,
            field: Some(field.into()),
            rule: None,
            explanation: explanation.into(),
        }
    }

    /// An entry below `auth/` in which this field is wrong.
    pub(super) fn entry(field: impl Into<String>, explanation: impl Into<String>) -> Self {
        Self::of_field(ErrorCode::AuthInvalidEntry, field, explanation)
    }

    /// An epoch that breaks a rule (`spec/protocol.md`, "Keyring").
    pub(super) fn keyring(rule: u8, explanation: impl Into<String>) -> Self {
        Self {
            rule: Some(rule),
            ..Self::new(ErrorCode::KeyringInvalid, explanation)
        }
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The part of the request that is wrong, if it is one: `path`, `data`, or a key of the entry's JSON.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The number of the rule of the keyring that the entry breaks, if it breaks one.
    pub fn rule(&self) -> Option<u8> {
        self.rule
    }
}

/// The field, if there is one, and what is wrong with it.
impl std::fmt::Display for StateRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.explanation),
            None => f.write_str(&self.explanation),
        }
    }
}

impl std::error::Error for StateRefusal {}

impl From<CapabilityError> for StateRefusal {
    fn from(error: CapabilityError) -> Self {
        Self::entry(error.field(), error.to_string())
    }
}
