//! Checks whether a history is one that a single server could have made.

use std::collections::{BTreeMap, BTreeSet};

use reeeductio_proto::{
    Action, MemberId, Message, Operation, Position, Resource, SpaceId, TopicId, Verdict, View,
};

use crate::history::{Entry, History};

/// Milliseconds after which every server must know of a removal.
const LAG: i64 = 2_000;

/// Something that a single server would not have done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation(pub String);

/// Counts of what happened, so that a run in which nothing does is noticed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Events that were committed.
    pub events: usize,
    /// Data entries and blobs that were written.
    pub values: usize,
    /// Events that streams gave out.
    pub delivered: usize,
    /// Times that a member's tokens were ended.
    pub ended_tokens: usize,
    /// Streams that ended since their member was removed.
    pub ended: usize,
    /// Streams that were left by their client.
    pub left: usize,
}

struct Stream {
    member: MemberId,
    opened_at: u64,
    delivered: BTreeSet<u64>,
    /// Everything up to this event is said to be given out.
    told: u64,
    ended: bool,
}

/// The state of the space after each event, and what is checked against it.
struct Judge {
    /// Views; the one after event n is at n.
    views: Vec<View>,
    messages: Vec<Message>,
    heads: BTreeMap<TopicId, Position>,
    streams: BTreeMap<usize, Stream>,
    tally: Tally,
}

/// Checks a history against the invariants:
///
/// - events are numbered without gaps, chains link, times increase;
/// - only members write, with the right to at that point of the history, and with a token that was not ended before;
/// - a stream gives out events in order, none that its member could not read since it happened, all that it could
///   read all along, also before it tells a cursor after them, and it ends when its member is removed;
/// - nobody reads longer than `LAG` after the removal was acknowledged.
pub fn judge(history: &History, space: SpaceId) -> Result<Tally, Violation> {
    let mut judge = Judge {
        views: vec![View::new(space)],
        messages: Vec::new(),
        heads: BTreeMap::new(),
        streams: BTreeMap::new(),
        tally: Tally::default(),
    };
    for entry in history.entries() {
        judge.take(&entry).map_err(Violation)?;
    }
    judge.finish().map_err(Violation)
}

impl Judge {
    fn now(&self) -> &View {
        &self.views[self.views.len() - 1]
    }

    fn take(&mut self, entry: &Entry) -> Result<(), String> {
        match entry {
            Entry::Committed(commit) => {
                let message = commit.event.message().unwrap();
                self.commit(commit.event.position.message, message)
            }
            Entry::Value(what, member) => {
                self.tally.values += 1;
                if self.now().is_member(member, i64::MAX) {
                    return Ok(());
                }
                Err(format!("{member} did a {what} after it was removed"))
            }
            Entry::Opened(name, cursor, member) => {
                self.streams.insert(
                    *name,
                    Stream {
                        member: *member,
                        opened_at: *cursor,
                        delivered: BTreeSet::new(),
                        told: *cursor,
                        ended: false,
                    },
                );
                Ok(())
            }
            Entry::Delivered(name, event) => self.deliver(*name, *event),
            Entry::Told(name, event) => {
                self.streams.get_mut(name).unwrap().told = *event;
                Ok(())
            }
            Entry::Left(name) => {
                self.tally.left += 1;
                self.streams.get_mut(name).unwrap().ended = true;
                Ok(())
            }
            Entry::Ended(name) => {
                self.tally.ended += 1;
                self.streams.get_mut(name).unwrap().ended = true;
                Ok(())
            }
            Entry::Acknowledged { event, signed_in } => self.acknowledge(*event, *signed_in),
            Entry::ReadAfterRemoval(member, late) if *late > LAG => {
                Err(format!("{member} read {late} ms after its removal"))
            }
            Entry::ReadAfterRemoval(..) => Ok(()),
        }
    }

