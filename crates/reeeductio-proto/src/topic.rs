//! Topic ids (wire.md 3.3).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names a topic: 2 to 64 characters of `[a-z0-9_-]`, the first and last a letter or digit.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TopicId(Arc<str>);

/// A text does not name a topic.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a topic id has 2 to 64 characters of a-z, 0-9, - and _, and starts and ends with a letter or digit"
)]
pub struct TopicError;

impl TopicId {
    /// The name of the topic that holds the space's state.
    pub const STATE: &'static str = "state";

    /// Reads a topic id.
    ///
    /// ```
    /// use reeeductio_proto::TopicId;
    /// assert!(TopicId::parse("general").is_ok());
    /// assert!(TopicId::parse("General").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, TopicError> {
        let inner = |c: &u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let bytes = text.as_bytes();
        let valid = (2..=64).contains(&bytes.len())
            && bytes.first().is_some_and(inner)
            && bytes.last().is_some_and(inner)
            && bytes.iter().all(|c| inner(c) || matches!(c, b'-' | b'_'));
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(TopicError)
        }
    }

    /// The topic that holds the space's state.
    pub fn state() -> Self {
        Self(Self::STATE.into())
    }

    /// Returns whether this is the topic that holds the space's state.
    pub fn is_state(&self) -> bool {
        &*self.0 == Self::STATE
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for TopicId {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        Self::parse(text)
    }
}

impl Serialize for TopicId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TopicId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
