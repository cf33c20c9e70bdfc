//! Data entries: last writer wins, by the signed time.

use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::{DataEntry, DataPath, MemberId, PathPrefix, SpaceId};

use super::{Judged, Leaf, Moved, OverQuota, PageLimit, Quotas};
use crate::BackendError;

/// Identifies what a writer of a data entry believes to be stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DataVersion {
    /// `signed_at` of the entry.
    pub signed_at: i64,
    /// Member who signed it.
    pub signed_by: MemberId,
}

impl From<&DataEntry> for DataVersion {
    fn from(entry: &DataEntry) -> Self {
        Self {
            signed_at: entry.signed_at,
            signed_by: entry.signed_by,
        }
    }
}

/// Stores a data entry.
#[derive(Clone, Debug)]
pub struct PutData {
    /// The space.
    pub space: SpaceId,
    /// The entry.
    pub entry: DataEntry,
    /// The entry at the path when the permission was judged, if any.
    pub expected: Option<DataVersion>,
    /// `None` if nothing was judged, as in an import.
    pub judged: Option<Judged>,
    /// Quotas of the space and the signer.
    pub quotas: Quotas,
}

/// Outcome of a [`PutData`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PutDataOutcome {
    /// The judgement does not stand any more: nothing was written.
    JudgementMoved(Moved),
    /// Another entry arrived since the caller looked: nothing was written, judge again.
    Changed(Option<DataVersion>),
    /// The space or the signer may not store more: nothing was written.
    OverQuota(OverQuota),
    /// The path holds, or held before it was deleted, an entry signed at this time, which is not
    /// earlier than the new one: nothing was written. Storing the identical entry again is `Stored`.
    Stale {
        /// Unix milliseconds; the next entry must be signed later.
        newest: i64,
    },
    /// Durable; the leaf of the entry if the space has an event tree.
    Stored(Option<Leaf>),
}

/// Removes a data entry, keeping its time so that it cannot be replayed.
#[derive(Clone, Debug)]
pub struct DeleteData {
    /// The space.
    pub space: SpaceId,
    /// The path.
    pub path: DataPath,
    /// The entry at the path when the permission was judged, if any.
    pub expected: Option<DataVersion>,
    /// `None` if nothing was judged.
    pub judged: Option<Judged>,
}

/// Outcome of a [`DeleteData`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeleteDataOutcome {
    /// The judgement does not stand any more: nothing was removed.
    JudgementMoved(Moved),
    /// Another entry arrived since the caller looked: nothing was removed, judge again.
    Changed(Option<DataVersion>),
    /// Durable, also when there was nothing to remove; the leaf of the removal, now or before, if the space has an
    /// event tree.
    Deleted(Option<Leaf>),
}

/// Which data entries to list, by the bytes of their paths.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DataRange {
    /// Entries below this path; the one at the prefix itself is not listed.
    pub below: PathPrefix,
    /// Paths that sort after this one; `None` begins with the first.
    pub after: Option<DataPath>,
    /// How much is looked at. Removed entries count as items without bytes, and are left out.
    pub limit: PageLimit,
}

/// A part of a listing of data entries.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DataPage {
    /// In the order of their paths.
    pub entries: Vec<DataEntry>,
    /// The last path that was looked at, which may be that of a removed entry; `None` at the end of the listing.
    pub next: Option<DataPath>,
}

/// Data entries.
#[async_trait]
pub trait DataEntries {
    /// The entry at a data path; deleted ones are `None`, tombstones (empty data) are entries.
    async fn data(
        &self,
        space: SpaceId,
        path: &DataPath,
    ) -> Result<Option<Arc<DataEntry>>, BackendError>;

    /// Lists the entries below a path.
    async fn data_below(&self, space: SpaceId, range: DataRange) -> Result<DataPage, BackendError>;

    /// Stores a data entry.
    async fn put_data(&self, put: PutData) -> Result<PutDataOutcome, BackendError>;

    /// Removes a data entry.
    async fn delete_data(&self, delete: DeleteData) -> Result<DeleteDataOutcome, BackendError>;
}
