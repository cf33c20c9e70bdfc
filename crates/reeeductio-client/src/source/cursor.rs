//! Where a stream can be resumed.

/// Characters of a cursor; servers send fewer than forty.
const LONGEST: usize = 128;

/// Where a stream can be resumed. Its text means something to its source only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StreamCursor(String);

impl StreamCursor {
    /// A cursor of at most 128 letters, digits and `-._~`, which URLs may hold as they are; `None` for any other text.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
        let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_fits_into_a_url() {
        for good in ["17.Zm9vYmFy_-A", "0", &"a".repeat(128)] {
            assert_eq!(StreamCursor::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a&token=b", "a b", "ü", "%20", &"a".repeat(129)] {
            assert_eq!(StreamCursor::new(bad), None, "{bad}");
        }
    }
}
