//! The client's local store: what was seen of a space, kept on this machine. With one, a server that goes
//! back in time, shows two histories or withholds what it showed before is detected, also after a restart.
//!
//! [`Store`] is the port: an ordered map of bytes. [`Records`] is the typed layer above it; the bytes it
//! writes are specified in `spec/local-store.md`.
//!
//! Sealed content stays sealed in a store, plain content is plain, and the credentials of a [`Keyring`](crate::Keyring) are not
//! encrypted. Do not share one between users of a machine.

pub mod conformance;
mod memory;
mod partition;
pub mod records;

use std::fmt;

use reeeductio_proto::ClientCode;

pub use memory::MemoryStore;
pub(crate) use partition::Partition;
pub use records::{Batch, Entry, Records, Snapshot};

use crate::platform::{BoxFuture, MaybeSync};

/// Longest key, in bytes. A key has at least one.
pub const MAX_KEY: usize = 2048;
/// Longest value, in bytes.
pub const MAX_VALUE: usize = 64 << 20;

/// Result of a store's operation.
pub type Stored<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// An ordered map of bytes. Keys are ordered as unsigned bytes, a prefix before what it begins.
///
/// Several processes or browser tabs may share one store. [`conformance`] is the suite that an
/// implementation passes; [`check`] is the test of lengths it starts a commit with.
pub trait Store: fmt::Debug + MaybeSync {
    /// Values of the keys, in the order of the keys, all from one moment.
    fn get(&self, keys: Vec<Vec<u8>>) -> Stored<'_, Vec<Option<Vec<u8>>>>;

    /// One page of a range.
    fn scan(&self, scan: Scan) -> Stored<'_, Scanned>;

    /// Applies all changes, in their order, or none.
    fn commit(&self, changes: Vec<Change>, durability: Durability) -> Stored<'_, ()>;

    /// Deletes everything.
    fn clear(&self) -> Stored<'_, ()>;
}

/// A range to read, and how much of it at once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scan {
    /// First key, inclusive.
    pub from: Vec<u8>,
    /// Last key, exclusive.
    pub to: Vec<u8>,
    /// Most pairs to return.
    pub limit: usize,
    /// Most bytes to return, keys and values together. The first pair is returned whatever its size.
    pub bytes: usize,
    /// Start at the end of the range.
    pub reverse: bool,
}

/// A page of a range.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scanned {
    /// In the order of the scan.
    pub pairs: Vec<Pair>,
    /// Whether the range holds more than `limit` or `bytes` allowed.
    pub has_more: bool,
}

/// One change of a commit. The conditions are decided inside the commit, because others may write too.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// Adds a pair if its key is absent, and then sets the pairs `with` too.
    Insert {
        /// The key that decides.
        key: Vec<u8>,
        /// Its value.
        value: Vec<u8>,
        /// Pairs that are set exactly if `key` was absent.
        with: Vec<Pair>,
    },
    /// Sets a value unless the present one is greater, compared as unsigned bytes.
    Raise {
        /// The key.
        key: Vec<u8>,
        /// Its value.
        value: Vec<u8>,
    },
    /// Sets a value.
    Put {
        /// The key.
        key: Vec<u8>,
        /// Its value.
        value: Vec<u8>,
    },
    /// Removes a key. An absent one is no error.
    Delete {
        /// The key.
        key: Vec<u8>,
    },
}

/// Durability of a finished commit.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Durability {
    /// The end of the process. A loss of power may undo the last commits, in the order of their age.
    Process,
    /// A loss of power, as far as the machine can promise it.
    Disk,
}

/// Refuses keys and values that are too long. A store calls it before it changes anything.
pub fn check(changes: &[Change]) -> Result<(), StoreError> {
    changes.iter().try_for_each(|change| match change {
        Change::Insert { key, value, with } => {
            check_pair(key, value)?;
            with.iter()
                .try_for_each(|(key, value)| check_pair(key, value))
        }
        Change::Raise { key, value } | Change::Put { key, value } => check_pair(key, value),
        Change::Delete { key } => check_pair(key, &[]),
    })
}

fn check_pair(key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    let refused = |what, length, most| Err(StoreError::Length { what, length, most });
    if key.is_empty() || key.len() > MAX_KEY {
        return refused("key", key.len(), MAX_KEY);
    }
    if value.len() > MAX_VALUE {
        return refused("value", value.len(), MAX_VALUE);
    }
    Ok(())
}

/// Errors that arise when using a local store.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It holds what was never saved. Keep it as evidence, and begin with another one.
    #[error("the local store is damaged: {0}")]
    Damaged(String),
    /// A key or value is empty or too long for a store. Nothing was saved.
    #[error("the local store takes no {what} of {length} bytes; the most is {most}")]
    Length {
        /// `key` or `value`.
        what: &'static str,
        /// Its length, in bytes.
        length: usize,
        /// The greatest length, in bytes.
        most: usize,
    },
    /// It cannot be read or written.
    #[error("the local store cannot be used: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// The stable code, as text.
    pub fn code(&self) -> &'static str {
        self.client_code().as_str()
    }

    /// The stable code.
    pub fn client_code(&self) -> ClientCode {
        match self {
            Self::Damaged(_) => ClientCode::StoreDamaged,
            Self::Length { .. } => ClientCode::StoreLength,
            Self::Unavailable(_) => ClientCode::StoreUnavailable,
        }
    }
}
