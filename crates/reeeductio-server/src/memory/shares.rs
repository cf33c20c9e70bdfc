//! What one member may hold of the budget.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Holder;

/// The members that hold something, each with what is left of its share.
#[derive(Debug)]
pub(super) struct MemberShares {
    size: usize,
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    left: HashMap<Holder, Weak<Semaphore>>,
    /// Length at which members that hold nothing any more are dropped.
    sweep_at: usize,
}

impl MemberShares {
    pub(super) fn new(size: usize) -> Self {
        Self {
            size: size.min(Semaphore::MAX_PERMITS),
            members: Mutex::default(),
        }
    }

    /// Takes `bytes` of the member's share, when others of its requests leave room.
    pub(super) async fn take(&self, holder: Holder, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let share = self.of(holder);
        share.acquire_many_owned(self.count(bytes)).await.ok()
    }

    pub(super) fn try_take(&self, holder: Holder, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let share = self.of(holder);
        share.try_acquire_many_owned(self.count(bytes)).ok()
    }

    fn count(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.min(self.size)).unwrap_or(u32::MAX)
    }

    fn of(&self, holder: Holder) -> Arc<Semaphore> {
        let members = &mut *self.members.lock();
        if members.left.len() >= members.sweep_at.max(64) {
            members.left.retain(|_, share| share.strong_count() > 0);
            members.sweep_at = members.left.len() * 2;
        }
        let left = members.left.entry(holder).or_default();
        left.upgrade().unwrap_or_else(|| {
            let share = Arc::new(Semaphore::new(self.size));
            *left = Arc::downgrade(&share);
            share
        })
    }
}
