//! The server itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The admin space.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct AdminSpaceBody {
    /// Its id.
    pub space_id: String,
}

/// The server is alive.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct Health {
    /// `healthy`.
    pub status: String,
    /// Unix milliseconds.
    pub timestamp: i64,
}
