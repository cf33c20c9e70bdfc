//! Blob bytes in memory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt};
use parking_lot::Mutex;

use crate::{
    BackendError, BlobWriter, Blobs, Clock, Discarded, ObjectName, StoredObject, SystemClock,
};

/// Blob bytes in memory.
#[derive(Clone)]
pub struct MemoryBlobs {
    objects: Arc<Mutex<BTreeMap<ObjectName, Object>>>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Object {
    bytes: Bytes,
    modified: i64,
}

impl MemoryBlobs {
    /// Empty; objects are as old as `clock` says.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            objects: Arc::default(),
            clock,
        }
    }
}

impl Default for MemoryBlobs {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock::default()))
    }
}

impl std::fmt::Debug for MemoryBlobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryBlobs")
            .field("objects", &self.objects.lock().len())
            .finish_non_exhaustive()
    }
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
        let Some(Object { bytes, .. }) = self.objects.lock().get(name).cloned() else {
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
            .map(|object| object.bytes.len() as u64))
    }

    async fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.objects.lock().remove(name);
        Ok(())
    }

    fn list(&self) -> BoxStream<'_, Result<StoredObject, BackendError>> {
        let listed: Vec<_> = self
            .objects
            .lock()
            .iter()
            .map(|(name, object)| {
                Ok(StoredObject {
                    name: name.clone(),
                    size: object.bytes.len() as u64,
                    modified: object.modified,
                })
            })
            .collect();
        stream::iter(listed).boxed()
    }

    async fn discard_unfinished(&self, _before: i64) -> Result<Discarded, BackendError> {
        // An unfinished upload is in its writer, and goes with it.
        Ok(Discarded::default())
    }

    fn location(&self, name: &ObjectName) -> String {
        format!("memory:{name}")
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
        let object = Object {
            bytes: written.freeze(),
            modified: blobs.clock.now(),
        };
        blobs.objects.lock().insert(name, object);
        Ok(())
    }

    async fn abort(self: Box<Self>) -> Result<(), BackendError> {
        Ok(())
    }
}
