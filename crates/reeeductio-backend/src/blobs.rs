//! The port for blob bytes. The metadata of a blob (its id, size, checksums, who refers to it) lives in
//! [`Records`](crate::Records); an object store holds only bytes under a name.

use std::fmt;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::BackendError;

/// The name under which one upload's bytes are stored.
///
/// Every upload gets a fresh name, so deleting an object can never remove the bytes of a later
/// upload of the same blob. At most 128 characters of `[A-Za-z0-9._-]`, starting with none of `.-`.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ObjectName(String);

impl ObjectName {
    /// Accepts a name that is safe as a file name, `None` otherwise.
    pub fn parse(text: &str) -> Option<Self> {
        let safe = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
        let valid = (1..=128).contains(&text.len())
            && text.bytes().all(safe)
            && !text.starts_with(['.', '-']);
        valid.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Stores blob bytes.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Starts a streamed upload. Nothing is visible under `name` before [`BlobWriter::finish`].
    async fn begin(&self, name: &ObjectName) -> Result<Box<dyn BlobWriter>, BackendError>;

    /// Reads `range` (bytes; the caller knows the size). `None` when there is no such object; a
    /// range that reaches past the end is [`Corrupt`](crate::BackendErrorKind::Corrupt).
    async fn read(
        &self,
        name: &ObjectName,
        range: Range<u64>,
    ) -> Result<Option<Bytes>, BackendError>;

    /// The stored size in bytes, `None` when there is no such object.
    async fn size(&self, name: &ObjectName) -> Result<Option<u64>, BackendError>;

    /// Removes the object; removing what is not there succeeds.
    async fn delete(&self, name: &ObjectName) -> Result<(), BackendError>;

    /// Lists every finished object, in no particular order, with a bounded number of them in memory at a
    /// time. An object stored or deleted meanwhile may be listed or not.
    fn list(&self) -> BoxStream<'_, Result<StoredObject, BackendError>>;

    /// Discards uploads that were begun and never finished, whose last byte was written before `before`
    /// (Unix milliseconds): what a crash or a lost connection left.
    async fn discard_unfinished(&self, before: i64) -> Result<Discarded, BackendError>;

    /// Where the object is, for people: a file or an address.
    fn location(&self, name: &ObjectName) -> String;
}

/// An object in a listing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredObject {
    /// Its name.
    pub name: ObjectName,
    /// Bytes.
    pub size: u64,
    /// When it was written, Unix milliseconds by the store's clock.
    pub modified: i64,
}

/// Result of [`Blobs::discard_unfinished`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Discarded {
    /// How many.
    pub objects: u64,
    /// Bytes they took.
    pub bytes: u64,
}

/// One upload in progress. Dropping it without [`finish`](Self::finish) discards what was written.
#[async_trait]
pub trait BlobWriter: Send {
    /// Adds bytes. At most a fixed number of bytes is buffered, whatever the size of the blob.
    async fn write(&mut self, bytes: Bytes) -> Result<(), BackendError>;

    /// Makes the object visible under its name and durable: when this returns, a crash loses nothing.
    async fn finish(self: Box<Self>) -> Result<(), BackendError>;

    /// Discards the upload.
    async fn abort(self: Box<Self>) -> Result<(), BackendError>;
}
