//! One space in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use reeeductio_proto::{
    BlobId, DataEntry, DataPath, Event, EventPosition, Lane, MemberId, Message, Position, TopicId,
    authority_concerns, is_authority,
};

use super::inboxes::Inbox;
use super::payloads::StoredPayload;
use super::revisions::Revisions;
use super::tree::Tree;
use crate::{
    BlobRecord, Growth, Judged, ObjectName, OverQuota, PageLimit, Quotas, Tally, ToolUse, Usage,
};

/// One space in memory.
#[derive(Clone, Default)]
pub(super) struct Space {
    /// Messages, and the newest change of each data path, in the order of their commits.
    pub(super) events: VecDeque<Event>,
    topics: BTreeMap<TopicId, Vec<Arc<Message>>>,
    pub(super) heads: BTreeMap<(TopicId, Option<Lane>), Position>,
    /// Lanes of messages, by their numbers.
    pub(super) lanes: BTreeMap<u64, Lane>,
    /// Payloads that were not removed, by the number of their message.
    pub(super) payloads: BTreeMap<u64, StoredPayload>,
    pub(super) revisions: Revisions,
    pub(super) inboxes: BTreeMap<MemberId, Inbox>,
    pub(super) tree: Option<Tree>,
    pub(super) entries: BTreeMap<DataPath, Stored>,
    pub(super) tool_uses: BTreeMap<MemberId, u64>,
    pub(super) blobs: BTreeMap<BlobId, BlobRecord>,
    pub(super) references: BTreeMap<(BlobId, MemberId), i64>,
    /// Of the whole space under `None`.
    pub(super) usage: BTreeMap<Option<MemberId>, Usage>,
}

/// A data entry; one that was removed keeps its path and its time.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) entry: Arc<DataEntry>,
    pub(super) deleted: bool,
    pub(super) position: EventPosition,
}

/// One of the three kinds of a [`Usage`].
pub(super) type Kind = fn(&mut Usage) -> &mut Tally;

impl Space {
    pub(super) fn topic(&self, topic: &TopicId) -> &[Arc<Message>] {
        self.topics.get(topic).map_or(&[], Vec::as_slice)
    }

    pub(super) fn topics(&self) -> impl Iterator<Item = &TopicId> {
        self.topics.keys()
    }

    /// Position of the newest event.
    pub(super) fn last_change(&self) -> EventPosition {
        self.events
            .back()
            .map_or(EventPosition::default(), |event| event.position)
    }

    /// Where events after a position begin.
    pub(super) fn events_after(&self, after: EventPosition) -> usize {
        self.events.partition_point(|event| event.position <= after)
    }

    /// Forgets a change of data that a later one replaces, or that is purged.
    pub(super) fn forget_change(&mut self, position: EventPosition) {
        let index = self
            .events
            .partition_point(|event| event.position < position);
        if self
            .events
            .get(index)
            .is_some_and(|event| event.position == position)
        {
            self.events.remove(index);
        }
    }

    pub(super) fn push(&mut self, message: &Arc<Message>, lane: Option<Lane>) {
        let topic = message.topic_id.clone();
        self.heads
            .insert((topic.clone(), lane), Position::from(&**message));
        self.topics
            .entry(topic)
            .or_default()
            .push(Arc::clone(message));
    }

