//! One connection's stream as a state machine: no socket, no clock, no task.

mod deliver;
mod effects;
mod frames;

use std::sync::Arc;

use bytes::Bytes;
pub use effects::{Close, Effects, Input, SessionConfig};
use reeeductio_backend::PageLimit;
use reeeductio_proto::{EventPosition, SpaceId, TopicId};

use super::cursor::Told;
use super::hub::{Frame, Membership, Next, Wake};
use super::signed_in::{SignedIn, subscribed};
use super::verdicts::Verdicts;
use crate::caller::SpaceMember;

/// Events taken from the hub at a time.
const BATCH: usize = 128;
/// Bytes of frames taken at a time, from the hub or the store; one frame more than that at most.
pub const BATCH_BYTES: usize = 256 * 1024;
/// Events read from the store at a time.
pub(super) const REPLAY: PageLimit = PageLimit {
    count: BATCH,
    bytes: BATCH_BYTES,
};
/// Milliseconds after which a store that should hold events and does not is read again; doubled each time.
const FIRST_PAUSE: i64 = 50;
/// The longest such pause.
const LONGEST_PAUSE: i64 = 5_000;

/// One connection's stream.
pub struct Session {
    caller: SpaceMember,
    membership: Membership,
    /// The last event that was sent or withheld.
    cursor: EventPosition,
    config: SessionConfig,
    /// By the monotonic clock, like all times of a session but the token's end.
    heard_at: i64,
    pinged_at: i64,
    /// The store is not read again before this.
    read_store_at: i64,
    pause: i64,
    verdicts: Verdicts<TopicId>,
    /// `None` for a stream of the base protocol, whose clients know no cursors.
    told: Option<Told>,
    /// `None` for a stream whose token was in the URL. Apart, so that such a stream costs nothing more.
    signed_in: Option<Box<SignedIn>>,
    /// The client waits for the answer to the subscription that it signed in with.
    subscribed: bool,
}

impl Session {
    pub(super) fn new(
        caller: SpaceMember,
        membership: Membership,
        cursor: EventPosition,
        config: SessionConfig,
        now: i64,
    ) -> Self {
        Self {
            caller,
            membership,
            cursor: config.passed(cursor),
            config,
            heard_at: now,
            pinged_at: now,
            read_store_at: now,
            pause: FIRST_PAUSE,
            verdicts: Verdicts::default(),
            told: None,
            signed_in: None,
            subscribed: false,
        }
    }

    /// Lets it tell the client its cursors.
    pub(super) fn telling(mut self, told: Told) -> Self {
        self.told = Some(told);
        self
    }

    /// Lets it take frames of its client. The first frame has this checkpoint, and an answer to a subscription follows if `asked`.
    pub(super) fn signed_in(
        mut self,
        signed_in: SignedIn,
        checkpoint: Option<String>,
        asked: bool,
    ) -> Self {
        if let (Some(told), Some(note)) = (&mut self.told, checkpoint) {
            told.with_checkpoint(note);
        }
        self.signed_in = Some(Box::new(signed_in));
        self.subscribed = asked;
        self
    }

    /// Returns whether it tells changes of data.
    pub fn with_data(&self) -> bool {
        self.config.data
    }

    /// Returns the [`Wake`] that the pump waits on.
    pub fn wake(&self) -> Wake {
        let own = self
            .signed_in
            .as_ref()
            .and_then(|signed_in| signed_in.presence().event().cloned());
        Wake::new(Arc::clone(&self.caller.space), own)
    }

    /// Open sessions of the space, this one among them.
    pub fn streams(&self) -> usize {
        self.caller.space.hub().sessions()
    }

    /// The member that the stream is for.
    pub fn member(&self) -> &SpaceMember {
        &self.caller
    }

    /// The space.
    pub fn space_id(&self) -> SpaceId {
        self.caller.space_id()
    }

    /// The last event that was sent or withheld.
    pub fn cursor(&self) -> EventPosition {
        self.cursor
    }

    /// Takes in what happened and says what to do. `now` is Unix milliseconds, `monotonic` those of
    /// [`Clock::monotonic`](reeeductio_backend::Clock::monotonic).
    pub fn handle(&mut self, now: i64, monotonic: i64, input: Input<'_>) -> Effects {
        let mut effects = Effects::default();
        if now >= self.caller.expires_at {
            effects.close = Some(Close::Expired);
            return effects;
        }
        if !self.caller.space.exists() {
            effects.close = Some(Close::Withdrawn);
            return effects;
        }
        effects
            .send
            .extend(self.told.as_mut().and_then(Told::hello));
        if std::mem::take(&mut self.subscribed) {
            effects.send.push(subscribed());
        }
        match input {
            Input::Text(text) => {
                self.heard_at = monotonic;
                if text == "ping" {
                    effects.send.push(Bytes::from_static(b"pong"));
                } else if self.signed_in.is_some() {
                    self.hear(now, monotonic, text, &mut effects);
                }
            }
            Input::Alive => self.heard_at = monotonic,
            Input::Binary => effects.close = Some(Close::Unsupported),
            Input::Replayed(page) => {
                let before = self.cursor;
                let key = &self.caller.space.source().cursor_key;
                let frames: Vec<_> = page
                    .items
                    .iter()
                    .map(|commit| Frame::new(commit, key))
                    .collect();
                self.deliver(now, frames, &mut effects);
                // The store lacks what it should hold, or the view does: neither comes sooner by asking.
                if self.cursor == before {
                    self.read_store_at = monotonic.saturating_add(self.pause);
                    self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                } else {
                    self.pause = FIRST_PAUSE;
                    effects.more = true;
                }
            }
            Input::Wake => {
                self.look(now, monotonic, &mut effects);
                self.tell_beyond(now, monotonic, &mut effects);
            }
        }
        self.keep_alive(now, monotonic, &mut effects);
        effects
    }

    fn look(&mut self, now: i64, monotonic: i64, effects: &mut Effects) {
        match self.membership.hub().after(self.cursor, BATCH, BATCH_BYTES) {
            Next::Frames(frames) => {
                let before = self.cursor;
                let any = !frames.is_empty();
                self.deliver(now, frames, effects);
                effects.more = any && self.cursor > before;
            }
            Next::Behind => effects.read_store = monotonic >= self.read_store_at,
        }
    }

    fn keep_alive(&mut self, now: i64, monotonic: i64, effects: &mut Effects) {
        if monotonic.saturating_sub(self.heard_at) >= self.config.idle_limit {
            effects.close = effects.close.or(Some(Close::Idle));
        }
        let quiet_since = self.heard_at.max(self.pinged_at);
        if monotonic.saturating_sub(quiet_since) >= self.config.ping_after {
            self.pinged_at = monotonic;
            effects.ping = true;
            // After this the client need not read again the events that were withheld meanwhile.
            self.tell_cursor(effects);
            effects
                .send
                .push(Bytes::from_static(b"{\"type\": \"ping\"}"));
        }
        // The operator may ask for longer silence than there is time.
        let last = self.heard_at.max(self.pinged_at);
        let at = last
            .saturating_add(self.config.ping_after)
            .min(self.heard_at.saturating_add(self.config.idle_limit));
        let mut wake_in = at
            .saturating_sub(monotonic)
            .min(self.caller.expires_at.saturating_sub(now));
        if self.read_store_at > monotonic {
            wake_in = wake_in.min(self.read_store_at - monotonic);
        }
        effects.wake_in = wake_in;
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("caller", &self.caller)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}
