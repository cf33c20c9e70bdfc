//! The newest message of each topic, and the lanes in it.

use std::collections::{HashMap, VecDeque};

use reeeductio_proto::{Lane, TopicId};

use super::entry::Tail;
use super::lanes::{LaneTail, Lanes, Unreadable};

/// Topics that are remembered.
const TOPICS: usize = 16_384;
/// Lanes that are remembered, in all topics.
const LANES: usize = 65_536;

/// Knowledge of the topics, bounded: the ones that were known first are forgotten first.
#[derive(Clone, Debug, Default)]
pub(super) struct Topics {
    known: HashMap<TopicId, Topic>,
    order: VecDeque<TopicId>,
    lanes: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Topic {
    pub(super) tail: Tail,
    pub(super) lanes: Lanes,
}

impl Topics {
    pub(super) fn get(&self, topic: &TopicId) -> Option<&Topic> {
        self.known.get(topic)
    }

    pub(super) fn set_tail(&mut self, topic: &TopicId, tail: Tail, is_whole: bool) {
        if let Some(known) = self.known.get_mut(topic) {
            if known.tail.number < tail.number {
                known.tail = tail;
            }
            return;
        }
        if self.order.len() == TOPICS
            && let Some(oldest) = self.order.pop_front()
        {
            self.forget(&oldest);
        }
        let lanes = Lanes::new(is_whole);
        self.order.push_back(topic.clone());
        self.known.insert(topic.clone(), Topic { tail, lanes });
    }

    pub(super) fn set_lane(&mut self, topic: &TopicId, lane: Lane, tail: LaneTail) {
        let is_new = |known: &Topic| known.lanes.tail(&lane).is_none();
        if self.lanes >= LANES && self.known.get(topic).is_some_and(is_new) {
            self.make_room(topic);
        }
        let Some(known) = self.known.get_mut(topic) else {
            return;
        };
        let before = known.lanes.len();
        let room = before + LANES.saturating_sub(self.lanes);
        known.lanes.set(lane, tail, room);
        self.lanes += known.lanes.len() - before;
    }

    pub(super) fn set_unreadable(&mut self, topic: &TopicId, unreadable: Unreadable) {
        if let Some(known) = self.known.get_mut(topic) {
            known.lanes.set_unreadable(unreadable);
        }
    }

    /// Forgets the lanes of another topic. Those that are passed over go to the end, so that they are not looked at each time.
    fn make_room(&mut self, topic: &TopicId) {
        let own = self.known.get(topic).map_or(0, |known| known.lanes.len());
        // Others have at least half of them then.
        for _ in 0..self.order.len() {
            if own > LANES / 2 {
                return;
            }
            let Some(other) = self.order.pop_front() else {
                return;
            };
            self.order.push_back(other);
            let other = self.order.back().filter(|other| *other != topic);
            let known = other.and_then(|other| self.known.get_mut(other));
            if let Some(known) = known.filter(|known| known.lanes.len() > 0) {
                self.lanes = self.lanes.saturating_sub(known.lanes.len());
                known.lanes = Lanes::new(false);
                return;
            }
        }
    }

    fn forget(&mut self, topic: &TopicId) {
        if let Some(known) = self.known.remove(topic) {
            self.lanes = self.lanes.saturating_sub(known.lanes.len());
        }
    }

    /// Forgets the topics whose newest message is event `size` or a later one.
    pub(super) fn cut(&mut self, size: u64) {
        for topic in self.after(size) {
            self.forget(&topic);
        }
        self.order.retain(|topic| self.known.contains_key(topic));
    }

    /// The topics whose newest message is event `size` or a later one.
    pub(super) fn after(&self, size: u64) -> Vec<TopicId> {
        let after = self
            .known
            .iter()
            .filter(|(_, known)| known.tail.number >= size);
        let mut topics: Vec<TopicId> = after.map(|(topic, _)| topic.clone()).collect();
        topics.sort_unstable();
        topics
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn lanes(&self) -> usize {
        self.lanes
    }
}
