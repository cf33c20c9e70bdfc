//! Blobs (wire.md 6).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A stored blob.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct BlobCreated {
    /// The blob's id.
    pub blob_id: String,
    /// Bytes.
    pub size: u64,
}
