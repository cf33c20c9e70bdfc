//! What the server keeps in memory of one space.

use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::MappedRwLockReadGuard;
use reeeductio_backend::{Committed, Records};
use reeeductio_proto::SpaceId;

use crate::authority::{Authority, AuthorityCell};
use crate::live::Hub;
use crate::refusal::Refusal;

/// One space in memory: nothing here that the store could not give back.
pub(crate) struct Space {
    id: SpaceId,
    authority: AuthorityCell,
    hub: Hub,
    /// When it was last asked for, Unix milliseconds.
    used_at: AtomicI64,
}

impl Space {
    pub(crate) fn new(id: SpaceId, live_ring_bytes: usize) -> Self {
        Self {
            id,
            authority: AuthorityCell::default(),
            hub: Hub::new(live_ring_bytes),
            used_at: AtomicI64::new(0),
        }
    }

    pub(crate) fn id(&self) -> SpaceId {
        self.id
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// The authorization view, loaded from `records` on first use.
    pub(crate) async fn authority(
        &self,
        records: &dyn Records,
    ) -> Result<MappedRwLockReadGuard<'_, Authority>, Refusal> {
        self.authority.read(self.id, records).await
    }

    /// The authorization view if it is loaded.
    pub(crate) fn peek_authority(&self) -> Option<MappedRwLockReadGuard<'_, Authority>> {
        self.authority.peek()
    }

    /// Takes in a committed message: the view first, so that whoever sees the message sees its effect.
    pub(crate) fn committed(&self, commit: &Committed) {
        if commit.message.topic_id.is_state() {
            self.authority.committed(commit);
        }
        self.hub.publish(commit);
    }

    pub(crate) fn touch(&self, now: i64) {
        self.used_at.store(now, Ordering::Relaxed);
    }

    pub(crate) fn used_at(&self) -> i64 {
        self.used_at.load(Ordering::Relaxed)
    }
}
