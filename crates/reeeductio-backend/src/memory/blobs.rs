//! Blob bytes in memory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;

use crate::{BackendError, BlobWriter, Blobs, ObjectName};

/// Blob bytes in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryBlobs {
    objects: Arc<Mutex<BTreeMap<ObjectName, Bytes>>>,
}

struct MemoryWriter {
    blobs: MemoryBlobs,
    name: ObjectName,
    written: BytesMut,
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn begin(&self, name: &ObjectName) -> Result<Box<dyn BlobWriter>, BackendError> {
        Ok(Box::new(MemoryWriter {
            blobs: self.clone(),
            name: name.clone(),
            written: BytesMut::new(),
        }))
    }

    async fn read(
        &self,
        name: &ObjectName,
        range: Range<u64>,
    ) -> Result<Option<Bytes>, BackendError> {
        let Some(bytes) = self.objects.lock().get(name).cloned() else {
            return Ok(None);
        };
        let end = usize::try_from(range.end).unwrap_or(usize::MAX);
        let start = usize::try_from(range.start).unwrap_or(usize::MAX);
        if start > end || end > bytes.len() {
            return Err(BackendError::corrupt(
                "read a blob",
                format!("object {name} has {} bytes, not {end}", bytes.len()),
            ));
        }
        Ok(Some(bytes.slice(start..end)))
    }

    async fn size(&self, name: &ObjectName) -> Result<Option<u64>, BackendError> {
        Ok(self
            .objects
            .lock()
            .get(name)
            .map(|bytes| bytes.len() as u64))
    }

    async fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.objects.lock().remove(name);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<ObjectName>, BackendError> {
        Ok(self.objects.lock().keys().cloned().collect())
    }
}

#[async_trait]
impl BlobWriter for MemoryWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BackendError> {
        self.written.extend_from_slice(&bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), BackendError> {
        let Self {
            blobs,
            name,
            written,
        } = *self;
        blobs.objects.lock().insert(name, written.freeze());
        Ok(())
    }

    async fn abort(self: Box<Self>) -> Result<(), BackendError> {
        Ok(())
    }
}
