//! The port of inboxes.

use async_trait::async_trait;
use reeeductio_backend::{
    AcknowledgeItems, AcknowledgeItemsOutcome, BackendError, InboxItem, InboxRange, Inboxes, Page,
    PostItem, PostItemOutcome,
};
use reeeductio_proto::{MemberId, SpaceId};

use crate::SqliteRecords;
use crate::read;

#[async_trait]
impl Inboxes for SqliteRecords {
    async fn post_item(&self, post: PostItem) -> Result<PostItemOutcome, BackendError> {
        self.writer.write(move |batch| batch.post_item(&post)).await
    }

    async fn inbox(
        &self,
        space: SpaceId,
        recipient: MemberId,
        range: InboxRange,
    ) -> Result<Page<InboxItem>, BackendError> {
        self.readers
            .read(move |database| read::inboxes::inbox(database, &space, &recipient, range))
            .await
    }

    async fn acknowledge_items(
        &self,
        acknowledge: AcknowledgeItems,
    ) -> Result<AcknowledgeItemsOutcome, BackendError> {
        self.writer
            .write(move |batch| batch.acknowledge_items(&acknowledge))
            .await
    }

    async fn remove_expired_items(&self, now: i64, limit: usize) -> Result<usize, BackendError> {
        self.writer
            .write(move |batch| batch.remove_expired_items(now, limit))
            .await
    }
}
