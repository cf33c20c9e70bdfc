//! Blobs of which one is deleted just before it is read.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use reeeductio_backend::memory::{MemoryBlobs, MemoryRecords};
use reeeductio_backend::{
    BackendError, BlobRecords as _, BlobWriter, Blobs, Discarded, ObjectName, RemoveBlob,
    RemoveBlobOutcome, StoredObject,
};
use reeeductio_proto::{BlobId, SpaceId};

#[derive(Default)]
pub(super) struct Deleting {
    pub(super) records: Arc<MemoryRecords>,
    blobs: MemoryBlobs,
    next: Mutex<Option<(SpaceId, BlobId)>>,
}

impl Deleting {
    pub(super) fn at_the_next_read(&self, space: SpaceId, blob: &str) {
        *self.next.lock().unwrap() = Some((space, BlobId::parse(blob).unwrap()));
    }
}

#[async_trait::async_trait]
impl Blobs for Deleting {
    async fn begin(&self, name: &ObjectName) -> Result<Box<dyn BlobWriter>, BackendError> {
        self.blobs.begin(name).await
    }

    async fn read(
        &self,
        name: &ObjectName,
        range: Range<u64>,
    ) -> Result<Option<Bytes>, BackendError> {
        let next = self.next.lock().unwrap().take();
        if let Some((space, blob)) = next {
            let remove = RemoveBlob {
                space,
                blob,
                uploaded_by: None,
                judged: None,
                operator: None,
            };
            let removed = self.records.remove_blob(remove).await?;
            let RemoveBlobOutcome::Removed { orphan, .. } = removed else {
                panic!("{removed:?}");
            };
            self.blobs.delete(&orphan.unwrap()).await?;
        }
        self.blobs.read(name, range).await
    }

    async fn size(&self, name: &ObjectName) -> Result<Option<u64>, BackendError> {
        self.blobs.size(name).await
    }

    async fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.blobs.delete(name).await
    }

    fn list(&self) -> BoxStream<'_, Result<StoredObject, BackendError>> {
        self.blobs.list()
    }

    async fn discard_unfinished(&self, before: i64) -> Result<Discarded, BackendError> {
        self.blobs.discard_unfinished(before).await
    }

    fn location(&self, name: &ObjectName) -> String {
        self.blobs.location(name)
    }
}
