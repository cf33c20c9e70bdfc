//! The bytes that the server holds for its clients at once: answers that nobody has taken yet, request
//! bodies, frames of live streams. One budget for the process (`limits.memory_bytes`), in three parts:
//!
//! - *general*, for everything. Requests queue for it, first come, first served.
//! - *reserve*, for small requests once the general part is used up, so that they never wait for large ones.
//! - *streams*, for the copies of frames that are being written.
//!
//! One member holds at most half of the budget: 15 of 32 parts in general, and a quarter of the reserve.
//!
//! Nothing waits for the general part or the reserve while it holds any of it. A stream that waits for the
//! streams' part may hold some of the others, but not the other way round: so there is no deadlock. Anything
//! of at most [`FREE`] bytes is not counted; it costs no more than the connection it is sent on. `/health`,
//! `/ready` and `/metrics` take nothing from the budget.

mod held;
mod release;
mod shares;
mod stalled;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reeeductio_engine::{Refusal, SpaceMember};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::answer::Failure;
use crate::config::Config;
pub(crate) use held::Held;
pub(crate) use release::release_after_peaks;
use shares::MemberShares;
pub(crate) use stalled::Stalled;

/// Member that holds memory, in its space.
type Holder = (SpaceId, MemberId);

/// Bytes that are not counted.
pub(crate) const FREE: usize = 8192;
/// Largest request that may use the reserve.
const SMALL: usize = 256 << 10;

/// The budget.
#[derive(Debug)]
pub(crate) struct Memory {
    general: Part,
    reserve: Part,
    streams: Part,
    /// For the answers of operations, which are nobody's in particular.
    operations: Part,
    shares: MemberShares,
    reserve_shares: MemberShares,
    stalled: stalled::Frames,
    patience: Duration,
    waiting: AtomicUsize,
    streams_waiting: AtomicUsize,
    /// Most of the general part in use since it was last asked for.
    peak: AtomicUsize,
    refused: AtomicU64,
}

/// A part of the budget.
#[derive(Debug)]
struct Part {
    free: Arc<Semaphore>,
    size: usize,
}

/// Figures for the metrics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryUse {
    /// Bytes of the budget.
    pub(crate) budget: usize,
    /// Bytes of it in use.
    pub(crate) held: usize,
    /// Requests waiting for room.
    pub(crate) waiting: usize,
    /// Requests that were refused, or streams ended, for want of room.
    pub(crate) refused: u64,
}

impl Memory {
    pub(crate) fn new(config: &Config) -> Self {
        let bytes = config.limits.memory_bytes;
        Self {
            general: Part::new(bytes / 4 * 3),
            reserve: Part::new(bytes / 8),
            streams: Part::new(bytes / 8),
            operations: Part::new(bytes / 16),
            shares: MemberShares::new(bytes / 2 - bytes / 32),
            reserve_shares: MemberShares::new(bytes / 32),
            stalled: stalled::Frames::default(),
            patience: Duration::from_secs(config.timeouts.busy_seconds),
            waiting: AtomicUsize::new(0),
            streams_waiting: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// Takes `bytes` for a request of `member`, waiting for room for `timeouts.busy_seconds` at most.
    ///
    /// Fails with `server.busy` when there is none by then.
    pub(crate) async fn take(
        self: &Arc<Self>,
        member: &SpaceMember,
        bytes: usize,
    ) -> Result<Held, Failure> {
        let holder = (member.space_id(), *member.id());
        self.take_for(holder, bytes, self.patience).await
    }

    /// [`take`](Self::take) with more patience or less.
    pub(crate) async fn take_within(
        self: &Arc<Self>,
        member: &SpaceMember,
        bytes: usize,
        patience: Duration,
    ) -> Result<Held, Failure> {
        let holder = (member.space_id(), *member.id());
        self.take_for(holder, bytes, patience).await
    }

    async fn take_for(
        self: &Arc<Self>,
        holder: Holder,
        bytes: usize,
        patience: Duration,
    ) -> Result<Held, Failure> {
        let small = bytes <= SMALL;
        if small
            && let Some(share) = self.shares.try_take(holder, bytes)
            && let Some(permit) = self.general.try_take(bytes)
        {
            return Ok(Held::new(self, permit, share));
        }
        // The share first: a member that has used up its own does not stand in the others' way.
        let room = async {
            if small {
                let share = self.reserve_shares.take(holder, bytes).await?;
                let permit = self.reserve.take(bytes).await?;
                return Some(Held::new(self, permit, share));
            }
            let share = self.shares.take(holder, bytes).await?;
            let permit = self.general.take(bytes).await?;
            self.peak.fetch_max(self.general.held(), Ordering::Relaxed);
            Some(Held::new(self, permit, share))
        };
        let _waits = Waits::begin(&self.waiting);
        timeout(patience, room)
            .await
            .ok()
            .flatten()
            .ok_or_else(|| self.busy())
    }

    /// Takes `bytes` for the copy of a frame that is about to be written to a stream.
    pub(crate) async fn for_frame(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        if let Some(permit) = self.streams.try_take(bytes) {
            return Some(permit);
        }
        let _waits = Waits::begin(&self.streams_waiting);
        self.streams.take(bytes).await
    }

    /// Returns whether streams wait for room that others hold.
    pub(crate) fn streams_wait(&self) -> bool {
        self.streams_waiting.load(Ordering::Relaxed) > 0
    }

    /// Counts frames whose client does not take them, each once however many streams it waits for.
    /// `None` when there is no room.
    pub(crate) fn stall(self: &Arc<Self>, frames: &[Bytes]) -> Option<Stalled> {
        let stalled = Stalled::count(self, frames);
        if stalled.is_none() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        stalled
    }

    /// Keeps count of the answer of an operation while it is unread. Never waits.
    pub(crate) fn operation(&self, answer: String) -> Result<Bytes, Failure> {
        match self.operations.try_take(answer.len()) {
            Some(permit) => Ok(held::counted(answer.into(), permit)),
            None => Err(self.busy()),
        }
    }

    pub(crate) fn used(&self) -> MemoryUse {
        let parts = [&self.general, &self.reserve, &self.streams];
        MemoryUse {
            budget: parts.iter().map(|part| part.size).sum(),
            held: parts.iter().map(|part| part.held()).sum(),
            waiting: self.waiting.load(Ordering::Relaxed)
                + self.streams_waiting.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// The most that was in use since the last call.
    fn take_peak(&self) -> usize {
        self.peak.swap(0, Ordering::Relaxed)
    }

    fn busy(&self) -> Failure {
        self.refused.fetch_add(1, Ordering::Relaxed);
        let seconds = self.patience.as_secs().max(1);
        Failure::Refused(Refusal::for_now(
            ErrorCode::ServerBusy,
            "The server holds as much for its clients as it may.",
            seconds,
        ))
    }
}

impl Part {
    fn new(size: usize) -> Self {
        let size = size.min(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(size)),
            size,
        }
    }

    /// More than there is at all is all there is.
    fn count(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.min(self.size)).unwrap_or(u32::MAX)
    }

    async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let free = Arc::clone(&self.free);
        free.acquire_many_owned(self.count(bytes)).await.ok()
    }

    fn try_take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let free = Arc::clone(&self.free);
        free.try_acquire_many_owned(self.count(bytes)).ok()
    }

    fn held(&self) -> usize {
        self.size.saturating_sub(self.free.available_permits())
    }
}

/// Counted among those who wait.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
