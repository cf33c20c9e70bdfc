//! Administration (wire.md 7.1).

pub(super) mod challenge;
pub(super) mod delete_blob;
pub(super) mod list_spaces;
pub(super) mod purge_space;
pub(super) mod space;
pub(super) mod space_usage;
pub(super) mod verify;

use reeeductio_backend::Tally;
use reeeductio_engine::SpaceStatus;
use reeeductio_proto::api::{SpaceStatusBody, TallyBody};

fn status_body(status: &SpaceStatus) -> SpaceStatusBody {
    let tally = |tally: Tally| TallyBody {
        count: tally.count,
        bytes: tally.bytes,
    };
    SpaceStatusBody {
        space_id: status.space.to_string(),
        registered: status.registered,
        served: status.served,
        messages: tally(status.usage.messages),
        data: tally(status.usage.entries),
        blobs: tally(status.usage.blobs),
    }
}
