//! The port, on an object store.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};
use object_store::memory::InMemory;
use object_store::path::Path as Location;
use object_store::{Error, ObjectStore, ObjectStoreExt};
use reeeductio_backend::{BackendError, BlobWriter, Blobs, Discarded, ObjectName, StoredObject};

use crate::folder;
use crate::upload::ObjectUpload;

/// Blob bytes on an object store.
#[derive(Clone, Debug)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// Where the files are, if they are files.
    folder: Option<PathBuf>,
}

impl Objects {
    /// In a folder: synced to disk before an upload is acknowledged.
    pub fn folder(directory: &Path) -> Result<Self, BackendError> {
        Ok(Self {
            store: Arc::new(folder::open(directory)?),
            folder: Some(directory.to_owned()),
        })
    }

    /// A folder of another process, whose uploads in progress are left alone.
    pub fn existing_folder(directory: &Path) -> Result<Self, BackendError> {
        Ok(Self {
            store: Arc::new(folder::store(directory)?),
            folder: Some(directory.to_owned()),
        })
    }

    /// Where the files are, if they are files.
    pub(crate) fn as_folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// In memory, for tests and trials.
    pub fn memory() -> Self {
        Self {
            store: Arc::new(InMemory::new()),
            folder: None,
        }
    }
}

/// Where an object is: in a subfolder by two characters of the name's hash part, so that no folder
/// grows without bound.
pub(crate) fn location(name: &ObjectName) -> Location {
    let name = name.as_str();
    match name.get(1..3) {
        Some(shard) => Location::from_iter([shard, name]),
        None => Location::from_iter(["_", name]),
    }
}

fn unavailable(operation: &'static str) -> impl Fn(Error) -> BackendError {
    move |error| BackendError::unavailable(operation, error.to_string()).with_source(error)
}

#[async_trait]
impl Blobs for Objects {
    async fn begin(&self, name: &ObjectName) -> Result<Box<dyn BlobWriter>, BackendError> {
        let upload = self
            .store
            .put_multipart(&location(name))
            .await
            .map_err(unavailable("start an upload"))?;
        Ok(Box::new(ObjectUpload::new(upload)))
    }

    async fn read(
        &self,
        name: &ObjectName,
        range: Range<u64>,
    ) -> Result<Option<Bytes>, BackendError> {
        const OPERATION: &str = "read a blob";
        if range.is_empty() {
            return Ok(self.size(name).await?.map(|_| Bytes::new()));
        }
        match self.store.get_range(&location(name), range.clone()).await {
            Ok(bytes) if bytes.len() as u64 == range.end - range.start => Ok(Some(bytes)),
            Ok(bytes) => Err(BackendError::corrupt(
                OPERATION,
                format!("object {name} gave {} bytes of {range:?}", bytes.len()),
            )),
            Err(Error::NotFound { .. }) => Ok(None),
            // Stores word "out of range" each in its own way; the size tells.
            Err(error) => match self.size(name).await? {
                Some(size) if size < range.end => Err(BackendError::corrupt(
                    OPERATION,
                    format!("object {name} has {size} bytes, not {}", range.end),
                )
                .with_source(error)),
                _ => Err(unavailable(OPERATION)(error)),
            },
        }
    }

    async fn size(&self, name: &ObjectName) -> Result<Option<u64>, BackendError> {
        match self.store.head(&location(name)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable("look for a blob")(error)),
        }
    }

    async fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        match self.store.delete(&location(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable("delete a blob")(error)),
        }
    }

    fn list(&self) -> BoxStream<'_, Result<StoredObject, BackendError>> {
        self.store
            .list(None)
            .map_err(unavailable("list blobs"))
            .try_filter_map(|meta| async move {
                // An object outside the place of its name is not ours, and could not be deleted by name.
                let name = meta
                    .location
                    .filename()
                    .and_then(ObjectName::parse)
                    .filter(|name| location(name) == meta.location);
                Ok(name.map(|name| StoredObject {
                    name,
                    size: meta.size,
                    modified: meta.last_modified.timestamp_millis(),
                }))
            })
            .boxed()
    }

    async fn discard_unfinished(&self, before: i64) -> Result<Discarded, BackendError> {
        let Some(folder) = self.folder.clone() else {
            return Ok(Discarded::default());
        };
        tokio::task::spawn_blocking(move || folder::discard_staged(&folder, Some(before)))
            .await
            .map_err(|error| BackendError::unavailable("discard uploads", error.to_string()))?
    }

    fn location(&self, name: &ObjectName) -> String {
        let location = location(name);
        match &self.folder {
            Some(folder) => folder.join(location.as_ref()).display().to_string(),
            None => location.to_string(),
        }
    }
}
