//! Signals: what both sides say of one (`spec/crypto.md`, "Signals").

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fields::lp;
use crate::id::{MemberId, SpaceId};

/// The subject of a signal: 1 to 64 characters of `a-z`, `0-9`, `.`, `_` and `-`.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Subject(Arc<str>);

/// A text is not the subject of a signal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a subject has 1 to 64 characters of a-z, 0-9, '.', '_' and '-'")]
pub struct SubjectError;

impl Subject {
    /// Most characters.
    pub const LENGTH: usize = 64;
    /// The subject whose right to `read` shows who is connected. No signal has it.
    pub const PRESENCE: &'static str = "presence";

    /// Reads a subject.
    ///
    /// ```
    /// use reeeductio_proto::Subject;
    /// assert!(Subject::parse("cursor.moved").is_ok());
    /// assert!(Subject::parse("Typing").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, SubjectError> {
        let is_plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"._-".contains(&c);
        if (1..=Self::LENGTH).contains(&text.len()) && text.bytes().all(is_plain) {
            return Ok(Self(text.into()));
        }
        Err(SubjectError)
    }

    /// The subject [`PRESENCE`](Self::PRESENCE).
    pub fn presence() -> Self {
        Self(Self::PRESENCE.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The bytes that the sender of a signal signs. `to` is `None` for all members.
pub fn signal_statement(
    space: SpaceId,
    subject: &str,
    to: Option<&MemberId>,
    session: &[u8; 16],
    counter: u64,
    sealed: &[u8],
) -> Vec<u8> {
    let to = to.map(MemberId::to_bytes);
    lp([
        b"reeeductio/signal/v1".as_slice(),
        &space.to_bytes(),
        subject.as_bytes(),
        to.as_ref().map_or(&[], |to| to.as_slice()),
        session,
        &counter.to_be_bytes(),
        sealed,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_short_and_plain() {
        let longest = "a".repeat(Subject::LENGTH);
        for good in ["a", "presence", "a.b_c-9", &longest] {
            assert_eq!(Subject::parse(good).unwrap().as_str(), good);
        }
        let longer = "a".repeat(Subject::LENGTH + 1);
        for bad in ["", "*", "A", "a b", "a/b", "é", &longer] {
            assert_eq!(Subject::parse(bad), Err(SubjectError), "{bad}");
        }
    }
}
