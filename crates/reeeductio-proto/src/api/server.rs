//! The server itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The admin space.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct AdminSpaceBody {
    /// Its id.
    pub space_id: String,
}

/// How much there is of one kind.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
pub struct TallyBody {
    /// Items.
    pub count: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Status of a space, for the operator.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct SpaceStatusBody {
    /// The space.
    pub space_id: String,
    /// Whether it is registered in the admin space.
    pub registered: bool,
    /// Whether members can use it: it is registered, there or by an app, it registers others itself, or the server serves every space.
    pub served: bool,
    /// Messages stored: bytes of `data` and `type`.
    pub messages: TallyBody,
    /// Data entries stored, deleted ones included: bytes of `data` and of the path.
    pub data: TallyBody,
    /// Blobs stored; of a member, those it uploaded.
    pub blobs: TallyBody,
}

/// A part of the list of spaces.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct SpaceListBody {
    /// Sorted by id.
    pub spaces: Vec<SpaceStatusBody>,
    /// Whether the list goes on after them.
    pub has_more: bool,
}

/// Result of one step of a purge.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
pub struct PurgeBody {
    /// Messages, data entries and blobs that were removed.
    pub removed: u64,
    /// Whether anything is left: then ask for another step.
    pub has_more: bool,
}

/// The server is alive.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct Health {
    /// `healthy`.
    pub status: String,
    /// Unix milliseconds.
    pub timestamp: i64,
}
