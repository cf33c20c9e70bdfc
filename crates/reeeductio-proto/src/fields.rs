//! Fields as bytes, for statements, derivations and associated data (`spec/crypto.md`).

/// Fields, each behind its length as four bytes: no two lists of fields give the same bytes.
///
/// ```
/// use reeeductio_proto::lp;
/// assert_eq!(lp([b"ab".as_slice(), b""]), b"\0\0\0\x02ab\0\0\0\0");
/// ```
pub fn lp<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    for field in fields {
        // Every field has a limit far below.
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

/// Reads bytes from their beginning.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `length` bytes; `None` if there are fewer.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]: [u8; 1]| byte)
    }

    /// The next field that [`lp`] wrote.
    pub fn field(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_be_bytes(self.array()?);
        self.take(usize::try_from(length).ok()?)
    }

    /// The bytes that are left.
    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Returns whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_were_written_and_never_beyond_the_end() {
        let bytes = lp([b"one".as_slice(), b"", &[7; 300]]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.field(), Some(b"one".as_slice()));
        assert_eq!(reader.field(), Some(b"".as_slice()));
        assert_eq!(reader.field(), Some([7; 300].as_slice()));
        assert!(reader.is_empty());
        for length in 0..bytes.len() {
            let mut reader = Reader::new(&bytes[..length]);
            let read = std::iter::from_fn(|| reader.field()).count();
            assert!(read < 3, "{length}");
        }
    }
}
