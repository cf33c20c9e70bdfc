//! Heads and event numbers, so that an append reads nothing.

use std::collections::HashMap;

use reeeductio_backend::Head;
use reeeductio_proto::{SpaceId, TopicId};

/// Entries of each kind that are kept; one more and the memory starts over.
const CAPACITY: usize = 100_000;

#[derive(Default)]
pub(crate) struct Cache {
    heads: HashMap<(SpaceId, TopicId), Option<Head>>,
    events: HashMap<SpaceId, u64>,
}

impl Cache {
    pub(crate) fn head(&self, key: &(SpaceId, TopicId)) -> Option<Option<Head>> {
        self.heads.get(key).copied()
    }

    pub(crate) fn set_head(&mut self, key: (SpaceId, TopicId), head: Option<Head>) {
        if self.heads.len() >= CAPACITY {
            self.heads.clear();
        }
        self.heads.insert(key, head);
    }

    pub(crate) fn event(&self, space: &SpaceId) -> Option<u64> {
        self.events.get(space).copied()
    }

    pub(crate) fn set_event(&mut self, space: SpaceId, event: u64) {
        if self.events.len() >= CAPACITY {
            self.events.clear();
        }
        self.events.insert(space, event);
    }
}
