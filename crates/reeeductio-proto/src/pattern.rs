//! Path patterns of capabilities (wire.md 8.2; docs/adr/0002).

use std::fmt;

use crate::id::MemberId;

/// Which resources a capability speaks about: a path with wildcards.
///
/// Kept in its canonical form: no slashes at the ends, and the two spellings of "the messages of a
/// topic" that readers expect, `topics/T` and `topics/T/messages/{any}`, as `topics/T/messages`.
#[derive(Clone, Eq, PartialEq)]
pub struct Pattern(Vec<Segment>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Segment {
    /// `{any}`: one segment.
    Any,
    /// `{other}`: one segment that is not the acting member's id.
    Other,
    /// `{...}` at the end: any number of segments.
    Rest,
    /// `{self}`: the acting member's id.
    Myself,
    /// Itself. Also `{...}` anywhere but at the end, which no resource contains.
    Word(Box<str>),
}

/// Longest pattern, in bytes, as it was given and in its canonical form.
const MAX_LENGTH: usize = 1024;

/// Why a text is not a pattern.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// A character that is not allowed.
    #[error("segment {0:?} holds characters other than a-z, A-Z, 0-9, '.', '_' and '-'")]
    Character(String),
    /// Nothing.
    #[error("a pattern cannot be empty")]
    Empty,
    /// Too long.
    #[error("at most {MAX_LENGTH} bytes are allowed")]
    Length,
    /// Not one of the kinds of resource.
    #[error(
        "must be {{any}}, {{...}}, or start with blobs, data, inbox, signals, state or topics, not {0:?}"
    )]
    Resource(String),
    /// Braces around something else.
    #[error("{0:?} is not a wildcard: there are {{self}}, {{any}}, {{other}} and {{...}}")]
    Wildcard(String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// ```
    /// use reeeductio_proto::Pattern;
    /// assert!(Pattern::parse("state/profiles/{self}").is_ok());
    /// assert!(Pattern::parse("profiles/{self}").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.len() > MAX_LENGTH {
            return Err(PatternError::Length);
        }
        let stripped = text.trim_matches('/');
        if stripped.is_empty() {
            return Err(PatternError::Empty);
        }
        let mut segments = Vec::new();
        for segment in stripped.split('/') {
            segments.push(Segment::parse(segment)?);
        }
        if let [.., last @ Segment::Word(_)] = segments.as_mut_slice()
            && *last == Segment::Word("{...}".into())
        {
            *last = Segment::Rest;
        }
        match segments.as_slice() {
            [Segment::Any | Segment::Rest] => {}
            [Segment::Word(first), ..]
                if matches!(
                    &**first,
                    "blobs" | "data" | "inbox" | "signals" | "state" | "topics"
                ) => {}
            _ => {
                let first = stripped.split('/').next().unwrap_or_default();
                return Err(PatternError::Resource(first.to_owned()));
            }
        }
        let pattern = Self(canonical(segments));
        // The messages of a topic are longer in their canonical spelling than in another.
        if pattern.to_string().len() > MAX_LENGTH {
            return Err(PatternError::Length);
        }
        Ok(pattern)
    }

    /// Returns whether `path`, split at slashes, is one the pattern speaks of when `acting` acts.
    pub fn matches<'a>(&self, path: impl IntoIterator<Item = &'a str>, acting: &MemberId) -> bool {
        let mut path = path.into_iter();
        for segment in &self.0 {
            if *segment == Segment::Rest {
                return true;
            }
            let Some(actual) = path.next() else {
                return false;
            };
            if !segment.matches(actual, acting) {
                return false;
            }
        }
        path.next().is_none()
    }

    /// Returns whether the pattern speaks of `path`, split at slashes, or of some path below it, when `acting` acts.
    pub(crate) fn reaches<'a>(
        &self,
        path: impl Iterator<Item = &'a str>,
        acting: &MemberId,
    ) -> bool {
        let mut segments = self.0.iter();
        for actual in path {
            match segments.next() {
                Some(Segment::Rest) => return true,
                Some(segment) if segment.matches(actual, acting) => {}
                _ => return false,
            }
        }
        true
    }

    /// Returns whether everything `other` speaks of, this speaks of too, for a grant (wire.md 8.4).
    pub fn covers(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        if let [prefix @ .., Segment::Rest] = self.0.as_slice() {
            return other.0.len() >= prefix.len()
                && prefix
                    .iter()
                    .zip(&other.0)
                    .all(|(mine, theirs)| mine.covers(theirs));
        }
        self.0.len() == other.0.len()
            && self
                .0
                .iter()
                .zip(&other.0)
                .all(|(mine, theirs)| mine.covers(theirs))
    }
}

