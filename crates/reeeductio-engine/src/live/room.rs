//! The members that are connected to a space, and what they are told beside events: signals, and items of their inboxes.

mod items;
mod roster;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use event_listener::Event;
use parking_lot::Mutex;
use reeeductio_backend::ItemLeft;
use reeeductio_proto::{MemberId, Subject};

use super::names::Names;
use super::ring::Ring;
use crate::rate::{Bucket, Rate};
use crate::space::Space;
use items::Waiting;
pub(super) use roster::{RosterPlace, RosterStep};

/// Bytes of signals that are held for the streams of a space.
const SIGNALS: usize = 256 * 1024;
/// Bytes that a stream takes at a time; one signal more than that at most.
const BATCH: usize = 64 * 1024;
/// Bytes of items that wait for the streams of a space.
const ITEMS: usize = 256 * 1024;
/// Bytes of changes of the roster that are held.
const CHANGES: usize = 1024 * size_of::<MemberId>();
/// Bytes of signals of a member. They outlive its streams: who connects again may not send more.
pub(crate) const MEMBER: Rate = Rate {
    per_second: 65_536.0,
    burst: 262_144.0,
};
/// Members whose signals are counted; one more, while none of them may send as much as at first, sends none.
pub(crate) const MEMBERS: usize = 100_000;
/// Bytes of signals in a space.
const SPACE: Rate = Rate {
    per_second: 1_048_576.0,
    burst: 2_097_152.0,
};

/// A signal as every stream sends it.
#[derive(Debug)]
pub(super) struct SignalFrame {
    pub(super) subject: Subject,
    /// `None` for all members; the owner by its user id.
    pub(super) to: Option<MemberId>,
    /// The JSON text.
    pub(super) text: Bytes,
}

/// The streams of a space that were signed in to by their first frame; nothing while there are none.
#[derive(Default)]
pub(crate) struct Room(Mutex<Option<Box<Inside>>>);

struct Inside {
    /// Number of the next stream.
    next: u64,
    members: BTreeMap<MemberId, Present>,
    /// Those that are told of signals, of the roster or of their inbox, by the number of the stream.
    listeners: BTreeMap<u64, Listener>,
    /// Each with the number of the stream that sent it.
    signals: Ring<(u64, Arc<SignalFrame>)>,
    roster: roster::Roster,
    allowance: Bucket,
}

/// A member that is connected.
#[derive(Default)]
struct Present {
    streams: usize,
}

/// A stream that is told of signals, of the roster or of its member's inbox.
struct Listener {
    member: MemberId,
    subjects: Arc<Names<Subject>>,
    roster: bool,
    /// `None` if the stream is not told of the inbox.
    inbox: Option<Box<Waiting>>,
    event: Arc<Event>,
}

impl Listener {
    fn wants(&self, signal: &SignalFrame) -> bool {
        signal.to.is_none_or(|to| to == self.member)
            && self.subjects.covers(|subject| *subject == signal.subject)
    }
}

impl Inside {
    fn new(now: i64) -> Self {
        Self {
            next: 0,
            members: BTreeMap::new(),
            listeners: BTreeMap::new(),
            signals: Ring::new(SIGNALS),
            roster: roster::Roster::new(CHANGES),
            allowance: Bucket::full(SPACE, now),
        }
    }

    /// Tells the streams that follow the roster.
    fn roster_changed(&mut self, member: MemberId, now: i64) {
        let mut heard = self.listeners.values().filter(|listener| listener.roster);
        let Some(first) = heard.next() else {
            self.roster.resize(self.members.len());
            return;
        };
        if self.roster.changed(member, self.members.len(), now) {
            for listener in std::iter::once(first).chain(heard) {
                listener.event.notify(1);
            }
        }
    }
}

/// A stream's place in the room.
pub(super) struct Presence {
    space: Arc<Space>,
    stream: u64,
    member: MemberId,
    event: Option<Arc<Event>>,
}

impl Presence {
    /// Enters the room of a space at `now`, by the monotonic clock.
    pub(super) fn enter(space: &Arc<Space>, member: &MemberId, now: i64) -> Self {
        let member = space.one_id_of(member);
        let mut room = space.room().0.lock();
        let inside = room.get_or_insert_with(|| Box::new(Inside::new(now)));
        let stream = inside.next;
        inside.next += 1;
        let present = inside.members.entry(member).or_default();
        present.streams += 1;
        if present.streams == 1 {
            inside.roster_changed(member, now);
        }
        drop(room);
        Self {
            space: Arc::clone(space),
            stream,
            member,
            event: None,
        }
    }

    /// Is told from now on of signals with these subjects, and of the roster and the inbox if asked. Returns the number of the next
    /// signal.
    pub(super) fn listen(
        &mut self,
        subjects: &Arc<Names<Subject>>,
        roster: bool,
        inbox: bool,
    ) -> u64 {
        let mut room = self.space.room().0.lock();
        let Some(inside) = room.as_mut() else {
            return 0;
        };
        let before = inside.listeners.remove(&self.stream);
        if subjects.is_empty() && !roster && !inbox {
            self.event = None;
        } else {
            let waiting = before.and_then(|before| before.inbox);
            let listener = Listener {
                member: self.member,
                subjects: Arc::clone(subjects),
                roster,
                inbox: inbox.then(|| waiting.unwrap_or_default()),
                event: Arc::clone(self.event.get_or_insert_default()),
            };
            inside.listeners.insert(self.stream, listener);
        }
        inside.signals.next()
    }

