//! Appending messages in memory.

use std::sync::Arc;

use reeeductio_proto::{Event, Lane, Message, SpaceId};

use super::payloads::StoredPayload;
use super::space::Space;
use super::tree::Tree;
use super::{All, MemoryRecords};
use crate::{
    Append, AppendAll, AppendOutcome, Committed, MOST_LANES, NewMessage, Payload, Revised,
    Revision, Tally, registers,
};

impl MemoryRecords {
    /// Appends messages of one chain, the first of which may be a revision.
    pub(super) fn append_in(
        &self,
        all: &mut All,
        append: AppendAll,
        revision: Option<Revision>,
    ) -> AppendOutcome<Vec<Committed>> {
        if let Some(refused) = all.refusal(&append, revision) {
            return refused;
        }
        let AppendAll {
            space: id,
            messages,
            lane,
            begins_tree,
            tool_use,
            ..
        } = append;
        let space = all.spaces.entry(id).or_default();
        if let Some(incarnation) = begins_tree {
            space.tree = Some(Tree::new(incarnation));
        }
        space.count(tool_use, messages.len() as u64);
        let stored: Vec<Committed> = messages
            .into_iter()
            .map(|new| space.append(id, new, lane, revision))
            .collect();
        // Still holding the lock, so that the sink receives commits in their order.
        self.publish(&stored);
        AppendOutcome::Stored(stored)
    }
}

impl From<Append> for AppendAll {
    fn from(append: Append) -> Self {
        Self {
            space: append.space,
            messages: vec![NewMessage {
                message: append.message,
                payload: append.payload,
            }],
            lane: append.lane,
            begins_tree: append.begins_tree,
            judged: append.judged,
            tool_use: append.tool_use,
            quotas: append.quotas,
        }
    }
}

impl All {
    /// Why messages cannot be appended.
    fn refusal(
        &mut self,
        append: &AppendAll,
        revision: Option<Revision>,
    ) -> Option<AppendOutcome<Vec<Committed>>> {
        if let Some(moved) = self.judgement_moved(append.space, append.judged) {
            return Some(AppendOutcome::JudgementMoved(moved));
        }
        let mut registered = append
            .messages
            .iter()
            .filter_map(|new| registers(&new.message));
        let purging = registered.any(|space| self.purging.contains(&space))
            || append.begins_tree.is_some() && self.purging.contains(&append.space);
        let space = self.spaces.entry(append.space).or_default();
        let first = &append.messages.first()?.message;
        let (topic, sender) = (&first.topic_id, first.sender);
        let is_empty = space.heads.is_empty() && space.entries.is_empty();
        if append.begins_tree.is_some() && !is_empty {
            return Some(AppendOutcome::SpaceNotEmpty);
        }
        if let Some(revision) = revision {
            let mut messages = space.topic(topic).iter();
            let is_there = messages.any(|message| message.message_hash == revision.target);
            if !is_there || space.revisions.is_revision(topic, revision.target) {
                return Some(AppendOutcome::NoTarget);
            }
            let newest = space.revisions.newest(topic, revision.target);
            if !Revised::admits(newest.as_ref(), &revision) {
                return Some(AppendOutcome::RevisionMoved(newest));
            }
        }
        let head = space.heads.get(&(topic.clone(), append.lane)).copied();
        if head.map(|head| head.hash) != first.prev_hash {
            return Some(AppendOutcome::HeadMoved(head));
        }
        if let Some(lane) = append.lane
            && head.is_none()
        {
            let of_member = |at: &&(_, Option<Lane>)| {
                at.0 == *topic && at.1.is_some_and(|other| other.member == lane.member)
            };
            if space.heads.keys().filter(of_member).count() >= MOST_LANES {
                return Some(AppendOutcome::LaneLimit);
            }
        }
        if purging {
            return Some(AppendOutcome::PurgeUnfinished);
        }
        if !space.tool_may(append.tool_use, append.messages.len() as u64) {
            return Some(AppendOutcome::ToolUsedUp);
        }
        let tallies = append
            .messages
            .iter()
            .map(|new| tally(&new.message, &new.payload));
        let (added, none) = (
            tallies.fold(Tally::default(), Tally::plus),
            Tally::default(),
        );
        let allowed = space.check_quotas(
            &append.quotas,
            |usage| &mut usage.messages,
            (added, none),
            (sender, added, none),
        );
        allowed.err().map(AppendOutcome::OverQuota)
    }
}

impl Space {
    fn append(
        &mut self,
        id: SpaceId,
        NewMessage {
            mut message,
            payload,
        }: NewMessage,
        lane: Option<Lane>,
        revision: Option<Revision>,
    ) -> Committed {
        if let Some(newest) = self.topic(&message.topic_id).last() {
            let earliest = newest.server_timestamp + 1;
            message.server_timestamp = message.server_timestamp.max(earliest);
        }
        let message = Arc::new(message);
        let number = self.last_change().message + 1;
        let event = Event::of_message(number, Arc::clone(&message));
        let added = tally(&message, &payload);
        for of in [None, Some(message.sender)] {
            self.add(of, |usage| &mut usage.messages, added);
        }
        if let Some(revision) = revision {
            self.revise(&message, revision);
        }
        let payload = payload.map(|payload| {
            let bytes = Arc::clone(&payload.bytes);
            let stored = StoredPayload {
                bytes: payload.bytes,
                expires: payload.expires,
                sender: message.sender,
                timestamp: message.server_timestamp,
                is_state: message.topic_id.is_state(),
            };
            self.payloads.insert(number, stored);
            bytes
        });
        self.push(&message, lane);
        if let Some(lane) = lane {
            self.lanes.insert(number, lane);
        }
        self.events.push_back(event.clone());
        let leaf = self.add_leaf(&id, &event, lane.as_ref());
        Committed {
            space: id,
            event,
            lane,
            leaf,
            payload,
        }
    }

    /// Notes a revision and removes what it replaces.
    fn revise(&mut self, message: &Message, revision: Revision) {
        let topic = &message.topic_id;
        let newest = self.revisions.newest(topic, revision.target);
        let replaced = newest.map_or(revision.target, |newest| newest.by);
        let number = self.number_of(topic, replaced);
        if let Some(number) = number {
            self.remove_payload(number);
        }
        self.revisions.add(topic, message.message_hash, revision);
    }
}

fn tally(message: &Message, payload: &Option<Payload>) -> Tally {
    Tally::message(message, payload.as_ref().map(|payload| &*payload.bytes))
}
