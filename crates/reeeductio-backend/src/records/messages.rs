//! Messages: chains, listings, and the order of events. Content that was removed is `None` in all of them.

use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{
    ChainId, Event, EventPosition, Lane, Message, MessageId, Position, SpaceId, TopicId,
};

use super::{Append, AppendAll, AppendOutcome, Leaf, Page, PageLimit, Revised};
use crate::BackendError;

/// Something durable, with its place in the space's order of events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Committed {
    /// The space.
    pub space: SpaceId,
    /// The event; of a message, with its final `server_timestamp`.
    pub event: Event,
    /// The lane of a message; `None` in the chain that all writers share.
    pub lane: Option<Lane>,
    /// Its leaf, if the space has an event tree.
    pub leaf: Option<Leaf>,
    /// The payload of a message; `None` if it has none or has it no more.
    pub payload: Option<Arc<[u8]>>,
}

impl Committed {
    /// The chain that a message was added to; `None` for a change of data.
    pub fn chain(&self) -> Option<ChainId> {
        let topic = self.event.message()?.topic_id.clone();
        let lane = self.lane;
        Some(ChainId { topic, lane })
    }

    /// Bytes of its content: those of `data` and of the payload.
    pub fn bytes(&self) -> usize {
        let payload = self.payload.as_ref().map_or(0, |payload| payload.len());
        self.event.bytes().saturating_add(payload)
    }
}

/// A message of a space with an event tree, with all that is stored of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The message.
    pub message: Message,
    /// Its leaf.
    pub leaf: Leaf,
    /// Hash of the leaf of the topic's event before; zero if there is none.
    pub previous: TreeHash,
    /// Its payload; `None` if it has none or has it no more.
    pub payload: Option<Vec<u8>>,
    /// Its newest revision.
    pub revised: Option<Revised>,
}

impl Entry {
    /// Bytes of its content: those of `data` and of the payload.
    pub fn bytes(&self) -> usize {
        let payload = self.payload.as_ref().map_or(0, Vec::len);
        self.message.data.len().saturating_add(payload)
    }
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
    /// Length of the page; bytes are those of `data`, and in [`Messages::entries`] also of the payload.
    pub limit: PageLimit,
}

/// Chains of messages and the order of events.
#[async_trait]
pub trait Messages {
    /// Compares and appends.
    async fn append(&self, append: Append) -> Result<AppendOutcome, BackendError>;

    /// Compares and appends several messages, all or none; in their order. Fails as [`AppendAll::check`] does.
    async fn append_all(
        &self,
        append: AppendAll,
    ) -> Result<AppendOutcome<Vec<Committed>>, BackendError>;

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

    /// One message by its id, with all that is stored of it. `None` also in a space without an event tree.
    async fn entry(
        &self,
        space: SpaceId,
        topic: &TopicId,
        hash: MessageId,
    ) -> Result<Option<Entry>, BackendError>;

    /// Lists a topic like [`messages`](Self::messages), with all that is stored of each message. Empty in a space
    /// without an event tree.
    async fn entries(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Page<Entry>, BackendError>;

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
