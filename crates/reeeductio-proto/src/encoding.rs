//! Base64: the standard one with padding, strictly (wire.md 2.3), and that of tokens.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A text is not the standard base64 of any bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// A character outside the alphabet, missing padding, or bits that no encoder sets.
    #[error("not standard base64 with padding")]
    NotBase64,
    /// The right encoding of the wrong number of bytes.
    #[error("decodes to {actual} bytes, {expected} are required")]
    Length {
        /// Bytes the field holds.
        expected: usize,
        /// Bytes there were.
        actual: usize,
    },
}

/// Encodes with padding.
///
/// ```
/// assert_eq!(reeeductio_proto::encoding::encode(b"hello"), "aGVsbG8=");
/// ```
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes what [`encode`] makes and nothing else.
///
/// ```
/// use reeeductio_proto::encoding::decode;
/// assert_eq!(decode("aGVsbG8=").as_deref(), Ok(&b"hello"[..]));
/// assert!(decode("aGVsbG8").is_err());
/// ```
pub fn decode(text: &str) -> Result<Vec<u8>, EncodingError> {
    STANDARD.decode(text).map_err(|_| EncodingError::NotBase64)
}

/// Encodes as base64url without padding, for places where `+`, `/` and `=` mean something.
pub fn encode_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url without padding, as a part of a JSON web token is written (RFC 7515); `None` for anything else.
pub fn decode_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Decodes a field of a fixed length.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], EncodingError> {
    let bytes = decode(text)?;
    let actual = bytes.len();
    bytes.try_into().map_err(|_| EncodingError::Length {
        expected: N,
        actual,
    })
}

/// Checks that a text is base64 without keeping the bytes.
pub fn check(text: &str) -> Result<(), EncodingError> {
    let bytes = text.as_bytes();
    let (body, last) = bytes.split_at(bytes.len().saturating_sub(4));
    let plain = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/');
    if bytes.len().is_multiple_of(4) && body.iter().all(plain) && STANDARD.decode(last).is_ok() {
        Ok(())
    } else {
        Err(EncodingError::NotBase64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_agrees_with_decode() {
        for text in [
            "", "MQ==", "MTI=", "MTIz", "MTIzNA==", "MQ", "MQ=", "MR==", "M===", "====",
            "MQ==MQ==", "-_-_", "MTIz\n", "MTI z", "é", "MTIzMTI=",
        ] {
            assert_eq!(check(text).is_ok(), decode(text).is_ok(), "{text:?}");
        }
    }
}
