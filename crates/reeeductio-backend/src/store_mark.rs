//! Marks that tie a blob store to its records.

use std::fmt;

use crate::{BackendError, Rng, SystemRng};

/// Written to a blob store and to its records alike. Where the two differ, the records may not know every blob.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StoreMark {
    /// The server they belong to, in all its copies and backups.
    pub id: u128,
    /// Another one from time to time, so that records are told from an older copy of them.
    pub turn: u128,
}

impl StoreMark {
    /// A mark with another turn; `id` stays.
    pub fn next(id: u128) -> Result<Self, BackendError> {
        let turn = Self::random()?;
        Ok(Self { id, turn })
    }

    /// A number that nobody else has drawn.
    pub fn random() -> Result<u128, BackendError> {
        let mut bytes = [0; 16];
        SystemRng.fill(&mut bytes)?;
        Ok(u128::from_be_bytes(bytes))
    }

    /// Reads what [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, turn) = text.trim_end().split_once(' ')?;
        let number = |text: &str| {
            let written = text.len() == 32;
            written.then(|| u128::from_str_radix(text, 16).ok())?
        };
        Some(Self {
            id: number(id)?,
            turn: number(turn)?,
        })
    }
}

impl fmt::Display for StoreMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x} {:032x}", self.id, self.turn)
    }
}

/// The records' knowledge of the blob store they belong to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StoreRecord {
    /// The mark; `None` if these records were never served beside a marked store.
    pub mark: Option<StoreMark>,
    /// The turn before: a crash may have left it in the blob store.
    pub previous: Option<u128>,
    /// Objects that no record refers to are kept until the operator says otherwise.
    pub held: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_and_nothing_else_is_one() {
        let mark = StoreMark::next(7).unwrap();
        assert_eq!(StoreMark::parse(&format!("{mark}\n")), Some(mark));
        assert_ne!(StoreMark::next(7).unwrap(), mark);
        let cut = mark.to_string()[..40].to_owned();
        for text in ["", "7 7", "x", &cut] {
            assert_eq!(StoreMark::parse(text), None, "{text}");
        }
    }
}
