//! Messages as a server gives them, and the leaves that they must be.

use std::fmt;

use reeeductio_proto::tree::{Proof, TreeHash};
use reeeductio_proto::{
    EventKind, EventLeaf, FormatError, Lane, Message, MessageId, SealedHeader, SpaceId, encoding,
};

use crate::chain::Checked;

/// A message as a server gave it, with what stands beside it.
#[derive(Clone)]
pub struct LogEntry {
    /// The message, with the verdict on its hash and signature.
    pub message: Checked,
    /// The ciphertext; `None` if the server removed it, or there never was one.
    pub payload: Option<Vec<u8>>,
    /// Number of the event.
    pub number: u64,
    /// The newest message of the topic `state` before the event.
    pub state: Option<MessageId>,
}

/// An answer with messages of a topic.
#[derive(Clone, Debug, Default)]
pub struct LogAnswer {
    /// In the order that was asked for.
    pub entries: Vec<LogEntry>,
    /// Whether the topic has more in this direction.
    pub has_more: bool,
    /// Leaf of the topic's event before the oldest message; `None` if there is none.
    pub previous: Option<TreeHash>,
    /// Proof that the newest message is in the tree; `None` for an empty answer.
    pub inclusion: Option<Inclusion>,
}

/// Proof that a leaf is in the tree of a checkpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inclusion {
    /// The checkpoint, a signed note.
    pub checkpoint: String,
    /// The proof.
    pub proof: Proof,
    /// Proof that the tree of the [size that the question names](super::LogQuestion::verified) is the beginning of this one, if the
    /// server gave it with the answer. The server is asked for anything else that must be proven.
    pub consistency: Option<Proof>,
}

/// The leaf of a topic's event: where the next one goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tail {
    /// Hash of the leaf.
    pub leaf: TreeHash,
    /// Number of the event.
    pub number: u64,
    /// Its time, Unix milliseconds.
    pub timestamp: i64,
}

impl fmt::Debug for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogEntry")
            .field("id", &self.message.position().hash)
            .field("number", &self.number)
            .field("state", &self.state)
            .field("payload", &self.payload.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// A message whose leaf was computed.
#[derive(Clone, Debug)]
pub(super) struct Linked {
    pub(super) entry: LogEntry,
    pub(super) header: Result<SealedHeader, FormatError>,
    pub(super) lane: Lane,
    pub(super) leaf: TreeHash,
    /// The leaf before it; zero if there is none.
    pub(super) previous: TreeHash,
}

impl Linked {
    pub(super) fn new(space: &SpaceId, entry: LogEntry, previous: TreeHash) -> Self {
        let message = entry.message.message();
        let data = encoding::decode(&message.data).unwrap_or_default();
        let header = SealedHeader::parse(&data);
        let id = if message.topic_id.is_state() {
            [0; 8]
        } else {
            lane_of(&data)
        };
        let leaf = EventLeaf {
            space,
            number: entry.number,
            what: EventKind::Message,
            topic: message.topic_id.as_str(),
            lane: id,
            hash: *message.message_hash.hash(),
            // A time before 1970 was refused.
            timestamp: u64::try_from(message.server_timestamp).unwrap_or(u64::MAX),
            previous,
            state: entry.state.map_or([0; 32], |state| *state.hash()),
        };
        let lane = Lane {
            member: message.sender,
            id,
        };
        Self {
            leaf: leaf.hash(),
            header,
            lane,
            previous,
            entry,
        }
    }

    pub(super) fn message(&self) -> &Message {
        self.entry.message.message()
    }

    pub(super) fn id(&self) -> MessageId {
        self.message().message_hash
    }

    pub(super) fn tail(&self) -> Tail {
        Tail {
            leaf: self.leaf,
            number: self.entry.number,
            timestamp: self.message().server_timestamp,
        }
    }
}

/// The lane, which follows format, suite and flags, also in a format that this release does not read: one such message must not
/// keep a reader from the leaves after it.
fn lane_of(data: &[u8]) -> [u8; 8] {
    let lane = data.get(3..11).and_then(|lane| lane.try_into().ok());
    lane.unwrap_or_default()
}
