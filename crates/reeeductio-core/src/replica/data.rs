//! Reading a data entry, and the signed times that were seen.

use std::collections::{HashMap, VecDeque};

use reeeductio_proto::{DataEntry, DataPath, SpaceId};

use super::batch::{Batch, Judged};
use crate::chain::{ChainError, StateChain};

/// Paths of which the newest signed time is remembered.
const PATHS: usize = 65_536;

/// A data entry that the server is asked for, and how old it may be.
#[derive(Clone, Debug)]
pub struct DataQuestion {
    space: SpaceId,
    path: DataPath,
    /// The newest signed time that was known when the question was asked.
    floor: Option<i64>,
}

impl DataQuestion {
    pub(super) fn new(space: SpaceId, path: DataPath, floor: Option<i64>) -> Self {
        Self { space, path, floor }
    }

    /// Returns the path of the entry.
    pub fn path(&self) -> &DataPath {
        &self.path
    }

    /// Returns whether the signer's authority follows from the state; the owner's does not.
    pub fn needs_state(&self, entry: &DataEntry) -> bool {
        !self.space.is_owned_by(&entry.signed_by)
    }

    /// Judges the answer: whether it was signed for this path by somebody who may write there, and is not older than one that was
    /// seen before the question. `state` must have been read after the answer if [`needs_state`](Self::needs_state) says so.
    pub fn judge(
        self,
        entry: DataEntry,
        state: &StateChain,
    ) -> Result<Judged<DataEntry>, ChainError> {
        entry
            .verify_by_signer(&self.space)
            .map_err(|error| ChainError::DataSignature {
                path: self.path.to_string(),
                error,
            })?;
        if self.needs_state(&entry) {
            state.authorize_entry(&entry)?;
        }
        if self.floor.is_some_and(|floor| entry.signed_at < floor) {
            return Err(ChainError::Older {
                what: format!("data entry {}", self.path),
            });
        }
        let batch = Batch {
            signed_times: vec![(self.path, entry.signed_at)],
            data: vec![entry.clone()],
            ..Batch::default()
        };
        Ok(Judged::new(entry, batch))
    }
}

/// The newest signed time that was seen at each path, as many as fit.
#[derive(Debug, Default)]
pub(super) struct SignedTimes {
    newest: HashMap<DataPath, i64>,
    /// Paths in the order in which they came.
    order: VecDeque<DataPath>,
}

impl SignedTimes {
    pub(super) fn newest(&self, path: &DataPath) -> Option<i64> {
        self.newest.get(path).copied()
    }

    pub(super) fn see(&mut self, path: &DataPath, signed_at: i64) {
        if let Some(newest) = self.newest.get_mut(path) {
            *newest = signed_at.max(*newest);
            return;
        }
        if self.order.len() >= PATHS
            && let Some(oldest) = self.order.pop_front()
        {
            self.newest.remove(&oldest);
        }
        self.newest.insert(path.clone(), signed_at);
        self.order.push_back(path.clone());
    }
}
