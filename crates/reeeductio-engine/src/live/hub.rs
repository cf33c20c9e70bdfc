//! The newest events of one space and the sessions waiting for them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use event_listener::{Event, EventListener};
use parking_lot::Mutex;
use reeeductio_backend::Committed;
use reeeductio_proto::{Message, TopicId};

use crate::space::Space;

/// A message as every session sends it: turned into JSON once.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) event: u64,
    pub(crate) topic: TopicId,
    /// The JSON text.
    pub(crate) text: Bytes,
}

impl Frame {
    pub(crate) fn new(event: u64, message: &Message) -> Self {
        let mut json = Vec::with_capacity(message.data.len() + 384);
        message.write_json(&mut json);
        Self {
            event,
            topic: message.topic_id.clone(),
            text: json.into(),
        }
    }
}

/// The newest events of one space and the sessions waiting for them.
pub(crate) struct Hub {
    sessions: AtomicUsize,
    recent: Mutex<Recent>,
    event: Event,
}

#[derive(Default)]
struct Recent {
    frames: VecDeque<Frame>,
    bytes: usize,
    capacity: usize,
}

/// What a session finds when it asks for the events after its cursor.
pub(crate) enum Next {
    /// These, in order, without a gap after the cursor; possibly none.
    Frames(Vec<Frame>),
    /// They are no longer at hand: read the store.
    Behind,
}

impl Hub {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            sessions: AtomicUsize::new(0),
            recent: Mutex::new(Recent {
                capacity,
                ..Recent::default()
            }),
            event: Event::new(),
        }
    }

    /// Keeps the event at hand and wakes whoever waits. Free of charge while nobody listens.
    pub(crate) fn publish(&self, commit: &Committed) {
        // Sequentially consistent with `Membership::join`, which reads the store after it has joined:
        // either this sees the session, or the session sees the event in the store.
        if self.sessions.load(Ordering::SeqCst) == 0 {
            return;
        }
        self.recent
            .lock()
            .push(Frame::new(commit.event, &commit.message));
        self.event.notify(usize::MAX);
    }

    /// Up to `limit` frames after the event number `cursor`.
    pub(crate) fn after(&self, cursor: u64, limit: usize) -> Next {
        let recent = self.recent.lock();
        let Some(first) = recent.frames.front().map(|frame| frame.event) else {
            return Next::Frames(Vec::new());
        };
        let Some(skip) = (cursor + 1).checked_sub(first) else {
            return Next::Behind;
        };
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Next::Frames(
            recent
                .frames
                .iter()
                .skip(skip)
                .take(limit)
                .cloned()
                .collect(),
        )
    }
}

impl Recent {
    fn push(&mut self, frame: Frame) {
        // Only an unbroken run of numbers can be looked up by number.
        if self
            .frames
            .back()
            .is_some_and(|last| last.event + 1 != frame.event)
        {
            self.frames.clear();
            self.bytes = 0;
        }
        self.bytes += frame.text.len();
        self.frames.push_back(frame);
        while self.bytes > self.capacity && self.frames.len() > 1 {
            if let Some(dropped) = self.frames.pop_front() {
                self.bytes -= dropped.text.len();
            }
        }
    }
}

/// A session's place among those the hub keeps events for.
pub(crate) struct Membership {
    space: Arc<Space>,
}

impl Membership {
    pub(crate) fn join(space: &Arc<Space>) -> Self {
        space.hub().sessions.fetch_add(1, Ordering::SeqCst);
        Self {
            space: Arc::clone(space),
        }
    }

    pub(crate) fn hub(&self) -> &Hub {
        self.space.hub()
    }

    pub(crate) fn wake(&self) -> Wake {
        Wake {
            space: Arc::clone(&self.space),
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let hub = self.space.hub();
        if hub.sessions.fetch_sub(1, Ordering::SeqCst) == 1 {
            let mut recent = hub.recent.lock();
            // Somebody may have joined meanwhile; then the frames are theirs.
            if hub.sessions.load(Ordering::SeqCst) == 0 {
                recent.frames = VecDeque::new();
                recent.bytes = 0;
            }
        }
    }
}

/// Tells a session's pump when to look again.
#[derive(Clone)]
pub struct Wake {
    space: Arc<Space>,
}

impl Wake {
    /// Completes at the next event after this call. Make the listener first, then handle
    /// [`Input::Wake`](super::Input::Wake), then await it: nothing can fall in between.
    pub fn listen(&self) -> EventListener {
        self.space.hub().event.listen()
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wake").finish_non_exhaustive()
    }
}
