//! The newest events of one space and the sessions waiting for them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use event_listener::{Event, EventListener};
use parking_lot::Mutex;
use reeeductio_backend::Committed;
use reeeductio_proto::{Message, TopicId};

use super::cursor::{Cursor, CursorKey};
use crate::space::Space;

/// How often the store is asked for events of other processes while sessions are open.
const POLL: Duration = Duration::from_secs(1);

/// An event as every session sends it: turned into JSON once.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) cursor: Cursor,
    /// `None` for an event that the base protocol's stream does not know.
    pub(crate) message: Option<MessageFrame>,
}

/// A message as every session sends it.
#[derive(Clone, Debug)]
pub(crate) struct MessageFrame {
    pub(crate) topic: TopicId,
    /// The JSON text.
    pub(crate) text: Bytes,
}

impl Frame {
    pub(crate) fn new(commit: &Committed, key: &CursorKey) -> Self {
        Self {
            cursor: key.at(commit.space, &commit.event),
            message: commit
                .event
                .message()
                .map(|message| MessageFrame::new(message)),
        }
    }

    /// Number of the event.
    pub(crate) fn event(&self) -> u64 {
        self.cursor.event
    }

    fn len(&self) -> usize {
        self.message.as_ref().map_or(0, |frame| frame.text.len())
    }
}

impl MessageFrame {
    fn new(message: &Message) -> Self {
        let mut json = Vec::with_capacity(message.data.len() + 384);
        message.write_json(&mut json);
        Self {
            topic: message.topic_id.clone(),
            text: json.into(),
        }
    }
}

/// The newest events of one space and the sessions waiting for them.
pub(crate) struct Hub {
    sessions: AtomicUsize,
    polling: AtomicBool,
    recent: Mutex<Recent>,
    event: Event,
}

#[derive(Default)]
struct Recent {
    frames: VecDeque<Frame>,
    bytes: usize,
    capacity: usize,
    /// The newest event that is known to be in the store; it may be later than the last frame.
    known: u64,
}

/// Answer to a session that asks for the events after its cursor.
pub(crate) enum Next {
    /// These, in order, without a gap after the cursor; possibly none.
    Frames(Vec<Frame>),
    /// They are not at hand: read the store.
    Behind,
}

impl Hub {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            sessions: AtomicUsize::new(0),
            polling: AtomicBool::new(false),
            recent: Mutex::new(Recent {
                capacity,
                ..Recent::default()
            }),
            event: Event::new(),
        }
    }

    fn is_listened_to(&self) -> bool {
        // Sequentially consistent with `Membership::join`, which reads the store after it has joined:
        // either this sees the session, or the session sees the event in the store.
        self.sessions.load(Ordering::SeqCst) > 0
    }

    /// Sessions that are open.
    pub(crate) fn sessions(&self) -> usize {
        self.sessions.load(Ordering::Relaxed)
    }

    /// Keeps the event at hand and wakes the sessions. Free of charge while there are none.
    pub(crate) fn publish(&self, commit: &Committed, key: &CursorKey) {
        if !self.is_listened_to() {
            return;
        }
        self.recent.lock().push(Frame::new(commit, key));
        self.event.notify(usize::MAX);
    }

    /// Notes that the store holds events up to this one, and wakes the sessions if that is news.
    pub(crate) fn known(&self, event: u64) {
        if !self.is_listened_to() {
            return;
        }
        let mut recent = self.recent.lock();
        if recent.known < event {
            recent.known = event;
            drop(recent);
            self.event.notify(usize::MAX);
        }
    }

    /// Wakes the sessions, whose view has caught up.
    pub(crate) fn wake(&self) {
        self.event.notify(usize::MAX);
    }

    /// Frames after the event number `cursor`: at most `limit`, and no more once they are `bytes` long.
    pub(crate) fn after(&self, cursor: u64, limit: usize, bytes: usize) -> Next {
        let recent = self.recent.lock();
        let first = recent.frames.front().map(Frame::event);
        let Some(skip) = first.and_then(|first| (cursor + 1).checked_sub(first)) else {
            return if recent.known > cursor {
                Next::Behind
            } else {
                Next::Frames(Vec::new())
            };
        };
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let mut sum = 0;
        let mut found = Vec::new();
        for frame in recent.frames.iter().skip(skip).take(limit) {
            if sum >= bytes {
                break;
            }
            sum += frame.len();
            found.push(frame.clone());
        }
        if found.is_empty() && recent.known > cursor {
            return Next::Behind;
        }
        Next::Frames(found)
    }
}

impl Recent {
    fn push(&mut self, frame: Frame) {
        let last = self.frames.back().map(Frame::event);
        // Told twice, or late.
        if last.is_some_and(|last| frame.event() <= last) || frame.event() < self.known {
            return;
        }
        // Only an unbroken run of numbers can be looked up by number.
        if last.is_some_and(|last| last + 1 != frame.event()) {
            self.frames.clear();
            self.bytes = 0;
        }
        self.known = frame.event();
        self.bytes += frame.len();
        self.frames.push_back(frame);
        while self.bytes > self.capacity && self.frames.len() > 1 {
            if let Some(dropped) = self.frames.pop_front() {
                self.bytes -= dropped.len();
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
        poll(space);
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
                let capacity = recent.capacity;
                *recent = Recent {
                    capacity,
                    ..Recent::default()
                };
            }
        }
    }
}

/// Where other processes write too: asks the store for their events for as long as there are sessions.
fn poll(space: &Arc<Space>) {
    let source = space.source();
    if !source.records.is_shared() || space.hub().polling.swap(true, Ordering::AcqRel) {
        return;
    }
    let polling = Polling(Arc::clone(space));
    let first = source.runtime.sleep(POLL);
    source.runtime.spawn(Box::pin(async move {
        let space = &polling.0;
        first.await;
        while space.hub().is_listened_to() {
            // Streams end with the registration.
            if let Some(existence) = space.existence() {
                existence.admin.start_following();
            }
            space.start_following();
            space.source().runtime.sleep(POLL).await;
        }
        drop(polling);
    }));
}

/// Lets the next session begin polling again when this one has ended, however it ended.
struct Polling(Arc<Space>);

impl Drop for Polling {
    fn drop(&mut self) {
        let hub = self.0.hub();
        hub.polling.store(false, Ordering::Release);
        // A session may have joined after the last look.
        if hub.is_listened_to() {
            poll(&self.0);
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
