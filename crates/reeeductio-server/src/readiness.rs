//! Whether the server takes writes, part by part.

use reeeductio_engine::Refusal;
use reeeductio_proto::ErrorCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::disk::{Disk, DiskSpace};

/// A part of the server, as it is now.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// `database`, `data` (its disk) or `blobs` (theirs).
    pub(crate) name: &'static str,
    /// Room on its disk.
    pub(crate) space: Option<DiskSpace>,
    /// Why it takes no writes.
    pub(crate) fault: Option<Fault>,
}

/// Why a part takes no writes.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl Part {
    pub(crate) fn is_ready(&self) -> bool {
        self.fault.is_none()
    }
}

/// Looks at every part.
pub(crate) async fn look(state: &AppState) -> Vec<Part> {
    let database = state.engine.ready().await.err();
    if let Some(refusal) = &database {
        state.metrics.failed(refusal);
    }
    let mut parts = vec![Part {
        name: "database",
        space: None,
        fault: database.map(Fault::from),
    }];
    parts.extend(state.disks.look().into_iter().map(Part::from));
    parts
}

impl From<Disk> for Part {
    fn from(disk: Disk) -> Self {
        let fault = match &disk.space {
            Ok(_) if disk.is_full() => Some(Fault {
                code: ErrorCode::StorageFull,
                message: format!("less than {} bytes are free", disk.reserve),
            }),
            Ok(_) => None,
            // Not every system tells.
            Err(error) if error.kind() == std::io::ErrorKind::Unsupported => None,
            Err(error) => Some(Fault {
                code: ErrorCode::StorageUnavailable,
                message: error.to_string(),
            }),
        };
        Self {
            name: disk.name,
            space: disk.space.ok(),
            fault,
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code(),
            message: refusal.to_string(),
        }
    }
}

/// State of one part, as `/ready` tells it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartBody {
    /// Whether it takes writes.
    ready: bool,
    /// Bytes free on its disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    free_bytes: Option<u64>,
    /// Why it takes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<&Part> for PartBody {
    fn from(part: &Part) -> Self {
        Self {
            ready: part.is_ready(),
            free_bytes: part.space.map(|space| space.free),
            error: part.fault.as_ref().map(|fault| fault.message.clone()),
        }
    }
}
