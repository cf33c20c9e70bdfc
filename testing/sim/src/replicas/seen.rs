//! Messages and entries that a handle was shown, as the simulation remembers them.

use std::collections::{BTreeMap, BTreeSet};

use reeeductio_proto::{DataPath, MessageId, TopicId};

use super::lies::Lie;

/// Messages and entries that a member was shown, over one handle or all that share a store.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Messages that were handed out, and own posts that were acknowledged, by the time that was shown.
    pub(super) topics: BTreeMap<TopicId, BTreeSet<(i64, MessageId)>>,
    /// The newest signed time at each path.
    pub(super) entries: BTreeMap<DataPath, i64>,
    /// The time of the newest entry of the state at each path.
    pub(super) state: BTreeMap<String, i64>,
    /// Lies that were told, and not noticed at once: memories since then may contradict the truth.
    pub(super) lies: BTreeSet<Lie>,
    /// Whether one of them was about the state: then not all removals may be known.
    pub(super) false_state: bool,
}

impl Seen {
    pub(super) fn message(&mut self, topic: &TopicId, time: i64, id: MessageId) {
        let topic = self.topics.entry(topic.clone()).or_default();
        topic.insert((time, id));
    }

    pub(super) fn entry(&mut self, path: &DataPath, signed_at: i64) {
        let newest = self.entries.entry(path.clone()).or_insert(signed_at);
        *newest = signed_at.max(*newest);
    }

    pub(super) fn state(&mut self, path: &str, time: i64) {
        let newest = self.state.entry(path.to_owned()).or_insert(time);
        *newest = time.max(*newest);
    }

    /// Returns the messages of a topic between two times, both inclusive.
    pub(super) fn between(
        &self,
        topic: &TopicId,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = (i64, MessageId)> {
        let seen = self.topics.get(topic).into_iter().flatten().copied();
        seen.filter(move |(time, _)| (from..=to).contains(time))
    }

    /// Returns the newest message of a topic.
    pub(super) fn newest(&self, topic: &TopicId) -> Option<(i64, MessageId)> {
        self.topics.get(topic)?.last().copied()
    }
}
