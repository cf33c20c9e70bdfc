//! Report of what a restored server has lost.

use std::fmt;

use reeeductio_core::log::Restored;
use reeeductio_proto::{MemberId, TopicId};

use super::posting::Posted;

/// A server was restored from a backup, and its operator says so: what this installation knows to be missing.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ServerRestored {
    /// Events that survived; those with higher numbers are others now.
    pub survived: u64,
    /// Events that this installation knew of and that are missing.
    pub missing: u64,
    /// Topics of which messages are missing that this installation has read. They are [unread](crate::PolicyTopic::unread) again, from their
    /// first message on.
    pub topics: Vec<TopicId>,
    /// Messages of the state that are missing. Members whose removal is among them are not believed, see [`undone`](Self::undone).
    pub state: usize,
    /// Members by the server that are none by the state that was lost: nothing is sent before they are removed again.
    pub undone: Vec<MemberId>,
    /// Messages of this installation that were acknowledged and are missing. They are not posted again by themselves.
    pub own: Vec<LostMessage>,
    /// Whether these are all: of each topic the newest 16 messages are remembered.
    pub own_is_whole: bool,
}

/// A message of this installation that a restored server has lost.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LostMessage {
    /// The topic.
    pub topic: TopicId,
    /// The [name of its draft](crate::NewMessage::client_id): posted again with it, it is a new message.
    pub client_id: [u8; 16],
    /// Where it was.
    pub posted: Posted,
}

impl ServerRestored {
    pub(super) fn new() -> Self {
        Self {
            survived: u64::MAX,
            missing: 0,
            topics: Vec::new(),
            state: 0,
            undone: Vec::new(),
            own: Vec::new(),
            own_is_whole: true,
        }
    }

    /// Adds one restore of several.
    pub(super) fn add(&mut self, restored: Restored) {
        self.survived = self.survived.min(restored.survived);
        self.missing = self.missing.saturating_add(restored.missing);
        self.topics.extend(restored.topics);
        self.topics.sort_unstable();
        self.state = self.state.saturating_add(restored.state);
    }

    /// Returns whether this installation misses nothing: it was away, for instance.
    pub(super) fn is_nothing(&self) -> bool {
        self.missing == 0 && self.state == 0 && self.own.is_empty()
    }
}

impl fmt::Display for ServerRestored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server was restored from a backup: {} events that were known are missing, of the state {}, and {} messages of this installation",
            self.missing,
            self.state,
            self.own.len()
        )
    }
}
