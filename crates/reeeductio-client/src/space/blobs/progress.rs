//! How far a transfer is.

/// How far a transfer is. Counted in bytes as they are stored, the sealing included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transferred {
    /// Bytes that have gone over, those of an earlier attempt included.
    pub bytes: u64,
    /// Bytes in all, where that is known.
    pub total: Option<u64>,
}
