//! Items that were left in a member's inbox and wait for one of its streams.

use bytes::Bytes;
use reeeductio_backend::InboxItem;
use reeeductio_proto::api::InboxItemBody;
use serde::Serialize;

use crate::inbox::item_body;

/// Most bytes of what is sealed in an item that streams are told whole. Longer frames would stay in the buffers of a stream for
/// as long as that is open.
const MOST: usize = 16_384;
/// Bytes of frames that wait for a stream.
const STREAM: usize = 64 * 1024;

/// An item as streams tell it, or that there is one.
#[derive(Serialize)]
#[serde(tag = "type", rename = "inbox")]
struct Body {
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    item: Option<InboxItemBody>,
}

/// The JSON text of an item's frame; `None` if the item is too large for one.
pub(super) fn frame_of(item: &InboxItem) -> Option<Bytes> {
    (item.sealed.len() <= MOST).then(|| text(Some(item_body(item))))
}

fn text(item: Option<InboxItemBody>) -> Bytes {
    // Texts and numbers can always be written as JSON.
    serde_json::to_vec(&Body { item })
        .unwrap_or_default()
        .into()
}

/// Frames of the items that a stream has not taken.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    frames: Vec<Bytes>,
    bytes: usize,
    /// There are items that the frames do not tell.
    is_cut: bool,
}

impl Waiting {
    /// Bytes of the frames.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds the frame of an item, within so many bytes. Where there is no room, or no frame, the stream is told to read the inbox,
    /// and nothing of what it will find there.
    pub(super) fn add(&mut self, frame: Option<&Bytes>, room: usize) {
        let room = room.min(STREAM.saturating_sub(self.bytes));
        match frame.filter(|frame| !self.is_cut && frame.len() <= room) {
            Some(frame) => {
                self.bytes += frame.len();
                self.frames.push(frame.clone());
            }
            None => {
                *self = Self {
                    is_cut: true,
                    ..Self::default()
                }
            }
        }
    }

    /// Takes everything that waits.
    pub(super) fn take(&mut self) -> Vec<Bytes> {
        let Self { frames, is_cut, .. } = std::mem::take(self);
        if is_cut { vec![text(None)] } else { frames }
    }
}
