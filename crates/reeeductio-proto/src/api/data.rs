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

/// A data entry that takes the place of another (spec/data.md).
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct DataReplacement {
    /// The entry.
    #[serde(flatten)]
    pub entry: DataBody,
    /// `signature` of the entry that must be at the path; `null` if there must be none.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub replaces: Option<String>,
}

/// A data entry in a listing.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct DataItem {
    /// Its path.
    pub path: String,
    /// The entry as it was signed.
    #[serde(flatten)]
    pub entry: DataBody,
}

impl From<DataEntry> for DataItem {
    fn from(entry: DataEntry) -> Self {
        Self {
            path: entry.path.to_string(),
            entry: DataBody {
                signature: entry.signature.to_string(),
                signed_by: entry.signed_by.to_string(),
                signed_at: entry.signed_at,
                data: entry.data,
            },
        }
    }
}

/// A page of data entries (spec/data.md).
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct DataList {
    /// In the order of the bytes of their paths. May be empty although more follow.
    pub entries: Vec<DataItem>,
    /// Where the listing goes on; `null` at its end.
    pub next: Option<String>,
}

/// An entry was stored.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct DataStored {
    /// The path.
    pub path: String,
    /// The signed time, Unix milliseconds.
    pub signed_at: i64,
}
