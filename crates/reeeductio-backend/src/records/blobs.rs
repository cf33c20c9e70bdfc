//! Blob records: what is known of blobs whose bytes are stored.

use async_trait::async_trait;
use reeeductio_proto::{BlobId, MemberId, SpaceId};

use super::{Judged, Moved, Operator, OverQuota, Quotas, ToolUse};
use crate::{BackendError, ObjectName};

/// A blob whose bytes are stored, in one space: no object is shared between spaces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BlobRecord {
    /// Where the bytes are.
    pub object: ObjectName,
    /// Bytes.
    pub size: u64,
    /// One corruption checksum per chunk, 8 bytes big-endian each; the engine defines the chunk size.
    pub checksums: Vec<u8>,
}

/// A blob record with its key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordedBlob {
    /// The space.
    pub space: SpaceId,
    /// The blob's id.
    pub blob: BlobId,
    /// The record.
    pub record: BlobRecord,
}

/// A member's claim on a blob from within a space.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BlobReference {
    /// Member who uploaded it.
    pub uploaded_by: MemberId,
    /// When, Unix milliseconds.
    pub uploaded_at: i64,
}

/// Records that a member has uploaded (and thereby proven to hold) a blob.
#[derive(Clone, Debug)]
pub struct AddBlob {
    /// The space.
    pub space: SpaceId,
    /// The blob's id, which the caller has checked against the bytes.
    pub blob: BlobId,
    /// The durable object of this upload.
    pub record: BlobRecord,
    /// The reference. Adding it again keeps the first `uploaded_at`.
    pub reference: BlobReference,
    /// `None` if nothing was judged, as in an import.
    pub judged: Option<Judged>,
    /// Counted only if something is stored that was not there: a repeated upload costs nothing.
    pub tool_use: Option<ToolUse>,
    /// Quotas of the space and the uploader. Every reference of a member counts in full. In the space a blob
    /// counts once, however many members refer to it.
    pub quotas: Quotas,
}

/// Outcome of an [`AddBlob`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AddBlobOutcome {
    /// The judgement does not stand any more: nothing was written.
    JudgementMoved(Moved),
    /// The space or the uploader may not store more: nothing was written.
    OverQuota(OverQuota),
    /// The reference is durable and the blob now lives in the caller's object.
    Stored,
    /// The reference is durable; the space had the bytes before, so the caller's object is not needed.
    StoredBefore,
    /// The tool has no uses left: nothing was written.
    ToolUsedUp,
}

/// Removes references of one space to a blob.
#[derive(Clone, Debug)]
pub struct RemoveBlob {
    /// The space.
    pub space: SpaceId,
    /// The blob.
    pub blob: BlobId,
    /// This member's reference only; `None` for everyone's.
    pub uploaded_by: Option<MemberId>,
    /// `None` if no member of the space was judged, as when the operator removes it.
    pub judged: Option<Judged>,
    /// The judgement of the operator, if it removes it.
    pub operator: Option<Operator>,
}

/// Outcome of a [`RemoveBlob`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RemoveBlobOutcome {
    /// The judgement does not stand any more: nothing was removed.
    JudgementMoved(Moved),
    /// Durable.
    Removed {
        /// How many references went.
        references: u64,
        /// The object that nobody refers to any more; the caller deletes it.
        orphan: Option<ObjectName>,
    },
}

/// Blob records and the references to them.
#[async_trait]
pub trait BlobRecords {
    /// The record of a blob in a space.
    async fn blob(&self, space: SpaceId, blob: BlobId) -> Result<Option<BlobRecord>, BackendError>;

    /// Returns the references to a blob from within a space.
    async fn blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
    ) -> Result<Vec<BlobReference>, BackendError>;

    /// The spaces that hold a blob, in order: for its removal by the operator.
    async fn blob_spaces(&self, blob: BlobId) -> Result<Vec<SpaceId>, BackendError>;

    /// Adds a blob or a further reference to it.
    async fn add_blob(&self, add: AddBlob) -> Result<AddBlobOutcome, BackendError>;

    /// Removes references of one space: one member's, or everyone's. The record goes with the last.
    async fn remove_blob(&self, remove: RemoveBlob) -> Result<RemoveBlobOutcome, BackendError>;

    /// Up to `limit` recorded blobs whose objects sort after `after`, by object: for verification and for
    /// finding objects without a record. Databases of the first release can name one object in several spaces.
    async fn objects(
        &self,
        after: Option<&ObjectName>,
        limit: usize,
    ) -> Result<Vec<RecordedBlob>, BackendError>;
}
