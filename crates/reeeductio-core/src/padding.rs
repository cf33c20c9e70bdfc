//! Padding of plaintexts (`spec/crypto.md`, "Sealed format 1"): lengths tell little of what was written.

/// Least length of a plaintext.
const LEAST: usize = 192;
/// Greatest length of a plaintext.
pub(crate) const MOST: usize = 65_536;

/// The length to which `length` bytes are padded: PADMÉ, at least 192. At most 12 % are added above.
pub(crate) fn padded(length: usize) -> usize {
    let exponent = length.max(2).ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1_usize << exponent.saturating_sub(kept)) - 1;
    ((length + mask) & !mask).max(LEAST)
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
