//! State: the topic `state`, by path.

use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::{Message, SpaceId, StatePath};

use super::{Page, PageLimit};
use crate::BackendError;

/// The topic `state`, by path.
#[async_trait]
pub trait State {
    /// The newest message at a state path, tombstones included.
    async fn state_entry(
        &self,
        space: SpaceId,
        path: &StatePath,
    ) -> Result<Option<Arc<Message>>, BackendError>;

    /// State messages at [authority paths](reeeductio_proto::is_authority) with `server_timestamp` greater than `after`,
    /// oldest first.
    async fn authority_entries(
        &self,
        space: SpaceId,
        after: i64,
        limit: PageLimit,
    ) -> Result<Page<Message>, BackendError>;
}
