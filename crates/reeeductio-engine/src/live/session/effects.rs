//! Inputs of a session, and the effects that its pump carries out.

use bytes::Bytes;
use reeeductio_backend::{Committed, Page};
use reeeductio_proto::{ErrorCode, EventPosition};

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
    pub(super) fn passed(&self, position: EventPosition) -> EventPosition {
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
    /// A frame of the client was refused, and answered, with this code.
    pub refused: Option<ErrorCode>,
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
    /// The client has signed in by its first frame, and did so again.
    SignedInAgain,
    /// The client sent what the protocol does not know.
    Unsupported,
    /// The registration of the space was withdrawn.
    Withdrawn,
}
