//! The ports of trees and of payloads that have aged.

use std::ops::Range;

use async_trait::async_trait;
use reeeductio_backend::{BackendError, Payloads, Restore, TreeHead, Trees};
use reeeductio_proto::SpaceId;
use reeeductio_proto::tree::TreeHash;

use crate::SqliteRecords;
use crate::database::Database;
use crate::read;

impl SqliteRecords {
    /// Runs several short queries that see the database as of one moment.
    async fn look_at_tree<T: Send + 'static>(
        &self,
        look: impl Fn(&Database) -> Result<T, BackendError> + Send + 'static,
    ) -> Result<T, BackendError> {
        self.readers
            .look_up(move |database, _| Ok(database.at_one_moment(&look)?))
            .await
    }
}

#[async_trait]
impl Trees for SqliteRecords {
    async fn tree(&self, space: SpaceId) -> Result<Option<TreeHead>, BackendError> {
        self.look_at_tree(move |database| read::tree::head(database, &space))
            .await
    }

    async fn leaf(&self, space: SpaceId, number: u64) -> Result<Option<TreeHash>, BackendError> {
        self.look_at_tree(move |database| read::tree::leaf(database, &space, number))
            .await
    }

    async fn range_roots(
        &self,
        space: SpaceId,
        ranges: Vec<Range<u64>>,
    ) -> Result<Option<Vec<TreeHash>>, BackendError> {
        self.look_at_tree(move |database| read::tree::range_roots(database, &space, &ranges))
            .await
    }

    async fn renew_tree(
        &self,
        space: SpaceId,
        incarnation: [u8; 8],
    ) -> Result<Option<Restore>, BackendError> {
        self.writer
            .write(move |batch| batch.renew_tree(&space, incarnation))
            .await
    }

    async fn sign_restore(
        &self,
        space: SpaceId,
        incarnation: [u8; 8],
        signature: [u8; 64],
    ) -> Result<bool, BackendError> {
        self.writer
            .write(move |batch| batch.sign_restore(&space, incarnation, signature))
            .await
    }

    async fn restores(&self, space: SpaceId) -> Result<Vec<Restore>, BackendError> {
        self.readers
            .read(move |database| {
                let found = read::tree::restores(database, &space)?;
                Ok(found.into_iter().map(|(_, restore)| restore).collect())
            })
            .await
    }
}

#[async_trait]
impl Payloads for SqliteRecords {
    async fn remove_expired(&self, now: i64, limit: usize) -> Result<usize, BackendError> {
        self.writer
            .write(move |batch| batch.remove_expired(now, limit))
            .await
    }

    async fn remove_older(
        &self,
        space: SpaceId,
        before: i64,
        limit: usize,
    ) -> Result<usize, BackendError> {
        self.writer
            .write(move |batch| batch.remove_older(&space, before, limit))
            .await
    }
}
