//! What a client keeps on its machine: messages, how far each topic was seen, and the newest signed time
//! of each data entry. With it a server that goes back in time, shows two histories or withholds what it
//! showed before is caught, also after a restart.
//!
//! A store holds what its owner may read, as it is stored: sealed content stays sealed, plain content is
//! plain. Do not share one between users of a machine. It is not asked where a topic ends: the server is.

pub mod conformance;
mod memory;

use std::fmt;

pub use reeeductio_core::replica::Batch;
use reeeductio_core::replica::Range;
use reeeductio_proto::{DataPath, Message, MessageId, Position, SpaceId, TopicId};

pub use memory::MemoryStore;

use crate::platform::{Portable, PortableFuture};

/// What a store answers with.
pub type Stored<'a, T> = PortableFuture<'a, Result<T, StoreError>>;

/// Where a client keeps what it has seen. [`conformance`] is the examination an implementation sits.
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

/// A store fails.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It holds what was never saved. Keep it as evidence, and begin with another one.
    #[error("the local store is damaged: {0}")]
    Damaged(String),
    /// It cannot be read or written.
    #[error("the local store cannot be used: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "store.damaged",
            Self::Unavailable(_) => "store.unavailable",
        }
    }
}
