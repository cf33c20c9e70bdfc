//! The queries. Each returns only rows whose checksum is right.

pub(crate) mod blobs;
pub(crate) mod data;
pub(crate) mod entries;
pub(crate) mod inboxes;
pub(crate) mod messages;
pub(crate) mod payloads;
pub(crate) mod probe;
pub(crate) mod spaces;
pub(crate) mod state;
pub(crate) mod tools;
pub(crate) mod tree;
pub(crate) mod usage;

use reeeductio_backend::{BackendError, PageLimit};

use crate::row::malformed;

/// Bytes of data of any length.
pub(crate) const WHOLE: i64 = i64::MAX;

/// Why a row was not read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It could not be, or is not what was written.
    Failed(BackendError),
    /// Its data is longer than was asked for.
    TooLong,
}

impl From<BackendError> for Unread {
    fn from(error: BackendError) -> Self {
        Self::Failed(error)
    }
}

/// For queries of data of any length.
impl From<Unread> for BackendError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Failed(error) => error,
            Unread::TooLong => malformed("data"),
        }
    }
}

/// A count as SQLite takes it.
pub(crate) fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// One row more than a page holds, so that it is known whether there are more.
fn beyond(limit: PageLimit) -> i64 {
    limit_of(limit.count.saturating_add(1))
}
