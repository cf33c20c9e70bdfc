//! The spaces in memory, bounded, and the sink that keeps them up to date.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use reeeductio_backend::{CommitSink, Committed};
use reeeductio_proto::SpaceId;

use crate::space::Space;

/// Spaces in memory by id.
pub(crate) struct Spaces {
    by_id: RwLock<HashMap<SpaceId, Arc<Space>>>,
    capacity: usize,
    live_ring_bytes: usize,
}

impl Spaces {
    pub(crate) fn new(capacity: usize, live_ring_bytes: usize) -> Self {
        Self {
            by_id: RwLock::default(),
            capacity: capacity.max(1),
            live_ring_bytes,
        }
    }

    /// The space, made on first use.
    pub(crate) fn get(&self, id: SpaceId, now: i64) -> Arc<Space> {
        if let Some(space) = self.by_id.read().get(&id) {
            space.touch(now);
            return Arc::clone(space);
        }
        let mut spaces = self.by_id.write();
        if spaces.len() >= self.capacity && !spaces.contains_key(&id) {
            evict(&mut spaces, self.capacity / 8 + 1);
        }
        let space = spaces
            .entry(id)
            .or_insert_with(|| Arc::new(Space::new(id, self.live_ring_bytes)));
        space.touch(now);
        Arc::clone(space)
    }
}

/// Drops the longest unused spaces that nobody holds. Many at once, so that the cost of looking at
/// all of them is spread over as many additions.
fn evict(spaces: &mut HashMap<SpaceId, Arc<Space>>, count: usize) {
    let mut idle: Vec<(i64, SpaceId)> = spaces
        .iter()
        .filter(|(_, space)| Arc::strong_count(space) == 1)
        .map(|(id, space)| (space.used_at(), *id))
        .collect();
    idle.sort_unstable();
    for (_, id) in idle.into_iter().take(count) {
        spaces.remove(&id);
    }
}

impl CommitSink for Spaces {
    fn committed(&self, batch: &[Committed]) {
        for commit in batch {
            let space = self.by_id.read().get(&commit.space).cloned();
            if let Some(space) = space {
                space.committed(commit);
            }
        }
    }
}
