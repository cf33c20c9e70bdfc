//! The earlier kind of local store, implemented record by record. Only the TypeScript package's stores
//! are of this kind; this module goes when they implement [`Store`](super::Store).

use std::fmt;

pub use reeeductio_core::replica::Batch;
use reeeductio_core::replica::Range;
use reeeductio_proto::{DataPath, Message, MessageId, Position, SpaceId, TopicId};

use super::Stored;
use crate::platform::Portable;

/// Typed local store.
///
/// The client checks what it saves before it saves it, and what it reads again after it reads it.
pub trait LocalStore: fmt::Debug + Portable {
    /// Takes in all of the batch or nothing. Messages that are there already stay as they are; heads and
    /// signed times never go back in time.
    fn save<'a>(&'a self, space: &'a SpaceId, batch: Batch) -> Stored<'a, ()>;

    /// One message.
    fn message<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: &'a TopicId,
        id: &'a MessageId,
    ) -> Stored<'a, Option<Message>>;

    /// Messages of a topic by time, by the rules of a server; those of one time in the order in which they
    /// were saved. Any limit is allowed.
    fn messages<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: &'a TopicId,
        range: Range,
    ) -> Stored<'a, Vec<Message>>;

    /// The message up to which a topic was seen without a gap.
    fn head<'a>(&'a self, space: &'a SpaceId, topic: &'a TopicId) -> Stored<'a, Option<Position>>;

    /// The newest time with which a data entry was seen to be signed, Unix milliseconds.
    fn signed_time<'a>(&'a self, space: &'a SpaceId, path: &'a DataPath)
    -> Stored<'a, Option<i64>>;

    /// Forgets messages: of one topic or all, before a time (Unix milliseconds) or all. Heads and signed
    /// times stay. Returns how many there were.
    fn delete_messages<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: Option<&'a TopicId>,
        before: Option<i64>,
    ) -> Stored<'a, u64>;

    /// How many messages there are, in one space or all.
    fn count<'a>(&'a self, space: Option<&'a SpaceId>) -> Stored<'a, u64>;

    /// Forgets everything. A server may then show an older past without being caught.
    fn clear(&self) -> Stored<'_, ()>;
}
