//! Appending messages: what is added, on which conditions, and what becomes of it.

use std::sync::Arc;

use reeeductio_proto::{ChainId, Lane, Message, MessageId, Position, SpaceId, registered_at};

use super::{Committed, Judged, Moved, OverQuota, Quotas, Tally, ToolUse};
use crate::BackendError;

/// Adds a message to the end of its chain.
#[derive(Clone, Debug)]
pub struct Append {
    /// The space.
    pub space: SpaceId,
    /// The message. Its `prev_hash` must be the chain's head; its `server_timestamp` is the earliest
    /// acceptable one and is raised to that of the topic's newest message plus one where that is later.
    pub message: Message,
    /// The lane inside the topic; `None` for the chain that all writers share.
    pub lane: Option<Lane>,
    /// Content that is stored apart from the message.
    pub payload: Option<Payload>,
    /// The change that the message makes to another one of the topic.
    pub revision: Option<Revision>,
    /// The message is the policy of its space: it begins the space's event tree, of this incarnation, as leaf 0.
    pub begins_tree: Option<[u8; 8]>,
    /// `None` if nothing was judged, as in an import.
    pub judged: Option<Judged>,
    /// Counted only if the message is stored.
    pub tool_use: Option<ToolUse>,
    /// Quotas of the space and the sender.
    pub quotas: Quotas,
}

impl Append {
    /// Adds a message to its topic's shared chain: unjudged, without limits, and nothing beside it.
    pub fn new(space: SpaceId, message: Message) -> Self {
        Self {
            space,
            message,
            lane: None,
            payload: None,
            revision: None,
            begins_tree: None,
            judged: None,
            tool_use: None,
            quotas: Quotas::default(),
        }
    }

    /// The chain it is added to.
    pub fn chain(&self) -> ChainId {
        ChainId {
            topic: self.message.topic_id.clone(),
            lane: self.lane,
        }
    }
}

/// Adds several messages of one sender to the end of one chain: all of them or none.
#[derive(Clone, Debug)]
pub struct AppendAll {
    /// The space.
    pub space: SpaceId,
    /// One to [`MOST`](Self::MOST) messages of one topic and one sender. Each after the first names the one before it
    /// in `prev_hash`.
    pub messages: Vec<NewMessage>,
    /// The lane inside the topic; `None` for the chain that all writers share.
    pub lane: Option<Lane>,
    /// The first message is the policy of its space: see [`Append::begins_tree`].
    pub begins_tree: Option<[u8; 8]>,
    /// The judgement of all of them; `None` if nothing was judged.
    pub judged: Option<Judged>,
    /// Counted once for each message, if they are stored.
    pub tool_use: Option<ToolUse>,
    /// Quotas of the space and the sender, for all of them together.
    pub quotas: Quotas,
}

/// A message of an [`AppendAll`].
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// See [`Append::message`].
    pub message: Message,
    /// See [`Append::payload`].
    pub payload: Option<Payload>,
}

impl AppendAll {
    /// Most messages.
    pub const MOST: usize = 64;

    /// Fails if the messages are none, too many, or not of one chain. For adapters, before they write anything.
    pub fn check(&self) -> Result<(), BackendError> {
        let links = self.messages.iter().zip(self.messages.iter().skip(1));
        let is_chain = links.map(|(a, b)| (&a.message, &b.message)).all(|(a, b)| {
            b.prev_hash == Some(a.message_hash) && b.topic_id == a.topic_id && b.sender == a.sender
        });
        if is_chain && (1..=Self::MOST).contains(&self.messages.len()) {
            return Ok(());
        }
        Err(BackendError::unavailable(
            "append messages",
            format!("they are not 1 to {} messages of one chain", Self::MOST),
        ))
    }
}

/// Content of a message that is stored apart from it, so that it can be removed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Payload {
    /// The ciphertext.
    pub bytes: Arc<[u8]>,
    /// When it is to be removed, Unix milliseconds; see [`Payloads::remove_expired`](super::Payloads::remove_expired).
    pub expires: Option<i64>,
}

