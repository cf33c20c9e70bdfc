//! Leaves of the tree of a space's events (`spec/crypto.md`, "The event tree").

use sha2::{Digest as _, Sha256};

use crate::fields::lp;
use crate::id::SpaceId;
use crate::tree::TreeHash;

/// An event, as a leaf of the tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EventLeaf<'a> {
    /// The space.
    pub space: &'a SpaceId,
    /// Number of the event, from 0.
    pub number: u64,
    /// Its kind.
    pub what: EventKind,
    /// The topic of a message; empty for data.
    pub topic: &'a str,
    /// The lane of a message; zero in the topic `state` and for data.
    pub lane: [u8; 8],
    /// The digest of a message's id, or [`data_event_hash`].
    pub hash: [u8; 32],
    /// When it was, Unix milliseconds.
    pub timestamp: u64,
    /// The leaf of the topic's event before; zero if there is none.
    pub previous: TreeHash,
    /// Digest of the newest message of the topic `state` before; zero if there is none.
    pub state: [u8; 32],
}

/// The kind of an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EventKind {
    /// A message was appended.
    Message,
    /// A data entry was stored.
    Data,
    /// A data entry was removed.
    DataRemoved,
}

impl EventKind {
    fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Data => "data",
            Self::DataRemoved => "data_removed",
        }
    }
}

impl EventLeaf<'_> {
    /// The hash of the leaf.
    pub fn hash(&self) -> TreeHash {
        let fields = lp([
            b"reeeductio/event/v1".as_slice(),
            &self.space.to_bytes(),
            &self.number.to_be_bytes(),
            self.what.name().as_bytes(),
            self.topic.as_bytes(),
            &self.lane,
            &self.hash,
            &self.timestamp.to_be_bytes(),
            &self.previous,
            &self.state,
        ]);
        Sha256::new()
            .chain_update([0])
            .chain_update(fields)
            .finalize()
            .into()
    }
}

/// The hash of a change of a data entry: of the entry that was stored, or that was removed.
pub fn data_event_hash(path: &str, signature: &[u8; 64], signed_at: u64) -> [u8; 32] {
    let fields = lp([
        b"reeeductio/data-event/v1".as_slice(),
        path.as_bytes(),
        signature,
        &signed_at.to_be_bytes(),
    ]);
    Sha256::digest(fields).into()
}
