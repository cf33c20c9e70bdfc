//! One connection's stream as a state machine: no socket, no clock, no task.

use std::collections::HashMap;

use bytes::Bytes;
use reeeductio_backend::Committed;
use reeeductio_proto::{Action, Operation, Resource, SpaceId, TopicId, Verdict, judge};

use super::hub::{Frame, Membership, Next, Wake};
use crate::caller::SpaceMember;

/// Events taken from the hub at a time.
const BATCH: usize = 128;
/// Events read from the store at a time.
pub(super) const REPLAY_PAGE: usize = 128;
/// Topics whose verdict a session remembers.
const REMEMBERED_TOPICS: usize = 1024;

/// Timing of a session.
#[derive(Clone, Copy, Debug)]
pub struct SessionConfig {
    /// Milliseconds without a frame from the client after which it is sent a ping.
    pub ping_after: i64,
    /// Milliseconds without a frame from the client after which it is taken for gone.
    pub idle_limit: i64,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            ping_after: 30_000,
            idle_limit: 120_000,
        }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// The client sent a text frame.
    Text(&'a str),
    /// The client sent a binary frame, which the protocol does not know.
    Binary,
    /// The client answered a ping or sent one, at the level of WebSocket.
    Alive,
    /// The store gave these events after the cursor.
    Replayed(&'a [Committed]),
    /// There may be events, or the time of [`Effects::wake_at`] has come.
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
    /// Feed [`Input::Wake`] at this time (Unix milliseconds) at the latest.
    pub wake_at: i64,
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
}

/// One connection's stream.
pub struct Session {
    caller: SpaceMember,
    membership: Membership,
    /// Number of the last event that was sent or withheld.
    cursor: u64,
    config: SessionConfig,
    heard_at: i64,
    pinged_at: i64,
    verdicts: Verdicts,
}

/// Which topics the member may read, as of a version of the view and a second of the clock: grants lapse.
#[derive(Default)]
struct Verdicts {
    judged: Option<(u64, i64)>,
    readable: HashMap<TopicId, bool>,
}

impl Session {
    pub(super) fn new(
        caller: SpaceMember,
        membership: Membership,
        cursor: u64,
        config: SessionConfig,
        now: i64,
    ) -> Self {
        Self {
            caller,
            membership,
            cursor,
            config,
            heard_at: now,
            pinged_at: now,
            verdicts: Verdicts::default(),
        }
    }

    /// What the pump waits on.
    pub fn wake(&self) -> Wake {
        self.membership.wake()
    }

    /// The space.
    pub fn space_id(&self) -> SpaceId {
        self.caller.space_id()
    }

    pub(super) fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Takes in what happened and says what to do.
    pub fn handle(&mut self, now: i64, input: Input<'_>) -> Effects {
        let mut effects = Effects::default();
        if now >= self.caller.expires_at {
            effects.close = Some(Close::Expired);
            return effects;
        }
        match input {
            Input::Text(text) => {
                self.heard_at = now;
                if text == "ping" {
                    effects.send.push(Bytes::from_static(b"pong"));
                }
            }
            Input::Alive => self.heard_at = now,
            Input::Binary => effects.close = Some(Close::Unsupported),
            Input::Replayed(events) => self.deliver(
                now,
                events
                    .iter()
                    .map(|event| Frame::new(event.event, &event.message)),
                &mut effects,
            ),
            Input::Wake => match self.membership.hub().after(self.cursor, BATCH) {
                Next::Frames(frames) => {
                    effects.more = frames.len() == BATCH;
                    self.deliver(now, frames.into_iter(), &mut effects);
                }
                Next::Behind => effects.read_store = true,
            },
        }
        self.keep_alive(now, &mut effects);
        effects
    }

    fn deliver(&mut self, now: i64, frames: impl Iterator<Item = Frame>, effects: &mut Effects) {
        // A session's own space was loaded when its member was authenticated, and stays while held.
        let Some(authority) = self.caller.space.peek_authority() else {
            effects.close = Some(Close::Revoked);
            return;
        };
        let view = &authority.view;
        if !self.caller.counts(view, now) {
            effects.close = Some(Close::Revoked);
            return;
        }
        let judged = Some((view.version(), now.div_euclid(1000)));
        if self.verdicts.judged != judged {
            self.verdicts.judged = judged;
            self.verdicts.readable.clear();
        }
        for frame in frames {
            // A replay and the hub may overlap.
            if frame.event <= self.cursor {
                continue;
            }
            self.cursor = frame.event;
            let readable = frame.topic.is_state()
                || self.verdicts.may_read(&frame.topic, |topic| {
                    let action = Action {
                        op: Operation::Read,
                        resource: Resource::Topic(topic),
                        owner: None,
                    };
                    matches!(judge(view, &self.caller.id, &action, now), Verdict::Allow)
                });
            if readable {
                effects.send.push(frame.text);
            }
        }
    }

    fn keep_alive(&mut self, now: i64, effects: &mut Effects) {
        if now - self.heard_at >= self.config.idle_limit {
            effects.close = effects.close.or(Some(Close::Idle));
        }
        let quiet_since = self.heard_at.max(self.pinged_at);
        if now - quiet_since >= self.config.ping_after {
            self.pinged_at = now;
            effects.ping = true;
            effects
                .send
                .push(Bytes::from_static(b"{\"type\": \"ping\"}"));
        }
        // The operator may ask for longer silence than there is time.
        let last = self.heard_at.max(self.pinged_at);
        effects.wake_at = last
            .saturating_add(self.config.ping_after)
            .min(self.heard_at.saturating_add(self.config.idle_limit))
            .min(self.caller.expires_at);
    }
}

impl Verdicts {
    fn may_read(&mut self, topic: &TopicId, judge: impl FnOnce(&TopicId) -> bool) -> bool {
        if let Some(readable) = self.readable.get(topic) {
            return *readable;
        }
        if self.readable.len() >= REMEMBERED_TOPICS {
            self.readable.clear();
        }
        let readable = judge(topic);
        self.readable.insert(topic.clone(), readable);
        readable
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use reeeductio_proto::MemberId;

    use super::*;
    use crate::space::Space;

    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn a_session_that_is_never_pinged_is_woken_when_its_token_expires() {
        let id = SpaceId::from_public_key([1; 32]);
        let caller = SpaceMember {
            space: Arc::new(Space::new(id, 0)),
            id: MemberId::owner_of(id),
            expires_at: NOW + 1000,
            sign_in: crate::token::SignIn::new(NOW, None),
        };
        let config = SessionConfig {
            ping_after: i64::MAX,
            idle_limit: i64::MAX,
        };
        let membership = Membership::join(&caller.space);
        let mut session = Session::new(caller, membership, 0, config, NOW);
        let effects = session.handle(NOW, Input::Text("ping"));
        assert_eq!(effects.wake_at, NOW + 1000);
        assert_eq!(effects.close, None);
    }
}
