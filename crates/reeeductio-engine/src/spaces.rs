//! The spaces in memory, bounded, and the sink that keeps them up to date.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::RwLock;
use reeeductio_backend::{CommitSink, Committed, ItemLeft};
use reeeductio_proto::{SpaceId, registered_at};

use crate::refusal::Refusal;
use crate::registrars::{Registrars, unknown};
use crate::space::{Existence, Source, Space};

/// Spaces in memory by id.
pub(crate) struct Spaces {
    held: RwLock<Held>,
    registrars: Arc<Registrars>,
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
        let ids = source.admin_space.iter().chain(&source.app_spaces);
        let make = |id: &SpaceId| {
            let source = Arc::clone(&source);
            Arc::new(Space::new(*id, source, None, live_ring_bytes))
        };
        let registrars: Vec<_> = ids.map(make).collect();
        let by_id = registrars
            .iter()
            .map(|space| (space.id(), Arc::clone(space)))
            .collect();
        Self {
            held: RwLock::new(Held {
                by_id,
                evict_at: capacity,
            }),
            registrars: Arc::new(Registrars::new(registrars)),
            source,
            capacity,
            live_ring_bytes,
        }
    }

    /// The spaces that register others.
    pub(crate) fn registrars(&self) -> &Arc<Registrars> {
        &self.registrars
    }

    /// The space, which exists without a registration; made on first use.
    pub(crate) fn get(&self, id: SpaceId) -> Arc<Space> {
        let space = self.held(&id).unwrap_or_else(|| {
            let mut held = self.held.write();
            let there = held.by_id.get(&id).cloned();
            there.unwrap_or_else(|| self.make(&mut held, id, None))
        });
        space.touch();
        space
    }

    /// The space, which must be registered; made on first use. One that is held for an earlier registration is let go: its streams
    /// end, and nothing that was known of it counts.
    pub(crate) fn registered(&self, id: SpaceId) -> Result<Arc<Space>, Refusal> {
        if let Some(space) = self.held(&id).filter(|space| space.exists()) {
            space.touch();
            return Ok(space);
        }
        let mut held = self.held.write();
        if let Some(space) = held.by_id.get(&id).filter(|space| space.exists()) {
            return Ok(Arc::clone(space));
        }
        // Asked while nobody else can put one there: it is not replaced by one of an earlier registration.
        let registered = self.registrars.find(&id).ok_or_else(|| unknown(id))?;
        let existence = Existence {
            registrars: Arc::clone(&self.registrars),
            again: registered.again,
        };
        Ok(self.make(&mut held, id, Some(existence)))
    }

    fn make(&self, held: &mut Held, id: SpaceId, existence: Option<Existence>) -> Arc<Space> {
        if held.by_id.len() >= held.evict_at && !held.by_id.contains_key(&id) {
            held.evict(self.capacity);
        }
        let source = Arc::clone(&self.source);
        let space = Arc::new(Space::new(id, source, existence, self.live_ring_bytes));
        space.touch();
        if let Some(former) = held.by_id.insert(id, Arc::clone(&space)) {
            former.hub().wake();
        }
        space
    }

    fn held(&self, id: &SpaceId) -> Option<Arc<Space>> {
        self.held.read().by_id.get(id).cloned()
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
            let Some(space) = self.held(&commit.space) else {
                continue;
            };
            space.committed(commit);
            if space.registrar().is_some()
                && let Some(message) = commit.event.message()
                && let Some(registered) = registered_at(&message.kind)
                && let Some(registered) = self.held(&registered)
            {
                // Its streams end if it was withdrawn.
                registered.hub().wake();
            }
        }
    }

    /// Takes in items that this process has stored in inboxes.
    pub(crate) fn items_left(&self, items: &[ItemLeft]) {
        for left in items {
            if let Some(space) = self.held(&left.space) {
                space.item_left(left);
            }
        }
    }

    /// Drops what is kept for streams: payloads were removed that may be in it.
    pub(crate) fn payloads_removed(&self) {
        for space in self.held.read().by_id.values() {
            space.hub().clear();
        }
    }
}

/// The sink that the records hold: a weak reference, as the engine holds the records.
pub(crate) struct Sink(pub(crate) Weak<Spaces>);

impl CommitSink for Sink {
    fn committed(&self, batch: &[Committed]) {
        if let Some(spaces) = self.0.upgrade() {
            spaces.committed(batch);
        }
    }

    fn items_left(&self, items: &[ItemLeft]) {
        if let Some(spaces) = self.0.upgrade() {
            spaces.items_left(items);
        }
    }
}
