//! Frames of live streams whose clients do not take them.
//!
//! All streams of a space share the bytes of a frame. Counting them for each would make a message to
//! thousands of healthy streams look like thousands of messages, so a frame is counted once, while at
//! least one stream is stuck with it.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;

use super::Memory;

/// The counted frames, by their address in memory: a [`Stalled`] that counts a frame keeps it there.
#[derive(Debug, Default)]
pub(super) struct Frames(Mutex<HashMap<(usize, usize), Frame>>);

#[derive(Debug)]
struct Frame {
    streams: usize,
    #[expect(dead_code, reason = "held, never looked at")]
    permit: OwnedSemaphorePermit,
}

/// The frames that one stream is stuck with.
#[derive(Debug)]
pub(crate) struct Stalled {
    memory: Arc<Memory>,
    frames: Vec<Bytes>,
}

impl Stalled {
    pub(super) fn count(memory: &Arc<Memory>, frames: &[Bytes]) -> Option<Self> {
        let mut stalled = Self {
            memory: Arc::clone(memory),
            frames: Vec::with_capacity(frames.len()),
        };
        let counted = &mut *memory.stalled.0.lock();
        for frame in frames {
            let place = place(frame);
            if let Some(known) = counted.get_mut(&place) {
                known.streams += 1;
            } else if let Some(permit) = memory.general.try_take(frame.len()) {
                counted.insert(place, Frame { streams: 1, permit });
            } else {
                // Not while the lock is held, which dropping takes.
                release(counted, &std::mem::take(&mut stalled.frames));
                return None;
            }
            stalled.frames.push(frame.clone());
        }
        Some(stalled)
    }
}

impl Drop for Stalled {
    fn drop(&mut self) {
        if !self.frames.is_empty() {
            release(&mut self.memory.stalled.0.lock(), &self.frames);
        }
    }
}

fn release(counted: &mut HashMap<(usize, usize), Frame>, frames: &[Bytes]) {
    for frame in frames {
        let place = place(frame);
        if let Some(known) = counted.get_mut(&place) {
            known.streams -= 1;
            if known.streams == 0 {
                counted.remove(&place);
            }
        }
    }
}

fn place(frame: &Bytes) -> (usize, usize) {
    (frame.as_ptr() as usize, frame.len())
}
