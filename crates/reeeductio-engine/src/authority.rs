//! A space's authorization view, kept up with the store.
//!
//! Commits of this process arrive through the sink, in order and at once. Where other processes write to the
//! same store, the view is brought up by reading what came after it: before a read that would be judged by a
//! view older than [`LAG`], and when a write is refused because rights have moved.

mod follow;
mod registrations;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use event_listener::{Event, EventListener};
use parking_lot::{MappedRwLockReadGuard, Mutex, RwLock, RwLockReadGuard};
use reeeductio_backend::Committed;
use reeeductio_proto::{Applied, Message, Position, SpaceId, View, is_authority};
pub(crate) use registrations::Registrations;

use crate::refusal::Refusal;
use crate::registrars::Registrar;

/// Milliseconds that a view may be behind the store before a read waits for it to catch up.
pub(crate) const LAG: i64 = 2_000;
/// Milliseconds after which it is brought up while reads go on.
const REFRESH: i64 = 1_000;
/// Commits kept while a view is loaded; if there are more, the store is read once more.
const HEARD: usize = 10_000;

/// The view, and the places in the store it was brought to.
pub(crate) struct Authority {
    pub(crate) view: View,
    /// The newest `auth/` message in the view.
    pub(crate) position: Option<Position>,
    /// A head of the chain `state`; the view holds every `auth/` message up to it.
    pub(crate) head: Option<Position>,
    /// `server_timestamp` of the newest message that was taken in.
    read_to: i64,
    /// Those that it makes; none unless it is the admin space, or that of an app.
    pub(crate) registrations: Registrations,
}

impl Authority {
    fn new(space: SpaceId, registrar: Option<Registrar>) -> Self {
        Self {
            view: View::new(space),
            position: None,
            head: None,
            read_to: i64::MIN,
            registrations: Registrations::new(registrar),
        }
    }

    /// Takes in a message that this process has judged and committed.
    fn apply(&mut self, message: &Message) {
        self.take_in(message, |view| {
            if let Applied::Ignored(refusal) = view.apply(message) {
                tracing::error!(message = %message.message_hash, %refusal, "a committed state message was judged twice, differently");
            }
        });
    }

    /// Takes in a message from the store, which may have been tampered with.
    fn replay(&mut self, message: &Message) {
        self.take_in(message, |view| {
            if let Applied::Ignored(refusal) = view.replay(message) {
                tracing::warn!(message = %message.message_hash, %refusal, "a stored auth entry does not count");
            }
        });
    }

    fn take_in(&mut self, message: &Message, judge: impl FnOnce(&mut View)) {
        if message.server_timestamp <= self.read_to {
            return;
        }
        self.read_to = message.server_timestamp;
        if is_authority(&message.kind) {
            judge(&mut self.view);
            self.position = Some(message.into());
        }
        self.registrations.take_in(message);
    }

    /// Takes in the next message of the chain; `false` if something between is missing.
    fn follow(&mut self, message: &Message) -> bool {
        if self
            .head
            .is_some_and(|head| message.server_timestamp <= head.timestamp)
        {
            return true;
        }
        if message.prev_hash != self.head.map(|head| head.hash) {
            return false;
        }
        self.apply(message);
        self.head = Some(message.into());
        true
    }
}

/// Whether a view may be judged by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Freshness {
    /// Yes.
    Fresh,
    /// Yes, but it should be brought up meanwhile.
    Aging,
    /// Only after it was brought up.
    Stale,
}

/// The view of a space, loaded on first use.
#[derive(Default)]
pub(crate) struct AuthorityCell {
    loaded: RwLock<Option<Authority>>,
    /// The view while it is read for the first time; kept if that ends early.
    loading: Mutex<Option<Authority>>,
    /// The view holds every `auth/` message up to this event.
    event: AtomicU64,
    /// [`Clock::monotonic`](reeeductio_backend::Clock::monotonic) when the last catching up began.
    caught_up_at: AtomicI64,
    /// A commit did not fit onto the view: the store must be read.
    gap: AtomicBool,
    /// Commits received while the view is loaded for the first time.
    heard: Mutex<Vec<Committed>>,
    following: AtomicBool,
    /// Why the last catching up failed.
    failure: Mutex<Option<Refusal>>,
    followed: Event,
}

impl AuthorityCell {
    /// The view if it is loaded, however old.
    pub(crate) fn peek(&self) -> Option<MappedRwLockReadGuard<'_, Authority>> {
        RwLockReadGuard::try_map(self.loaded.read(), Option::as_ref).ok()
    }

    /// The last event up to which the view is known to be complete.
    pub(crate) fn event(&self) -> u64 {
        self.event.load(Ordering::Acquire)
    }

    pub(super) fn freshness(&self, shared: bool, now: i64) -> Freshness {
        if self.loaded.read().is_none() || self.gap.load(Ordering::Acquire) {
            return Freshness::Stale;
        }
        let age = now.saturating_sub(self.caught_up_at.load(Ordering::Acquire));
        if !shared || age <= REFRESH {
            Freshness::Fresh
        } else if age <= LAG {
            Freshness::Aging
        } else {
            Freshness::Stale
        }
    }

    /// Completes when the catching up that is going on ends.
    pub(super) fn followed(&self) -> EventListener {
        self.followed.listen()
    }

    pub(super) fn failure(&self) -> Option<Refusal> {
        self.failure.lock().clone()
    }

    /// Takes in a commit of this process, or one that another process tells of: those may come late, twice
    /// and in any order.
    pub(crate) fn committed(&self, commit: &Committed) {
        let Some(message) = commit.event.message() else {
            // Changes of data come after a message, and change no rights.
            return;
        };
        let number = commit.event.position.message;
        let Some(message) = Some(message).filter(|message| message.topic_id.is_state()) else {
            // Most commits: nothing to lock.
            if self.advance(number) || self.event() >= number {
                return;
            }
            return self.missed(commit);
        };
        let mut loaded = self.loaded.write();
        let fits = loaded
            .as_mut()
            .is_some_and(|authority| authority.follow(message));
        drop(loaded);
        if !fits || !(self.advance(number) || self.event() >= number) {
            self.missed(commit);
        }
    }

    /// Moves on to an event if it is the next.
    fn advance(&self, number: u64) -> bool {
        let before = number.saturating_sub(1);
        self.event
            .compare_exchange(before, number, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Keeps a commit for the loader, or has the store read again.
    fn missed(&self, commit: &Committed) {
        let mut heard = self.heard.lock();
        // Decided under the lock that the loader publishes under.
        if self.loaded.read().is_none() && heard.len() < HEARD {
            heard.push(commit.clone());
        } else {
            self.gap.store(true, Ordering::Release);
        }
    }
}
