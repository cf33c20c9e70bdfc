//! Removal of payloads by their age.

use async_trait::async_trait;
use reeeductio_proto::SpaceId;

use crate::BackendError;

/// Removal of payloads by their age. A removed payload is gone for good, and counted down in the usage of its sender
/// and its space; the message stays. A removal is one transaction, for which other writers wait: some 20 ms for a
/// thousand payloads in SQLite.
#[async_trait]
pub trait Payloads {
    /// Removes payloads, of all spaces, that expired at `now` (Unix milliseconds) or before, the oldest first; returns
    /// how many, `limit` at most.
    async fn remove_expired(&self, now: i64, limit: usize) -> Result<usize, BackendError>;

    /// Removes the payloads of messages with `server_timestamp` less than `before`, the oldest first; returns how many,
    /// `limit` at most. Payloads in the topic `state` are kept: values have no age.
    async fn remove_older(
        &self,
        space: SpaceId,
        before: i64,
        limit: usize,
    ) -> Result<usize, BackendError>;
}
