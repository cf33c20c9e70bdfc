//! Records that are kept together, and judged values with theirs.

use std::sync::Arc;

use reeeductio_proto::{ChainId, DataEntry, DataPath, Message, Position};

use crate::chain::{ChainError, Item};

/// Records that are kept together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Messages of any chains.
    pub messages: Vec<Arc<Message>>,
    /// Positions up to which chains were seen without a gap.
    pub heads: Vec<(ChainId, Position)>,
    /// Signed times of data entries that were seen, Unix milliseconds.
    pub signed_times: Vec<(DataPath, i64)>,
    /// Data entries that were verified.
    pub data: Vec<DataEntry>,
}

impl Batch {
    /// Returns whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.heads.is_empty()
            && self.signed_times.is_empty()
            && self.data.is_empty()
    }
}

/// A judged value, and the records that must be durable before it is used.
#[derive(Clone, Debug)]
#[must_use = "the records are to be kept first"]
pub struct Judged<T> {
    value: T,
    batch: Batch,
}

impl<T> Judged<T> {
    pub(super) fn new(value: T, batch: Batch) -> Self {
        Self { value, batch }
    }

    /// Returns the records, to be kept before the value is used, and the value.
    pub fn into_parts(self) -> (Batch, T) {
        (self.batch, self.value)
    }
}

impl Judged<Vec<Item>> {
    /// Returns whether a message was refused for want of a right, which a state that was read anew might give.
    pub fn lacks_right(&self) -> bool {
        self.value.iter().any(|item| {
            matches!(item, Item::Refused(refused) if matches!(refused.reason, ChainError::Unauthorized { .. }))
        })
    }
}
