//! Messages: chains, listings, and the order of events.

use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::{
    ChainId, Event, EventPosition, Lane, Message, MessageId, Position, SpaceId, TopicId,
    registered_at,
};

use super::{Judged, Moved, OverQuota, Page, PageLimit, Quotas, ToolUse};
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
    /// `None` if nothing was judged, as in an import.
    pub judged: Option<Judged>,
    /// Counted only if the message is stored.
    pub tool_use: Option<ToolUse>,
    /// Quotas of the space and the sender.
    pub quotas: Quotas,
}

impl Append {
    /// The chain it is added to.
    pub fn chain(&self) -> ChainId {
        ChainId {
            topic: self.message.topic_id.clone(),
            lane: self.lane,
        }
    }
}

/// The space that a message registers, if it is one of the admin space.
pub fn registers(message: &Message) -> Option<SpaceId> {
    (message.topic_id.is_state() && !message.data.is_empty())
        .then(|| registered_at(&message.kind))
        .flatten()
}

/// Outcome of an [`Append`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AppendOutcome {
    /// The judgement does not stand any more: nothing was written.
    JudgementMoved(Moved),
    /// The chain's head is another message: nothing was written.
    HeadMoved(Option<Position>),
    /// The space or the sender may not store more: nothing was written.
    OverQuota(OverQuota),
    /// It registers a space that is being purged: nothing was written. Whichever space it is in, its path is
    /// `spaces/{S}` and its data is not empty.
    PurgeUnfinished,
    /// Durable.
    Stored(Committed),
    /// The tool has no uses left: nothing was written.
    ToolUsedUp,
}

/// Something durable, with its place in the space's order of events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Committed {
    /// The space.
    pub space: SpaceId,
    /// The event; of a message, with its final `server_timestamp`.
    pub event: Event,
}

/// Direction of a listing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// Greatest `server_timestamp` first.
    NewestFirst,
    /// Smallest `server_timestamp` first.
    OldestFirst,
}

/// Which messages of a topic to list: both bounds inclusive, Unix milliseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MessageRange {
    /// Smallest `server_timestamp`.
    pub from: i64,
    /// Greatest `server_timestamp`.
    pub to: i64,
    /// Direction.
    pub order: Order,
    /// Length of the page; bytes are those of `data`.
    pub limit: PageLimit,
}

/// Chains of messages and the order of events.
#[async_trait]
pub trait Messages {
    /// Compares and appends.
    async fn append(&self, append: Append) -> Result<AppendOutcome, BackendError>;

    /// The newest message of a chain, `None` while it is empty.
    async fn head(&self, space: SpaceId, chain: &ChainId)
    -> Result<Option<Position>, BackendError>;

    /// One message by its id.
    async fn message(
        &self,
        space: SpaceId,
        topic: &TopicId,
        hash: MessageId,
    ) -> Result<Option<Arc<Message>>, BackendError>;

    /// Lists a topic, all of its lanes together.
    async fn messages(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Page<Message>, BackendError>;

    /// Number of the newest message of a space, 0 before the first.
    async fn last_event(&self, space: SpaceId) -> Result<u64, BackendError>;

    /// Messages with a number greater than `after`, in the order of their commits.
    async fn events(
        &self,
        space: SpaceId,
        after: u64,
        limit: PageLimit,
    ) -> Result<Page<Committed>, BackendError>;

    /// Position of the newest change of a space.
    async fn last_change(&self, space: SpaceId) -> Result<EventPosition, BackendError>;

    /// Every message after a position, and of each data path that was written or removed after it the newest change, in
    /// the order of their commits. Entries of before there were such positions are not among them.
    async fn changes(
        &self,
        space: SpaceId,
        after: EventPosition,
        limit: PageLimit,
    ) -> Result<Page<Committed>, BackendError>;
}
