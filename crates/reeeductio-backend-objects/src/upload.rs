//! One upload in progress.

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use object_store::{Error, MultipartUpload, PutPayload};
use reeeductio_backend::{BackendError, BlobWriter};
use tokio::task::JoinSet;

/// Bytes gathered before they are handed to the store.
const PART: usize = 1 << 20;
/// Parts that are written while the next one arrives; with the one that is gathered, the memory of an upload.
const IN_FLIGHT: usize = 2;

const OPERATION: &str = "store a blob";

pub(crate) struct ObjectUpload {
    upload: Box<dyn MultipartUpload>,
    gathered: BytesMut,
    writing: JoinSet<Result<(), Error>>,
}

impl ObjectUpload {
    pub(crate) fn new(upload: Box<dyn MultipartUpload>) -> Self {
        Self {
            upload,
            gathered: BytesMut::new(),
            writing: JoinSet::new(),
        }
    }

    async fn put(&mut self) -> Result<(), BackendError> {
        while self.writing.len() >= IN_FLIGHT {
            self.wait().await?;
        }
        let part = self.gathered.split().freeze();
        self.writing
            .spawn(self.upload.put_part(PutPayload::from_bytes(part)));
        Ok(())
    }

    /// Waits for one part to be written.
    async fn wait(&mut self) -> Result<(), BackendError> {
        match self.writing.join_next().await {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) => Err(failed(error)),
            Some(Err(error)) => {
                Err(BackendError::unavailable(OPERATION, error.to_string()).with_source(error))
            }
        }
    }
}

#[async_trait]
impl BlobWriter for ObjectUpload {
    async fn write(&mut self, mut bytes: Bytes) -> Result<(), BackendError> {
        while !bytes.is_empty() {
            // Copied, so that a client that sends byte by byte costs no more memory than its bytes.
            self.gathered.reserve(PART - self.gathered.len());
            let room = PART - self.gathered.len();
            self.gathered
                .extend_from_slice(&bytes.split_to(room.min(bytes.len())));
            if self.gathered.len() == PART {
                self.put().await?;
            }
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), BackendError> {
        self.put().await?;
        while !self.writing.is_empty() {
            self.wait().await?;
        }
        self.upload.complete().await.map(drop).map_err(failed)
    }

    async fn abort(mut self: Box<Self>) -> Result<(), BackendError> {
        self.writing.shutdown().await;
        self.upload.abort().await.map_err(failed)
    }
}

fn failed(error: Error) -> BackendError {
    BackendError::unavailable(OPERATION, error.to_string()).with_source(error)
}
