//! Inbox items, as far as a server knows them (`spec/crypto.md`, "Inbox items").

use std::ops::RangeInclusive;

use sha2::{Digest as _, Sha256};

use crate::fields::lp;
use crate::id::{MemberId, SpaceId};
use crate::sealed::FormatError;

/// Least and most bytes of a sealed inbox item.
pub const SEALED_ITEM: RangeInclusive<usize> = 1_339..=64_635;

const FORMAT: u8 = 1;

/// The bytes by which the sender signs an inbox item. `expires` is in Unix milliseconds, or 0 for none.
pub fn inbox_item_statement(
    space: &SpaceId,
    recipient: &MemberId,
    item: [u8; 16],
    expires: u64,
    sealed: &[u8],
) -> Vec<u8> {
    lp([
        b"reeeductio/inbox-item/v1".as_slice(),
        &space.to_bytes(),
        &recipient.to_bytes(),
        &item,
        &expires.to_be_bytes(),
        &Sha256::digest(sealed),
    ])
}

/// Checks what can be seen of a sealed inbox item without the recipient's key: its version and its length.
pub fn check_sealed_item(sealed: &[u8]) -> Result<(), FormatError> {
    match sealed.first() {
        Some(&format) if format != FORMAT => Err(FormatError::unknown("inbox item format", format)),
        _ if SEALED_ITEM.contains(&sealed.len()) => Ok(()),
        _ => Err(FormatError::Malformed(
            "an inbox item has 1,339 to 64,635 bytes",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_of_another_version_is_unknown_and_one_of_another_length_malformed() {
        let of = |version, length| {
            let mut sealed = vec![0; length];
            sealed.iter_mut().take(1).for_each(|byte| *byte = version);
            check_sealed_item(&sealed)
        };
        for length in [1_339, 64_635] {
            assert_eq!(of(1, length), Ok(()));
        }
        for length in [0, 1, 1_338, 64_636] {
            assert!(matches!(of(1, length), Err(FormatError::Malformed(_))));
        }
        for version in [0, 2, 255] {
            assert!(matches!(
                of(version, 1_339),
                Err(FormatError::Unknown { .. })
            ));
        }
    }
}
