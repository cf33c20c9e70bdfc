//! One upload in progress.

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use object_store::{Error, MultipartUpload, PutPayload};
use reeeductio_backend::{BackendError, BlobWriter};

/// Bytes gathered before they are handed to the store.
const PART: usize = 1 << 20;

const OPERATION: &str = "store a blob";

pub(crate) struct ObjectUpload {
    upload: Box<dyn MultipartUpload>,
    gathered: BytesMut,
}

impl ObjectUpload {
    pub(crate) fn new(upload: Box<dyn MultipartUpload>) -> Self {
        Self {
            upload,
            gathered: BytesMut::new(),
        }
    }

    async fn put(&mut self, bytes: Bytes) -> Result<(), BackendError> {
        self.upload
            .put_part(PutPayload::from_bytes(bytes))
            .await
            .map_err(failed)
    }
}

#[async_trait]
impl BlobWriter for ObjectUpload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BackendError> {
        self.gathered.extend_from_slice(&bytes);
        if self.gathered.len() >= PART {
            let part = self.gathered.split().freeze();
            self.put(part).await?;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), BackendError> {
        let rest = self.gathered.split().freeze();
        self.put(rest).await?;
        self.upload.complete().await.map(drop).map_err(failed)
    }

    async fn abort(mut self: Box<Self>) -> Result<(), BackendError> {
        self.upload.abort().await.map_err(failed)
    }
}

fn failed(error: Error) -> BackendError {
    BackendError::unavailable(OPERATION, error.to_string()).with_source(error)
}
