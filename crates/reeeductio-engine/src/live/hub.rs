//! The newest events of one space and the sessions waiting for them.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use event_listener::{Event, EventListener};
use parking_lot::Mutex;
use reeeductio_backend::Committed;
use reeeductio_proto::{Change, EventPosition, Message, TopicId};

use super::cursor::{Cursor, CursorKey};
use super::data_frame::DataFrame;
use crate::entries::write_beside;
use crate::sealed::read_header;
use crate::space::Space;

/// How often the store is asked for events of other processes while sessions are open.
const POLL: Duration = Duration::from_secs(1);

/// An event as every session sends it: turned into JSON once.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) position: EventPosition,
    pub(crate) content: FrameContent,
}

/// A message or a change of data, as JSON.
#[derive(Clone, Debug)]
pub(crate) enum FrameContent {
    /// A message, and the cursor at it.
    Message(MessageFrame, Cursor),
    /// A change of data, which the base protocol's stream does not know.
    Data(Arc<DataFrame>),
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
        let (position, leaf) = (commit.event.position, commit.leaf.as_ref());
        let content = match &commit.event.what {
            Change::Message(message) => {
                let cursor = key.at(commit.space, position.message, message.message_hash);
                FrameContent::Message(MessageFrame::new(message, commit), cursor)
            }
            Change::Data(entry) => FrameContent::Data(Arc::new(DataFrame::stored(entry, leaf))),
            Change::DataRemoved(removed) => {
                FrameContent::Data(Arc::new(DataFrame::removed(removed, leaf)))
            }
        };
        Self { position, content }
    }

    fn len(&self) -> usize {
        match &self.content {
            FrameContent::Message(frame, _) => frame.text.len(),
            FrameContent::Data(frame) => frame.text.len(),
        }
    }
}

impl MessageFrame {
    fn new(message: &Message, commit: &Committed) -> Self {
        let mut json = Vec::with_capacity(message.data.len() + 384);
        message.write_json(&mut json);
        if let Some(leaf) = &commit.leaf {
            json.pop();
            write_beside(commit.payload.as_deref(), leaf, &mut json);
            json.push(b'}');
        }
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
    /// Every event after this one that was committed is among the frames; `None` while that holds of none.
    whole_after: Option<EventPosition>,
    /// The last frame that was dropped from the ring.
    dropped: EventPosition,
    /// The newest event that is known to be in the store; it may be later than the last frame.
    known: EventPosition,
}

/// Answer to a session that asks for the events after its cursor.
pub(crate) enum Next {
    /// These, in order, without a gap after the cursor; possibly none.
    Frames(Vec<Frame>),
    /// They are not at hand: read the store.
    Behind,
}

/// Returns whether a message edits or deletes another one, whose payload is gone with it.
fn replaces(commit: &Committed) -> bool {
    commit.lane.is_some()
        && commit
            .event
            .message()
            .and_then(|message| read_header(message))
            .is_some_and(|header| header.target.is_some())
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
        let mut recent = self.recent.lock();
        if replaces(commit) {
            // The frames may hold a payload that is no more: whoever is behind reads what the store has left.
            recent.forget();
        }
        recent.push(Frame::new(commit, key));
        drop(recent);
        self.event.notify(usize::MAX);
    }

    /// Keeps no event at hand: one of them may have a payload that was removed. A session that is behind reads the store.
    pub(crate) fn clear(&self) {
        self.recent.lock().forget();
    }

    /// Notes that a session begins after this event, which was read from the store after it had joined: from then on
    /// every commit is published here.
    pub(crate) fn begins(&self, position: EventPosition) {
        let mut recent = self.recent.lock();
        let dropped = recent.dropped;
        recent.whole_after.get_or_insert(position.max(dropped));
    }

    /// Notes that the store holds events up to this one, and wakes the sessions if that is news. Returns whether it is.
    pub(crate) fn known(&self, position: EventPosition) -> bool {
        if !self.is_listened_to() {
            return false;
        }
        let mut recent = self.recent.lock();
        let news = recent.known < position;
        if news {
            recent.known = position;
            drop(recent);
            self.event.notify(usize::MAX);
        }
        news
    }