    /// Notified of signals, the roster and the inbox; `None` while the stream is told of none of them.
    pub(super) fn event(&self) -> Option<&Arc<Event>> {
        self.event.as_ref()
    }

    /// Takes so many bytes of what the member may send, or tells how many seconds to wait.
    pub(super) fn take_of_member(&self, bytes: f64, now: i64) -> Result<(), u64> {
        let signals = &self.space.source().signals;
        signals.take((self.space.id(), self.member), bytes, now)
    }

    /// Takes so many bytes of what may be sent in the space, or tells how many seconds to wait; then tells the signal that
    /// `make` makes to the streams that want it. It is kept for as long as they may need, and not at all if nobody does.
    pub(super) fn send(
        &self,
        bytes: f64,
        now: i64,
        make: impl FnOnce() -> SignalFrame,
    ) -> Result<(), u64> {
        let mut room = self.space.room().0.lock();
        let Some(inside) = room.as_mut() else {
            return Ok(());
        };
        inside.allowance.take(bytes, SPACE, now)?;
        let signal = make();
        let mut wanted = false;
        for (stream, listener) in &inside.listeners {
            if *stream != self.stream && listener.wants(&signal) {
                listener.event.notify(1);
                wanted = true;
            }
        }
        if wanted {
            let bytes = signal.text.len();
            let signal = (self.stream, Arc::new(signal));
            inside.signals.push(signal, bytes, now);
        }
        Ok(())
    }

    /// The next signals for this stream after the number `heard`, which is brought to where they end. Returns whether there may
    /// be more. Signals that were dropped meanwhile are lost.
    pub(super) fn signals(
        &self,
        heard: &mut u64,
        subjects: &Names<Subject>,
        now: i64,
    ) -> (Vec<Arc<SignalFrame>>, bool) {
        let mut room = self.space.room().0.lock();
        let Some(inside) = room.as_mut() else {
            return (Vec::new(), false);
        };
        let oldest = inside.signals.oldest(now);
        *heard = oldest.max(*heard);
        let (mut found, mut bytes) = (Vec::new(), 0);
        let Some(signals) = inside.signals.from(*heard, now) else {
            return (found, false);
        };
        for (stream, signal) in signals {
            if bytes >= BATCH {
                return (found, true);
            }
            *heard += 1;
            let mine = *stream == self.stream
                || signal.to.is_some_and(|to| to != self.member)
                || !subjects.covers(|subject| *subject == signal.subject);
            if !mine {
                bytes += signal.text.len();
                found.push(Arc::clone(signal));
            }
        }
        (found, false)
    }

    /// Takes the frames of the items that were left in the member's inbox since the last call.
    pub(super) fn items(&self) -> Vec<Bytes> {
        let mut room = self.space.room().0.lock();
        let listener = room
            .as_mut()
            .and_then(|inside| inside.listeners.get_mut(&self.stream));
        listener
            .and_then(|listener| listener.inbox.as_mut())
            .map(|waiting| waiting.take())
            .unwrap_or_default()
    }

    /// The next that the stream is to tell of the roster after a place, which is brought to where that ends. `None` at its end.
    pub(super) fn roster(&self, place: &mut Option<RosterPlace>, now: i64) -> Option<RosterStep> {
        let mut room = self.space.room().0.lock();
        let inside = room.as_mut()?;
        inside.roster.step(&inside.members, place, now)
    }
}

impl Space {
    /// Tells the streams of its recipient of an item that is durable. Free of charge while there are none.
    pub(crate) fn item_left(&self, left: &ItemLeft) {
        let recipient = self.one_id_of(&left.recipient);
        let mut room = self.room().0.lock();
        let Some(inside) = room.as_mut() else {
            return;
        };
        if !inside.members.contains_key(&recipient) {
            return;
        }
        let waiting = |listener: &Listener| listener.inbox.as_ref().map_or(0, |held| held.bytes());
        let held: usize = inside.listeners.values().map(waiting).sum();
        let mut rest = ITEMS.saturating_sub(held);
        let told = inside.listeners.values_mut();
        let told = told.filter(|listener| listener.member == recipient);
        let mut frame = None;
        for listener in told {
            let Some(waiting) = &mut listener.inbox else {
                continue;
            };
            let frame = frame.get_or_insert_with(|| items::frame_of(&left.item));
            let before = waiting.bytes();
            waiting.add(frame.as_ref(), rest);
            rest = (rest + before).saturating_sub(waiting.bytes());
            listener.event.notify(1);
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let now = self.space.source().clock.monotonic();
        let mut room = self.space.room().0.lock();
        let Some(inside) = room.as_mut() else {
            return;
        };
        inside.listeners.remove(&self.stream);
        if let Some(present) = inside.members.get_mut(&self.member) {
            present.streams -= 1;
            if present.streams == 0 {
                inside.members.remove(&self.member);
                inside.roster_changed(self.member, now);
            }
        }
        if inside.members.is_empty() {
            *room = None;
        }
    }
}