    fn commit(&mut self, number: u64, message: &Message) -> Result<(), String> {
        let expected = self.messages.len() as u64 + 1;
        if number != expected {
            return Err(format!("event {number} came as number {expected}"));
        }
        let head = self.heads.get(&message.topic_id);
        if head.map(|head| head.hash) != message.prev_hash {
            return Err(format!("event {number} does not link to the head"));
        }
        if head.is_some_and(|head| head.timestamp >= message.server_timestamp) {
            return Err(format!("event {number} is not later than the head"));
        }
        let may = message.topic_id.is_state()
            || may(
                self.now(),
                &message.sender,
                Operation::Create,
                &message.topic_id,
            );
        if !may {
            return Err(format!("event {number}: {} had no right", message.sender));
        }
        let mut view = self.now().clone();
        let applied = view.replay(message);
        if let reeeductio_proto::Applied::Ignored(refusal) = applied {
            return Err(format!("event {number} does not count: {refusal}"));
        }
        self.heads
            .insert(message.topic_id.clone(), Position::from(message));
        self.views.push(view);
        self.messages.push(message.clone());
        self.tally.events += 1;
        Ok(())
    }

    fn acknowledge(&mut self, event: u64, signed_in: u64) -> Result<(), String> {
        let Some(message) = self.messages.get(event as usize - 1) else {
            return Err(format!("event {event} was acknowledged and is not there"));
        };
        let ends = [
            "auth/tokens/all".to_owned(),
            format!("auth/tokens/{}", message.sender),
        ];
        let between = signed_in as usize..event as usize - 1;
        let ended = self.messages[between]
            .iter()
            .any(|message| message.topic_id.is_state() && ends.contains(&message.kind));
        self.tally.ended_tokens += usize::from(ends.contains(&message.kind));
        if ended {
            return Err(format!(
                "event {event} was written with a token that had been ended"
            ));
        }
        Ok(())
    }

    fn deliver(&mut self, name: usize, event: u64) -> Result<(), String> {
        self.tally.delivered += 1;
        let readable = self.ever_readable(event, &self.streams[&name].member);
        let stream = self.streams.get_mut(&name).unwrap();
        let last = stream.delivered.last().copied();
        if event <= last.unwrap_or(stream.opened_at) {
            return Err(format!(
                "stream {name} gave out event {event} after {last:?}"
            ));
        }
        if !readable {
            return Err(format!(
                "stream {name} gave out event {event} to {}",
                stream.member
            ));
        }
        stream.delivered.insert(event);
        Ok(())
    }

    /// Returns whether the member could read the event by a view that held it.
    fn ever_readable(&self, event: u64, member: &MemberId) -> bool {
        let topic = &self.messages[event as usize - 1].topic_id;
        self.views[event as usize..]
            .iter()
            .any(|view| may(view, member, Operation::Read, topic))
    }

    /// Returns whether the member could read the event from then on.
    fn always_readable(&self, event: u64, member: &MemberId) -> bool {
        let topic = &self.messages[event as usize - 1].topic_id;
        self.views[event as usize - 1..]
            .iter()
            .all(|view| may(view, member, Operation::Read, topic))
    }

    fn finish(self) -> Result<Tally, String> {
        for (name, stream) in &self.streams {
            if stream.ended {
                self.is_complete(*name, stream, stream.told)?;
                continue;
            }
            if !self.now().is_member(&stream.member, i64::MAX) {
                return Err(format!("stream {name} outlives the membership"));
            }
            self.is_complete(*name, stream, self.messages.len() as u64)?;
        }
        Ok(self.tally)
    }

    /// Returns whether a stream gave out everything that it had to, up to an event.
    fn is_complete(&self, name: usize, stream: &Stream, last: u64) -> Result<(), String> {
        for event in stream.opened_at + 1..=last {
            if self.always_readable(event, &stream.member) && !stream.delivered.contains(&event) {
                return Err(format!("stream {name} missed event {event}"));
            }
        }
        Ok(())
    }
}

fn may(view: &View, member: &MemberId, op: Operation, topic: &TopicId) -> bool {
    if topic.is_state() {
        return view.is_member(member, i64::MAX);
    }
    let action = Action {
        op,
        resource: Resource::Topic(topic),
        owner: None,
    };
    matches!(
        reeeductio_proto::judge(view, member, &action, i64::MAX),
        Verdict::Allow
    )
}