    /// State messages at authority paths, later than `after`.
    pub(super) fn authority_after(
        &self,
        after: i64,
    ) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        self.topic(&TopicId::state())
            .iter()
            .filter(move |message| message.server_timestamp > after && is_authority(&message.kind))
    }

    /// The newest message at an authority path, if one after the judgement's concerns the writer.
    pub(super) fn authority_moved(&self, judged: &Judged) -> Option<Position> {
        let after = judged
            .authority
            .map_or(i64::MIN, |position| position.timestamp);
        self.authority_after(after)
            .any(|message| authority_concerns(&message.kind, &judged.member))
            .then(|| self.authority_after(after).next_back())
            .flatten()
            .map(|newest| Position::from(&**newest))
    }

    /// The newest message of the topic `state` at a path, tombstones included.
    pub(super) fn state_entry(&self, path: &str) -> Option<&Arc<Message>> {
        let mut newest_first = self.topic(&TopicId::state()).iter().rev();
        newest_first.find(|message| message.kind == path)
    }

    /// Returns whether the tool has so many uses left.
    pub(super) fn tool_may(&self, tool_use: Option<ToolUse>, uses: u64) -> bool {
        tool_use.is_none_or(|ToolUse { tool, limit }| {
            let used = self.tool_uses.get(&tool).copied().unwrap_or(0);
            limit.is_none_or(|limit| used.saturating_add(uses) <= limit)
        })
    }

    pub(super) fn count(&mut self, tool_use: Option<ToolUse>, uses: u64) {
        if let Some(ToolUse { tool, .. }) = tool_use {
            *self.tool_uses.entry(tool).or_default() += uses;
        }
    }

    pub(super) fn tally(&mut self, of: Option<MemberId>, kind: Kind) -> &mut Tally {
        kind(self.usage.entry(of).or_default())
    }

    /// Checks that the space and the member may store `added` more once `removed` is gone.
    pub(super) fn check_quotas(
        &mut self,
        quotas: &Quotas,
        kind: Kind,
        space: (Tally, Tally),
        member: (MemberId, Tally, Tally),
    ) -> Result<(), OverQuota> {
        let growth = |before: Tally, added: Tally, removed: Tally| Growth {
            before,
            after: before.plus(added).minus(removed),
        };
        let (member, added, removed) = member;
        let of_member = growth(*self.tally(Some(member), kind), added, removed);
        let of_space = growth(*self.tally(None, kind), space.0, space.1);
        quotas.check(of_space, of_member)
    }

    pub(super) fn add(&mut self, of: Option<MemberId>, kind: Kind, tally: Tally) {
        let stored = self.tally(of, kind);
        *stored = stored.plus(tally);
    }

    pub(super) fn subtract(&mut self, of: Option<MemberId>, kind: Kind, tally: Tally) {
        let stored = self.tally(of, kind);
        *stored = stored.minus(tally);
    }

    /// Removes as much as the step may, and counts it down.
    pub(super) fn purge(&mut self, step: &mut Step) {
        while step.goes_on()
            && let Some(((blob, member), _)) = self.references.pop_first()
        {
            let size = self.blobs.get(&blob).map_or(0, |record| record.size);
            self.subtract(Some(member), |usage| &mut usage.blobs, Tally::one(size));
            step.take(0);
        }
        while step.goes_on()
            && let Some((_, record)) = self.blobs.pop_first()
        {
            let tally = Tally::one(record.size);
            self.subtract(None, |usage| &mut usage.blobs, tally);
            step.take(record.checksums.len() as u64);
            step.removed += 1;
            step.objects.push(record.object);
        }
        while step.goes_on()
            && let Some((
                _,
                Stored {
                    entry, position, ..
                },
            )) = self.entries.pop_first()
        {
            self.forget_change(position);
            let tally = Tally::entry(&entry);
            for of in [None, Some(entry.signed_by)] {
                self.subtract(of, |usage| &mut usage.entries, tally);
            }
            step.take(tally.bytes);
            step.removed += 1;
        }
        while step.goes_on()
            && let Some(event) = self.events.pop_front()
        {
            let Some(message) = event.message() else {
                continue;
            };
            let payload = self.payloads.remove(&event.position.message);
            let payload = payload.as_ref().map(|payload| &*payload.bytes);
            let tally = Tally::message(message, payload);
            for of in [None, Some(message.sender)] {
                self.subtract(of, |usage| &mut usage.messages, tally);
            }
            if let Some(topic) = self.topics.get_mut(&message.topic_id) {
                topic.retain(|there| there.message_hash != message.message_hash);
            }
            step.take(tally.bytes);
            step.removed += 1;
        }
        while step.goes_on()
            && let Some((items, bytes)) = self.purge_inbox_item()
        {
            step.take(bytes);
            step.removed += items;
        }
        if step.goes_on() && self.tree.take().is_some() {
            step.take(0);
        }
        while step.goes_on() && self.revisions.forget_one() {
            step.take(0);
        }
        while step.goes_on() && self.tool_uses.pop_first().is_some() {
            step.take(0);
        }
        while step.goes_on() && self.usage.pop_first().is_some() {
            step.take(0);
        }
        while step.goes_on()
            && let Some(((topic, _), _)) = self.heads.pop_first()
        {
            let next = self.heads.first_key_value();
            if next.is_none_or(|((next, _), _)| *next != topic) {
                self.topics.remove(&topic);
            }
            step.take(0);
        }
    }
}

/// A step of a purge, and how much it may still remove.
pub(super) struct Step {
    rows: usize,
    bytes: u64,
    pub(super) removed: u64,
    pub(super) objects: Vec<ObjectName>,
}

impl Step {
    pub(super) fn new(limit: PageLimit) -> Self {
        Self {
            rows: limit.count.max(1),
            bytes: limit.bytes.max(1) as u64,
            removed: 0,
            objects: Vec::new(),
        }
    }

    pub(super) fn goes_on(&self) -> bool {
        self.rows > 0 && self.bytes > 0
    }

    fn take(&mut self, bytes: u64) {
        self.rows = self.rows.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}
