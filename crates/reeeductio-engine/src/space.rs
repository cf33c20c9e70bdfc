//! What the server keeps in memory of one space.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::MappedRwLockReadGuard;
use reeeductio_backend::{Clock, Committed, Records, Runtime};
use reeeductio_proto::SpaceId;

use crate::authority::{Authority, AuthorityCell, Freshness};
use crate::live::Hub;

/// What a space in memory is read from.
pub(crate) struct Source {
    pub(crate) records: Arc<dyn Records>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) admin_space: Option<SpaceId>,
}

/// One space in memory: nothing here that the store could not give back.
pub(crate) struct Space {
    id: SpaceId,
    source: Arc<Source>,
    authority: AuthorityCell,
    hub: Hub,
    /// When it was last asked for, by the monotonic clock.
    used_at: AtomicI64,
}

impl Space {
    pub(crate) fn new(id: SpaceId, source: Arc<Source>, live_ring_bytes: usize) -> Self {
        Self {
            id,
            source,
            authority: AuthorityCell::default(),
            hub: Hub::new(live_ring_bytes),
            used_at: AtomicI64::new(0),
        }
    }

    pub(crate) fn id(&self) -> SpaceId {
        self.id
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.source.admin_space == Some(self.id)
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    pub(crate) fn authority_cell(&self) -> &AuthorityCell {
        &self.authority
    }

    pub(crate) fn freshness(&self) -> Freshness {
        let source = &self.source;
        self.authority
            .freshness(source.records.is_shared(), source.clock.monotonic())
    }

    /// The authorization view if it is loaded, however old.
    pub(crate) fn peek_authority(&self) -> Option<MappedRwLockReadGuard<'_, Authority>> {
        self.authority.peek()
    }

    /// Takes in a commit: the view first, so that whoever sees the message sees its effect.
    pub(crate) fn committed(&self, commit: &Committed) {
        self.authority.committed(commit);
        self.hub.publish(commit);
    }

    pub(crate) fn touch(&self) {
        let now = self.source.clock.monotonic();
        self.used_at.store(now, Ordering::Relaxed);
    }

    pub(crate) fn used_at(&self) -> i64 {
        self.used_at.load(Ordering::Relaxed)
    }
}
