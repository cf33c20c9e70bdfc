//! One connection's stream as a state machine: no socket, no clock, no task.

use bytes::Bytes;
use reeeductio_backend::{Committed, Page, PageLimit};
use reeeductio_proto::{Action, EventPosition, Operation, Resource, SpaceId, Verdict, judge};

use super::cursor::Told;
use super::hub::{Frame, FrameContent, Membership, Next, Wake};
use super::verdicts::Verdicts;
use crate::caller::SpaceMember;
use crate::data::may_read;

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

/// Timing of a session.
#[derive(Clone, Copy, Debug)]
pub struct SessionConfig {
    /// Milliseconds without a frame from the client after which it is sent a ping.
    pub ping_after: i64,
    /// Milliseconds without a frame from the client after which it is taken for gone.
    pub idle_limit: i64,
    /// Whether changes of data are told.
    pub data: bool,
}

impl SessionConfig {
    /// The cursor of a session that has sent or withheld everything up to an event.
    fn passed(&self, position: EventPosition) -> EventPosition {
        if self.data {
            return position;
        }
        // Changes of data are neither read nor waited for.
        EventPosition {
            change: u64::MAX,
            ..position
        }
    }
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            ping_after: 30_000,
            idle_limit: 120_000,
            data: false,
        }
    }
}

/// Input to a session.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// The client sent a text frame.
    Text(&'a str),
    /// The client sent a binary frame, which the protocol does not know.
    Binary,
    /// The client answered a ping or sent one, at the level of WebSocket.
    Alive,
    /// The store gave these events after the cursor.
    Replayed(&'a Page<Committed>),
    /// There may be events, or the time of [`Effects::wake_in`] has come.
    Wake,
}

/// Everything the pump must do now.
#[derive(Debug, Default)]
#[must_use]
pub struct Effects {
    /// Text frames to send, in order.
    pub send: Vec<Bytes>,
    /// End the connection after sending.
    pub close: Option<Close>,
    /// Send a WebSocket ping: also clients that never speak, like browsers, answer it.
    pub ping: bool,
    /// Call [`Engine::replay`](crate::Engine::replay) next.
    pub read_store: bool,
    /// There is more at hand: feed [`Input::Wake`] again after sending.
    pub more: bool,
    /// Feed [`Input::Wake`] after so many milliseconds at the latest.
    pub wake_in: i64,
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Close {
    /// The token has expired.
    Expired,
    /// Nothing was heard of the client for too long.
    Idle,
    /// The member was removed from the space, or its tokens were ended.
    Revoked,
    /// The client sent what the protocol does not know.
    Unsupported,
    /// The registration of the space was withdrawn.
    Withdrawn,
}

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
    verdicts: Verdicts,
    /// `None` for a stream of the base protocol, whose clients know no cursors.
    told: Option<Told>,
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
        }
    }

    /// Lets it tell the client its cursors.
    pub(super) fn telling(mut self, told: Told) -> Self {
        self.told = Some(told);
        self
    }

    /// Returns whether it tells changes of data.
    pub fn with_data(&self) -> bool {
        self.config.data
    }

    /// Returns the [`Wake`] that the pump waits on.
    pub fn wake(&self) -> Wake {
        self.membership.wake()
    }

    /// Open sessions of the space, this one among them.
    pub fn streams(&self) -> usize {
        self.caller.space.hub().sessions()
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
        match input {
            Input::Text(text) => {
                self.heard_at = monotonic;
                if text == "ping" {
                    effects.send.push(Bytes::from_static(b"pong"));
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
            Input::Wake => self.look(now, monotonic, &mut effects),
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

    /// Sends what the member may read, and up to where that was.
    fn deliver(&mut self, now: i64, frames: Vec<Frame>, effects: &mut Effects) {
        let before = effects.send.len();
        self.deliver_events(now, frames, effects);
        if effects.send.len() > before {
            self.tell_cursor(effects);
        }
    }

    fn deliver_events(&mut self, now: i64, frames: Vec<Frame>, effects: &mut Effects) {
        // A session's own space was loaded when its member was authenticated, and stays while held.
        let complete_to = self.caller.space.authority_cell().event();
        let Some(authority) = self.caller.space.peek_authority() else {
            effects.close = Some(Close::Revoked);
            return;
        };
        let view = &authority.view;
        if !self.caller.is_admitted(view, now) {
            effects.close = Some(Close::Revoked);
            return;
        }
        self.verdicts.hold_for(view.version(), now.div_euclid(1000));
        for frame in frames {
            // A replay and the hub may overlap.
            if frame.position <= self.cursor {
                continue;
            }
            // Rights may have changed before it in a way the view does not know yet.
            if frame.position.message > complete_to {
                self.caller.space.start_following();
                return;
            }
            self.cursor = self.config.passed(frame.position);
            let text = match frame.content {
                FrameContent::Message(message, cursor) => {
                    if let Some(told) = &mut self.told {
                        told.reach(cursor);
                    }
                    let readable = message.topic.is_state()
                        || self.verdicts.may_read(&message.topic, |topic| {
                            let action = Action {
                                op: Operation::Read,
                                resource: Resource::Topic(topic),
                                owner: None,
                            };
                            matches!(judge(view, &self.caller.id, &action, now), Verdict::Allow)
                        });
                    readable.then_some(message.text)
                }
                FrameContent::Data(data) => {
                    let readable = self.config.data
                        && may_read(&self.caller, view, &data.path, data.signed_by, now);
                    readable.then(|| data.text.clone())
                }
            };
            effects.send.extend(text);
        }
    }

    fn tell_cursor(&mut self, effects: &mut Effects) {
        effects.send.extend(self.told.as_mut().and_then(Told::news));
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
