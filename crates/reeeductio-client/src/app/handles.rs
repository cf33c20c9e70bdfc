//! The messages of handles, as far as they were seen.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use reeeductio_proto::{MessageId, Position};

/// Messages that are remembered. Others are asked for.
const MESSAGES: usize = 16_384;

/// The messages of handles, as far as they were seen; the oldest are forgotten first.
#[derive(Debug, Default)]
pub(super) struct Handles(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    ids: BTreeMap<i64, MessageId>,
    handles: HashMap<MessageId, i64>,
}

impl Handles {
    pub(super) fn note(&self, position: Position) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.ids.insert(position.timestamp, position.hash);
        known.handles.insert(position.hash, position.timestamp);
        if known.ids.len() > MESSAGES
            && let Some((_, oldest)) = known.ids.pop_first()
        {
            known.handles.remove(&oldest);
        }
    }

    pub(super) fn id_of(&self, handle: i64) -> Option<MessageId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.ids.get(&handle).copied()
    }

    pub(super) fn handle_of(&self, id: &MessageId) -> Option<i64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.handles.get(id).copied()
    }
}
