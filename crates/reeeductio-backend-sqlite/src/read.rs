//! The queries. Each returns only rows whose checksum is right.

mod blob;
mod data;
mod head;
mod message;
mod probe;
mod space;
mod state;
mod tool_use;

pub(crate) use blob::{any_reference, blob, objects, references};
pub(crate) use data::{DataRow, data, data_paths};
pub(crate) use head::{head, topics};
pub(crate) use message::{events, few_messages, last_event, message, messages};
pub(crate) use probe::probe;
pub(crate) use space::spaces;
pub(crate) use state::{state_entry, state_under};
pub(crate) use tool_use::tool_uses;

use reeeductio_backend::BackendError;

use crate::row::malformed;

/// Reads data of any length.
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

/// For those who asked for data of any length.
impl From<Unread> for BackendError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Failed(error) => error,
            Unread::TooLong => malformed("data"),
        }
    }
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
