//! One download in progress.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use reeeductio_backend::{BackendError, BlobRecord, Blobs, Records};
use reeeductio_proto::{BlobId, ErrorCode, SpaceId};
use xxhash_rust::xxh3::xxh3_64;

use super::{CHUNK, not_found, parse_id};
use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::{Details, Refusal};

/// The part of a blob a client asks for, as in an HTTP `Range` header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ByteRange {
    /// From this byte, to that byte inclusive if given.
    From(u64, Option<u64>),
    /// The last so many bytes.
    Last(u64),
}

/// A blob being read: checked chunk by chunk, a few chunks in memory at most.
#[derive(Clone)]
pub struct Download {
    blobs: Arc<dyn Blobs>,
    records: Arc<dyn Records>,
    space: SpaceId,
    id: BlobId,
    record: BlobRecord,
    range: Range<u64>,
    position: u64,
}

impl Engine {
    /// Opens a blob for a member of a space that refers to it.
    pub async fn download_blob(
        &self,
        caller: &SpaceMember,
        id: &str,
        range: Option<ByteRange>,
    ) -> Result<Download, Refusal> {
        let id = parse_id(id)?;
        let space = caller.space_id();
        let record = record(self.records.as_ref(), space, id)
            .await?
            .ok_or_else(not_found)?;
        let range = match range {
            None => 0..record.size,
            Some(range) => range.resolve(record.size)?,
        };
        Ok(Download {
            blobs: Arc::clone(&self.blobs),
            records: Arc::clone(&self.records),
            space,
            id,
            position: range.start,
            record,
            range,
        })
    }
}

impl Download {
    /// Size of the whole blob in bytes.
    pub fn size(&self) -> u64 {
        self.record.size
    }

    /// The bytes this download yields.
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// The next bytes, `None` at the end. A chunk that is not what was stored is refused. When the blob is
    /// deleted meanwhile that is [`BlobNotFound`](ErrorCode::BlobNotFound), not damage.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        if self.position >= self.range.end {
            return Ok(None);
        }
        let index = self.position / CHUNK;
        let start = index * CHUNK;
        let end = (start + CHUNK).min(self.record.size);
        let chunk = self.read(start..end).await?;
        let intact =
            chunk.len() as u64 == end - start && self.checksum(index) == Some(xxh3_64(&chunk));
        if !intact {
            tracing::error!(object = %self.record.object, chunk = index, "a stored blob fails its check");
            return Err(corrupt("fails its checksum").into());
        }
        let from = usize::try_from(self.position - start).map_err(|_| corrupt("is too large"))?;
        let to = usize::try_from(self.range.end.min(end) - start)
            .map_err(|_| corrupt("is too large"))?;
        self.position = start + to as u64;
        Ok(Some(chunk.slice(from..to)))
    }

    async fn read(&mut self, range: Range<u64>) -> Result<Bytes, Refusal> {
        loop {
            if let Some(chunk) = self.blobs.read(&self.record.object, range.clone()).await? {
                return Ok(chunk);
            }
            // A record goes before its object does, so the record tells a deletion from damage.
            match record(self.records.as_ref(), self.space, self.id).await? {
                None => return Err(not_found()),
                Some(record) if record.object == self.record.object => {
                    return Err(corrupt("is missing").into());
                }
                // Deleted and uploaded again: the same bytes, as the id says.
                Some(record) => self.record = record,
            }
        }
    }

    fn checksum(&self, index: u64) -> Option<u64> {
        let at = usize::try_from(index).ok()?.checked_mul(8)?;
        let bytes = self.record.checksums.get(at..at + 8)?;
        Some(u64::from_be_bytes(bytes.try_into().ok()?))
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download")
            .field("record", &self.record)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

impl ByteRange {
    fn resolve(self, size: u64) -> Result<Range<u64>, Refusal> {
        let range = match self {
            Self::From(first, last) => {
                first..last.map_or(size, |last| last.saturating_add(1).min(size))
            }
            Self::Last(count) => size.saturating_sub(count)..size,
        };
        if range.is_empty() {
            return Err(Refusal::field(
                ErrorCode::BlobRangeNotSatisfiable,
                "Range",
                format!("the blob has {size} bytes."),
            )
            .with(Details::Size(size)));
        }
        Ok(range)
    }
}

/// The record of a blob that the space refers to.
async fn record(
    records: &dyn Records,
    space: SpaceId,
    id: BlobId,
) -> Result<Option<BlobRecord>, BackendError> {
    if records.blob_references(space, id).await?.is_empty() {
        return Ok(None);
    }
    records.blob(space, id).await
}

fn corrupt(what: &str) -> BackendError {
    BackendError::corrupt("read a blob", format!("an object {what}"))
}
