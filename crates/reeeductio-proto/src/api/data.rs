//! Data entries (wire.md 5).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::data_entry::DataEntry;

/// A data entry: what is put and what is got. The published clients accept exactly these four keys.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct DataBody {
    /// Standard base64; empty is a tombstone.
    pub data: String,
    /// Ed25519 over `space_id|path|data|signed_at`, standard base64.
    pub signature: String,
    /// The signer's id.
    pub signed_by: String,
    /// Unix milliseconds.
    pub signed_at: i64,
}

impl From<&DataEntry> for DataBody {
    fn from(entry: &DataEntry) -> Self {
        Self {
            data: entry.data.clone(),
            signature: entry.signature.to_string(),
            signed_by: entry.signed_by.to_string(),
            signed_at: entry.signed_at,
        }
    }
}

/// An entry was stored.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct DataStored {
    /// The path.
    pub path: String,
    /// The signed time, Unix milliseconds.
    pub signed_at: i64,
}
