//! Share of one member in a part of the budget.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Holder;

/// Locks among which the members are spread, so that requests of different members seldom meet.
const LOCKS: usize = 16;

/// The members that hold something, each with what is left of its share.
#[derive(Debug)]
pub(super) struct MemberShares {
    size: usize,
    members: [Mutex<Members>; LOCKS],
}

#[derive(Debug, Default)]
struct Members {
    left: HashMap<Holder, Arc<Semaphore>>,
    /// Length at which members that hold nothing any more are dropped.
    sweep_at: usize,
}

impl MemberShares {
    pub(super) fn new(size: usize) -> Self {
        Self {
            size: size.min(Semaphore::MAX_PERMITS),
            members: Default::default(),
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
        let [byte, ..] = holder.1.public_key();
        let [first, ..] = &self.members;
        let members = self.members.get(usize::from(*byte) % LOCKS);
        let members = &mut *members.unwrap_or(first).lock();
        if members.left.len() >= members.sweep_at.max(64) && !members.left.contains_key(&holder) {
            members.left.retain(|_, share| Arc::strong_count(share) > 1);
            members.sweep_at = members.left.len() * 2;
            members.left.shrink_to(members.sweep_at);
        }
        let new = || Arc::new(Semaphore::new(self.size));
        Arc::clone(members.left.entry(holder).or_insert_with(new))
    }
}
