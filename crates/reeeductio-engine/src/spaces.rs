//! The spaces in memory, bounded, and the sink that keeps them up to date.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::RwLock;
use reeeductio_backend::{CommitSink, Committed};
use reeeductio_proto::SpaceId;

use crate::space::{Source, Space};

/// Spaces in memory by id.
pub(crate) struct Spaces {
    held: RwLock<Held>,
    source: Arc<Source>,
    capacity: usize,
    live_ring_bytes: usize,
}

struct Held {
    by_id: HashMap<SpaceId, Arc<Space>>,
    /// How many there may be before unused ones are looked for: more than the capacity while more are in use.
    evict_at: usize,
}

impl Spaces {
    pub(crate) fn new(source: Arc<Source>, capacity: usize, live_ring_bytes: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            held: RwLock::new(Held {
                by_id: HashMap::new(),
                evict_at: capacity,
            }),
            source,
            capacity,
            live_ring_bytes,
        }
    }

    /// The space, made on first use.
    pub(crate) fn get(&self, id: SpaceId) -> Arc<Space> {
        if let Some(space) = self.held.read().by_id.get(&id) {
            space.touch();
            return Arc::clone(space);
        }
        let mut held = self.held.write();
        if held.by_id.len() >= held.evict_at && !held.by_id.contains_key(&id) {
            held.evict(self.capacity);
        }
        let space = held.by_id.entry(id).or_insert_with(|| {
            let source = Arc::clone(&self.source);
            Arc::new(Space::new(id, source, self.live_ring_bytes))
        });
        space.touch();
        Arc::clone(space)
    }
}

impl Held {
    /// Drops the longest unused spaces that nobody holds. Many at once, and not again before as many were
    /// added: so the cost of looking at all of them is spread, also while none can be dropped.
    fn evict(&mut self, capacity: usize) {
        let many = capacity / 8 + 1;
        let mut idle: Vec<(i64, SpaceId)> = self
            .by_id
            .iter()
            .filter(|(_, space)| Arc::strong_count(space) == 1)
            .map(|(id, space)| (space.used_at(), *id))
            .collect();
        idle.sort_unstable();
        let surplus = self.by_id.len().saturating_sub(capacity);
        for (_, id) in idle.into_iter().take(surplus + many) {
            self.by_id.remove(&id);
        }
        self.evict_at = capacity.max(self.by_id.len() + many);
    }
}

impl Spaces {
    /// Takes in commits: those of this process, in their order, or what another process tells of.
    pub(crate) fn committed(&self, batch: &[Committed]) {
        for commit in batch {
            let space = self.held.read().by_id.get(&commit.space).cloned();
            if let Some(space) = space {
                space.committed(commit);
            }
        }
    }
}

/// What the records hold of an engine: not the engine, which holds the records.
pub(crate) struct Sink(pub(crate) Weak<Spaces>);

impl CommitSink for Sink {
    fn committed(&self, batch: &[Committed]) {
        if let Some(spaces) = self.0.upgrade() {
            spaces.committed(batch);
        }
    }
}