impl Payload {
    /// A payload that does not expire.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self {
            bytes: bytes.into(),
            expires: None,
        }
    }
}

/// The change that a message makes to another one. With it the payloads of the target and of its earlier revisions
/// are removed for good; the message keeps its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Revision {
    /// The message that is changed: one of the same topic that is not itself a revision.
    pub target: MessageId,
    /// The number of the target's newest revision plus 1; 1 if it has none.
    pub number: u32,
    /// Whether it ends the revisions of the target.
    pub deletes: bool,
}

/// The newest revision of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Revised {
    /// The message that changes it.
    pub by: MessageId,
    /// Its number, from 1.
    pub number: u32,
    /// Whether no other follows.
    pub deletes: bool,
}

impl Revised {
    /// Returns whether a revision may follow the newest one.
    pub fn admits(newest: Option<&Self>, revision: &Revision) -> bool {
        let before = match newest {
            Some(Self { deletes: true, .. }) => return false,
            Some(newest) => newest.number,
            None => 0,
        };
        before.checked_add(1) == Some(revision.number)
    }
}

/// Most lanes of a member in a topic.
pub const MOST_LANES: usize = 256;

/// Outcome of an [`Append`], or of an [`AppendAll`]. Where several refusals apply it is the first of this order, which
/// is that of the list: the judgement, the tree, the revision, the head, the lane, the purge, the tool, the quota.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AppendOutcome<T = Committed> {
    /// The judgement does not stand any more: nothing was written.
    JudgementMoved(Moved),
    /// It is to begin the event tree of a space that has messages or data, be they removed: nothing was written.
    SpaceNotEmpty,
    /// The target of the revision is not a message of the topic, or is a revision itself: nothing was written.
    NoTarget,
    /// The target's newest revision is another one than the number says, or a delete: nothing was written.
    RevisionMoved(Option<Revised>),
    /// The chain's head is another message: nothing was written.
    HeadMoved(Option<Position>),
    /// It begins a lane, and the member has [`MOST_LANES`] in the topic: nothing was written.
    LaneLimit,
    /// It registers a space that is being purged, or begins the tree of one: nothing was written. Whichever space a
    /// registration is in, its path is `spaces/{S}` and its data is not empty.
    PurgeUnfinished,
    /// The tool has not enough uses left: nothing was written.
    ToolUsedUp,
    /// The space or the sender may not store more: nothing was written.
    OverQuota(OverQuota),
    /// Durable.
    Stored(T),
}

impl<T> AppendOutcome<T> {
    /// The same refusal, or what `of` makes of what was stored.
    pub fn try_map<U, E>(self, of: impl FnOnce(T) -> Result<U, E>) -> Result<AppendOutcome<U>, E> {
        Ok(match self {
            Self::JudgementMoved(moved) => AppendOutcome::JudgementMoved(moved),
            Self::SpaceNotEmpty => AppendOutcome::SpaceNotEmpty,
            Self::NoTarget => AppendOutcome::NoTarget,
            Self::RevisionMoved(newest) => AppendOutcome::RevisionMoved(newest),
            Self::HeadMoved(head) => AppendOutcome::HeadMoved(head),
            Self::LaneLimit => AppendOutcome::LaneLimit,
            Self::PurgeUnfinished => AppendOutcome::PurgeUnfinished,
            Self::ToolUsedUp => AppendOutcome::ToolUsedUp,
            Self::OverQuota(over) => AppendOutcome::OverQuota(over),
            Self::Stored(stored) => AppendOutcome::Stored(of(stored)?),
        })
    }
}

/// The space that a message registers, if it is one of the admin space.
pub fn registers(message: &Message) -> Option<SpaceId> {
    (message.topic_id.is_state() && !message.data.is_empty())
        .then(|| registered_at(&message.kind))
        .flatten()
}

impl Tally {
    /// One message: the bytes of `data`, `type` and the payload.
    pub fn message(message: &Message, payload: Option<&[u8]>) -> Self {
        let payload = payload.map_or(0, <[u8]>::len);
        Self::one((message.data.len() + message.kind.len() + payload) as u64)
    }
}