    /// Wakes the sessions, whose view has caught up.
    pub(crate) fn wake(&self) {
        self.event.notify(usize::MAX);
    }

    /// Frames after the event `cursor`: at most `limit`, and no more once they are `bytes` long.
    pub(crate) fn after(&self, cursor: EventPosition, limit: usize, bytes: usize) -> Next {
        let recent = self.recent.lock();
        let mut found = Vec::new();
        if recent.whole_after.is_some_and(|from| from <= cursor) {
            let skip = recent
                .frames
                .partition_point(|frame| frame.position <= cursor);
            let mut sum = 0;
            for frame in recent.frames.iter().skip(skip).take(limit) {
                if sum >= bytes {
                    break;
                }
                sum += frame.len();
                found.push(frame.clone());
            }
        }
        if found.is_empty() && recent.known > cursor {
            return Next::Behind;
        }
        Next::Frames(found)
    }
}

impl Recent {
    fn push(&mut self, frame: Frame) {
        // Told twice, or late.
        let last = self.frames.back().map(|last| last.position);
        if last.unwrap_or(self.dropped) >= frame.position {
            return;
        }
        self.known = self.known.max(frame.position);
        self.bytes += frame.len();
        self.frames.push_back(frame);
        while self.bytes > self.capacity && self.frames.len() > 1 {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(dropped) = self.frames.pop_front() {
            self.bytes -= dropped.len();
            self.dropped = dropped.position;
            self.whole_after = self.whole_after.map(|from| from.max(dropped.position));
        }
    }

    /// Keeps no frame at hand.
    fn forget(&mut self) {
        while !self.frames.is_empty() {
            self.drop_oldest();
        }
    }
}

/// A session's place among those the hub keeps events for.
pub(crate) struct Membership {
    space: Arc<Space>,
}

impl Membership {
    pub(crate) fn join(space: &Arc<Space>) -> Self {
        {
            // Under the lock of the frames, so that no commit is missed among those that are kept.
            let _recent = space.hub().recent.lock();
            space.hub().sessions.fetch_add(1, Ordering::SeqCst);
        }
        poll(space);
        Self {
            space: Arc::clone(space),
        }
    }

    pub(crate) fn hub(&self) -> &Hub {
        self.space.hub()
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let hub = self.space.hub();
        let mut recent = hub.recent.lock();
        if hub.sessions.fetch_sub(1, Ordering::SeqCst) == 1 {
            let capacity = recent.capacity;
            *recent = Recent {
                capacity,
                ..Recent::default()
            };
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
                for registrar in existence.registrars.iter() {
                    registrar.start_following();
                }
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

/// Tells a session's pump when to look again. One that was made before the client changed its subscription does not
/// know of what that has added.
#[derive(Clone)]
pub struct Wake {
    space: Arc<Space>,
    /// Notified of news for this session alone.
    own: Option<Arc<Event>>,
}

impl Wake {
    pub(super) fn new(space: Arc<Space>, own: Option<Arc<Event>>) -> Self {
        Self { space, own }
    }

    /// Completes at the next event after this call. Make the listener first, then handle
    /// [`Input::Wake`](super::Input::Wake), then await it: nothing can fall in between.
    pub fn listen(&self) -> Listener {
        Listener {
            space: self.space.hub().event.listen(),
            own: self.own.as_ref().map(|own| own.listen()),
        }
    }
}

/// Completes when a session has something to look at.
#[derive(Debug)]
#[must_use]
pub struct Listener {
    space: EventListener,
    own: Option<EventListener>,
}

impl Future for Listener {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Pin::new(&mut self.space).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        match &mut self.own {
            Some(own) => Pin::new(own).poll(cx),
            None => Poll::Pending,
        }
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wake").finish_non_exhaustive()
    }
}
