//! A change of data as every session sends it.

use bytes::Bytes;
use reeeductio_backend::Leaf;
use reeeductio_proto::api::DataBody;
use reeeductio_proto::{DataEntry, DataPath, MemberId, MessageId, RemovedData};
use serde::Serialize;

/// A change of data as every session sends it (spec/stream.md).
#[derive(Debug)]
pub(crate) struct DataFrame {
    pub(crate) path: DataPath,
    /// The member that signed the entry, also of one that was removed: for rights that hold for one's own only.
    pub(crate) signed_by: MemberId,
    /// The JSON text.
    pub(crate) text: Bytes,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Body<'a> {
    #[serde(rename = "data")]
    Stored {
        path: &'a str,
        #[serde(flatten)]
        entry: DataBody,
        #[serde(flatten)]
        leaf: Option<LeafBody>,
    },
    #[serde(rename = "data_removed")]
    Removed {
        path: &'a str,
        signed_at: i64,
        #[serde(flatten)]
        leaf: Option<LeafBody>,
    },
}

/// Fields beside a change in a space with a policy, as beside a message.
#[derive(Serialize)]
struct LeafBody {
    n: u64,
    state: Option<MessageId>,
}

impl From<&Leaf> for LeafBody {
    fn from(leaf: &Leaf) -> Self {
        Self {
            n: leaf.number,
            state: leaf.state,
        }
    }
}

impl DataFrame {
    pub(super) fn stored(entry: &DataEntry, leaf: Option<&Leaf>) -> Self {
        let body = Body::Stored {
            path: entry.path.as_str(),
            entry: DataBody::from(entry),
            leaf: leaf.map(LeafBody::from),
        };
        Self {
            path: entry.path.clone(),
            signed_by: entry.signed_by,
            text: text(&body),
        }
    }

    pub(super) fn removed(removed: &RemovedData, leaf: Option<&Leaf>) -> Self {
        let body = Body::Removed {
            path: removed.path.as_str(),
            signed_at: removed.signed_at,
            leaf: leaf.map(LeafBody::from),
        };
        Self {
            path: removed.path.clone(),
            signed_by: removed.signed_by,
            text: text(&body),
        }
    }
}

fn text(body: &Body<'_>) -> Bytes {
    // Texts and numbers can always be written as JSON.
    serde_json::to_vec(body).unwrap_or_default().into()
}
