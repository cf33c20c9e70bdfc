//! Bringing a view up to the store: one reader per space at a time, however many callers wait.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::{Either, select};
use parking_lot::MappedRwLockReadGuard;
use reeeductio_backend::{MessageRange, Order, Page, PageLimit, Records};
use reeeductio_proto::{ChainId, ErrorCode, Message, Position, SpaceId, TopicId};

use super::{Authority, AuthorityCell, Freshness};
use crate::refusal::{Details, Refusal};
use crate::space::Space;

/// State messages read at a time: few enough that checking their signatures keeps no other task waiting long.
const PAGE: PageLimit = PageLimit {
    count: 256,
    bytes: 1 << 20,
};
/// How long a request waits for a view before it is told to come again.
const PATIENCE: Duration = Duration::from_millis(750);

impl Space {
    /// The authorization view: loaded on first use, and at most [`LAG`](super::LAG) behind the store.
    pub(crate) async fn authority(
        self: &Arc<Self>,
    ) -> Result<MappedRwLockReadGuard<'_, Authority>, Refusal> {
        loop {
            match self.freshness() {
                Freshness::Fresh => {}
                Freshness::Aging => self.start_following(),
                Freshness::Stale => self.catch_up().await?,
            }
            if let Some(authority) = self.authority_cell().peek() {
                return Ok(authority);
            }
        }
    }

    /// Reads the store once more and waits for that: what was committed before this call is in the view after.
    pub(crate) async fn catch_up(self: &Arc<Self>) -> Result<(), Refusal> {
        // A catching up that began before this call may have read too early.
        let rounds = if self.authority_cell().following.load(Ordering::Acquire) {
            2
        } else {
            1
        };
        for _ in 0..rounds {
            let followed = self.authority_cell().followed();
            self.start_following();
            let patience = self.source().runtime.sleep(PATIENCE);
            match select(followed, patience).await {
                Either::Left(_) => {}
                Either::Right(_) => return Err(still_loading()),
            }
            if let Some(failure) = self.authority_cell().failure() {
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Brings the view to a position that the store named.
    pub(crate) async fn reach(self: &Arc<Self>, position: Position) -> Result<(), Refusal> {
        let reached = self
            .peek_authority()
            .and_then(|authority| authority.position)
            .is_some_and(|known| known.timestamp >= position.timestamp);
        if reached {
            return Ok(());
        }
        self.catch_up().await
    }

    /// Reads in the background what the view lacks, unless that is going on.
    pub(crate) fn start_following(self: &Arc<Self>) {
        if self.authority_cell().following.swap(true, Ordering::AcqRel) {
            return;
        }
        let space = Arc::clone(self);
        let following = Following(Arc::clone(self));
        self.source().runtime.spawn(Box::pin(async move {
            let done = space.follow().await;
            *space.authority_cell().failure.lock() = done.err();
            drop(following);
        }));
    }

    async fn follow(self: &Arc<Self>) -> Result<(), Refusal> {
        let (cell, source) = (self.authority_cell(), self.source());
        loop {
            let began = source.clock.monotonic();
            cell.gap.store(false, Ordering::Release);
            // In this order: what is in the store when the last change and the head are read is in the pages.
            let last = source.records.last_change(self.id()).await?;
            let head = source.records.head(self.id(), &ChainId::state()).await?;
            self.read_pages().await?;
            cell.publish(last.message, head);
            cell.caught_up_at.store(began, Ordering::Release);
            if self.hub().known(last) && self.has_policy() {
                self.tree_has_grown();
            }
            // Sessions that were waiting for the view go on.
            self.hub().wake();
            if !cell.gap.load(Ordering::Acquire) {
                return Ok(());
            }
        }
    }

    /// Reads the state messages after the view: all of a space where registrations count too.
    async fn read_pages(&self) -> Result<(), Refusal> {
        let (cell, source) = (self.authority_cell(), self.source());
        // Kept in the cell from the first page on, so that it is not lost when this ends early.
        let mut loading = cell.loading.lock().take();
        if cell.loaded.read().is_none() && loading.is_none() {
            loading = Some(Authority::new(self.id(), self.registrar()));
        }
        let mut after = match (&loading, cell.peek()) {
            (Some(loading), _) => loading.read_to,
            (None, Some(loaded)) => loaded.read_to,
            (None, None) => i64::MIN,
        };
        loop {
            let all = self.registrar().is_some();
            let page = read_page(&*source.records, self.id(), all, after).await;
            let page = match page {
                Ok(page) => page,
                Err(refusal) => {
                    *cell.loading.lock() = loading;
                    return Err(refusal);
                }
            };
            if let Some(last) = page.items.last() {
                after = last.server_timestamp;
            }
            match &mut loading {
                Some(loading) => loading.replay_all(&page.items),
                None => {
                    if let Some(loaded) = cell.loaded.write().as_mut() {
                        loaded.replay_all(&page.items);
                    }
                }
            }
            if !page.has_more {
                break;
            }
        }
        *cell.loading.lock() = loading;
        Ok(())
    }
}

impl Authority {
    fn replay_all(&mut self, messages: &[Message]) {
        for message in messages {
            self.replay(message);
        }
    }
}

impl AuthorityCell {
    /// Makes what was read the view, and takes in what was received meanwhile.
    fn publish(&self, event: u64, head: Option<Position>) {
        let mut heard = self.heard.lock();
        let mut loaded = self.loaded.write();
        if let Some(loading) = self.loading.lock().take() {
            *loaded = Some(loading);
        }
        if let Some(authority) = loaded.as_mut() {
            let newer = |head: Position| {
                authority
                    .head
                    .is_none_or(|known| known.timestamp < head.timestamp)
            };
            if let Some(head) = head.filter(|head| newer(*head)) {
                authority.head = Some(head);
            }
            // The pages may reach beyond the head that was read before them.
            if let Some(position) = authority.position
                && authority
                    .head
                    .is_none_or(|head| head.timestamp < position.timestamp)
            {
                authority.head = Some(position);
            }
        }
        self.event.fetch_max(event, Ordering::AcqRel);
        drop(loaded);
        let waiting = std::mem::take(&mut *heard);
        drop(heard);
        for commit in waiting {
            self.committed(&commit);
        }
    }
}

/// Tells the waiting that catching up has ended, also if its task was dropped.
struct Following(Arc<Space>);

impl Drop for Following {
    fn drop(&mut self) {
        let cell = self.0.authority_cell();
        cell.following.store(false, Ordering::Release);
        cell.followed.notify(usize::MAX);
    }
}

async fn read_page(
    records: &dyn Records,
    space: SpaceId,
    all: bool,
    after: i64,
) -> Result<Page<Message>, Refusal> {
    let page = if all {
        let range = MessageRange {
            from: after.saturating_add(1),
            to: i64::MAX,
            order: Order::OldestFirst,
            limit: PAGE,
        };
        records.messages(space, &TopicId::state(), range).await
    } else {
        records.authority_entries(space, after, PAGE).await
    };
    Ok(page?)
}

fn still_loading() -> Refusal {
    Refusal::new(
        ErrorCode::ServerBusy,
        "The rights of this space are still being loaded. Try again in a moment.",
    )
    .with(Details::RetryAfter(1))
}
