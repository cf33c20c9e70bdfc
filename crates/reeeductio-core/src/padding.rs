//! Padding of plaintexts (`spec/crypto.md`, "Sealed format 1"): lengths tell little of what was written.

use reeeductio_proto::{FormatError, Reader};
use zeroize::Zeroizing;

use crate::seal::{SealError, TAG_LENGTH};

/// Least length of a plaintext.
const LEAST: usize = 192;
/// Greatest length of the plaintext of a message.
pub(crate) const MOST: usize = 65_536;
/// Bytes of the length before the content.
const LENGTH: usize = 4;

/// The length to which `length` bytes are padded: PADMÉ, at least 192. At most 12 % are added above.
pub(crate) fn padded(length: usize) -> usize {
    let exponent = length.max(2).ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1_usize << exponent.saturating_sub(kept)) - 1;
    ((length + mask) & !mask).max(LEAST)
}

/// The plaintext with `content`, of at most `most` bytes. It has room for the tag: it is sealed where it is.
pub(crate) fn pad(content: &[u8], most: usize) -> Result<Vec<u8>, SealError> {
    write(content.len(), most, |plain| {
        plain.extend_from_slice(content);
    })
}

/// [`pad`] for a content that is fields, each behind its length as [`lp`](reeeductio_proto::lp) writes them.
pub(crate) fn pad_fields<const N: usize>(
    fields: [&[u8]; N],
    most: usize,
) -> Result<Vec<u8>, SealError> {
    let content = fields.iter().map(|field| LENGTH + field.len()).sum();
    write(content, most, |plain| {
        for field in fields {
            plain.extend_from_slice(&prefix(field.len()));
            plain.extend_from_slice(field);
        }
    })
}

/// All in one piece of memory, which never moves: no copy of the content is left behind.
fn write(
    content: usize,
    most: usize,
    fill: impl FnOnce(&mut Vec<u8>),
) -> Result<Vec<u8>, SealError> {
    let length = LENGTH + content;
    if length > most {
        return Err(SealError::ContentTooLong(length - most));
    }
    let mut plain = Vec::with_capacity(padded(length) + TAG_LENGTH);
    plain.extend_from_slice(&prefix(content));
    fill(&mut plain);
    plain.resize(padded(length), 0);
    Ok(plain)
}

fn prefix(length: usize) -> [u8; LENGTH] {
    // Whatever is written has at most MOST bytes.
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// The content of a plaintext of at most `most` bytes.
pub(crate) fn unpad(plain: &[u8], most: usize) -> Result<&[u8], FormatError> {
    let mut reader = Reader::new(plain);
    let length = reader.array().map(u32::from_be_bytes);
    let length = length
        .and_then(|length| usize::try_from(length).ok())
        .filter(|length| *length <= most - LENGTH && plain.len() == padded(LENGTH + length))
        .ok_or(FormatError::Malformed(
            "the plaintext has another length than its content",
        ))?;
    let content = reader.take(length);
    if reader.rest().iter().any(|byte| *byte != 0) {
        return Err(FormatError::Malformed("the padding is not zero"));
    }
    content.ok_or(FormatError::Malformed("the plaintext is cut off"))
}

/// The last `length` bytes of the content of a plaintext that was read, where they are: a copy would be one more to make and to wipe.
pub(crate) fn end_of(
    mut plain: Zeroizing<Vec<u8>>,
    content: usize,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    plain.truncate(LENGTH + content);
    let before = plain.len().saturating_sub(length);
    plain.drain(..before);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_rounded_up_to_few_values() {
        for (length, expected) in [
            (0, 192),
            (192, 192),
            (193, 208),
            (256, 256),
            (257, 272),
            (1_000, 1_024),
            (1_025, 1_088),
            (9_000, 9_216),
            (65_000, 65_536),
            (MOST, MOST),
        ] {
            assert_eq!(padded(length), expected, "{length}");
        }
        let mut lengths: Vec<usize> = (0..=MOST).map(padded).collect();
        for (length, padded) in lengths.iter().enumerate() {
            assert!(*padded >= length && (*padded <= LEAST || *padded * 100 <= length * 112));
        }
        lengths.dedup();
        assert!(
            lengths.is_sorted() && lengths.len() < 140,
            "{}",
            lengths.len()
        );
    }
}