/// Which roles a pattern lets its holder assign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AssignableRoles<'a> {
    /// Any, also ones that do not exist yet.
    Any,
    /// None.
    None,
    /// This one.
    One(&'a str),
}

impl Pattern {
    /// Which of the paths `state/auth/users/{user}/roles/{role}` the pattern speaks of, for some user.
    pub(crate) fn assignable_roles(&self) -> AssignableRoles<'_> {
        let mut segments = self.0.iter();
        for expected in [
            Some("state"),
            Some("auth"),
            Some("users"),
            None,
            Some("roles"),
        ] {
            match (segments.next(), expected) {
                (Some(Segment::Rest), _) => return AssignableRoles::Any,
                (Some(Segment::Word(word)), Some(expected)) if **word != *expected => {
                    return AssignableRoles::None;
                }
                (Some(_), _) => {}
                (None, _) => return AssignableRoles::None,
            }
        }
        match segments.next() {
            Some(Segment::Word(role)) => AssignableRoles::One(role),
            Some(_) => AssignableRoles::Any,
            None => AssignableRoles::None,
        }
    }
}

impl Segment {
    fn matches(&self, actual: &str, acting: &MemberId) -> bool {
        match self {
            Self::Any | Self::Rest => true,
            Self::Myself => acting.is_text(actual),
            Self::Other => !acting.is_text(actual),
            Self::Word(word) => **word == *actual,
        }
    }

    fn parse(text: &str) -> Result<Self, PatternError> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
        Ok(match text {
            "{any}" => Self::Any,
            "{other}" => Self::Other,
            "{self}" => Self::Myself,
            "{...}" => Self::Word(text.into()),
            _ if text.contains(['{', '}']) => return Err(PatternError::Wildcard(text.to_owned())),
            _ if !text.bytes().all(allowed) => {
                return Err(PatternError::Character(text.to_owned()));
            }
            _ => Self::Word(text.into()),
        })
    }

    fn covers(&self, other: &Self) -> bool {
        match self {
            Self::Any => *other != Self::Rest,
            _ => self == other,
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Any => "{any}",
            Self::Other => "{other}",
            Self::Rest => "{...}",
            Self::Myself => "{self}",
            Self::Word(word) => word,
        }
    }
}

/// Brings the spellings of "the messages of a topic" to one.
fn canonical(mut segments: Vec<Segment>) -> Vec<Segment> {
    let word = |text: &str| Segment::Word(text.into());
    match segments.as_slice() {
        [topics, topic] if *topics == word("topics") && *topic != Segment::Rest => {
            segments.push(word("messages"));
        }
        [topics, _, messages, Segment::Any]
            if *topics == word("topics") && *messages == word("messages") =>
        {
            segments.pop();
        }
        _ => {}
    }
    segments
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            f.write_str(segment.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_any_length_is_written_as_one() {
        for length in 1000..=MAX_LENGTH {
            let text = format!("topics/{}", "a".repeat(length - "topics/".len()));
            if let Ok(pattern) = Pattern::parse(&text) {
                assert_eq!(Pattern::parse(&pattern.to_string()), Ok(pattern));
            }
        }
    }
}
