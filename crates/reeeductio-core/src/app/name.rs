//! Names of users and channels, as segments of state paths (`spec/apps.md`, "Names").

/// Longest name, in bytes of UTF-8.
pub const MAX_NAME: usize = 128;

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It has a character that cannot be seen, or a space at an end.
    #[error("a name has no control characters, and no space at its beginning or end")]
    Character,
    /// It is empty or too long.
    #[error("a name has 1 to {MAX_NAME} bytes")]
    Length,
}

/// Refuses what is not a name.
pub(super) fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(NameError::Length);
    }
    if name.trim() != name || name.contains(char::is_control) {
        return Err(NameError::Character);
    }
    Ok(())
}

/// The segment that stands for a name: letters, digits, `_` and `-` of ASCII stand for themselves, every other byte for `.` and two hexadecimal
/// digits. No two names have one segment.
pub(super) fn to_segment(name: &str) -> Result<String, NameError> {
    check_name(name)?;
    let mut segment = String::with_capacity(name.len());
    for byte in name.bytes() {
        if is_plain(byte) {
            segment.push(char::from(byte));
        } else {
            segment.extend(['.', hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
    }
    Ok(segment)
}

/// The name that a segment stands for; `None` if [`to_segment`] does not write it.
pub(super) fn from_segment(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'.' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    let name = String::from_utf8(bytes).ok()?;
    (to_segment(&name).ok()? == segment).then_some(name)
}

fn hex_digit(value: u8) -> char {
    let digit = char::from_digit(u32::from(value), 16).unwrap_or('0');
    digit.to_ascii_uppercase()
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_segment_and_a_segment_one_name() {
        for (name, segment) in [
            ("general", "general"),
            ("Café 2", "Caf.C3.A9.202"),
            ("ada@example.org", "ada.40example.2Eorg"),
            ("..", ".2E.2E"),
            ("a/b", "a.2Fb"),
        ] {
            assert_eq!(to_segment(name).as_deref(), Ok(segment));
            assert_eq!(from_segment(segment).as_deref(), Some(name));
        }
        for other in [".2e.2E", ".61", "a.", "a.4", "", ".C3", ".00", ".20a"] {
            assert_eq!(from_segment(other), None, "{other}");
        }
    }

    #[test]
    fn a_name_that_nobody_could_read_or_tell_apart_is_refused() {
        for name in ["", " a", "a ", "a\nb", "\u{0}"] {
            assert!(to_segment(name).is_err(), "{name:?}");
        }
        assert_eq!(to_segment(&"é".repeat(65)), Err(NameError::Length));
        assert!(to_segment(&"é".repeat(64)).is_ok());
    }
}
