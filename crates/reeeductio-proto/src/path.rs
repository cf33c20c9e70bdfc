//! Paths of state entries and data entries (wire.md 4.1 and 5).

use std::fmt;

/// Longest state path, in bytes.
pub const MAX_STATE_PATH: usize = 512;
/// Longest data path, in bytes.
pub const MAX_DATA_PATH: usize = 1024;

/// Why a text is not a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// A character that is not allowed.
    #[error("a segment holds characters other than a-z, A-Z, 0-9, '.', '_' and '-'")]
    Character,
    /// A control character in a data path.
    #[error("control characters are not allowed")]
    Control,
    /// `.` or `..`.
    #[error("'.' and '..' are not allowed as segments")]
    Dots,
    /// Nothing, or a slash too many.
    #[error("empty segments are not allowed: no slash at the start or end, none doubled")]
    Empty,
    /// Too long.
    #[error("at most {0} bytes are allowed")]
    Length(usize),
}

/// Where a state entry lives: segments of `[a-zA-Z0-9._-]+`, joined by single slashes.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StatePath(String);

impl StatePath {
    /// Reads a path.
    ///
    /// ```
    /// use reeeductio_proto::StatePath;
    /// assert!(StatePath::parse("profiles/alice").is_ok());
    /// assert!(StatePath::parse("/profiles/alice").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > MAX_STATE_PATH {
            return Err(PathError::Length(MAX_STATE_PATH));
        }
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
        for segment in text.split('/') {
            match segment {
                "" => return Err(PathError::Empty),
                "." | ".." => return Err(PathError::Dots),
                _ if !segment.bytes().all(allowed) => return Err(PathError::Character),
                _ => {}
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

/// Where a data entry lives: any text without control characters, in segments that are not empty.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DataPath(String);

impl DataPath {
    /// Reads a path.
    ///
    /// ```
    /// use reeeductio_proto::DataPath;
    /// assert!(DataPath::parse("opaque/users/alice@example.org").is_ok());
    /// assert!(DataPath::parse("presence/").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > MAX_DATA_PATH {
            return Err(PathError::Length(MAX_DATA_PATH));
        }
        if text.split('/').any(str::is_empty) {
            return Err(PathError::Empty);
        }
        if text.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(PathError::Dots);
        }
        if text.contains(char::is_control) {
            return Err(PathError::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! shown {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

shown!(StatePath);
shown!(DataPath);
