//! The truth about a run: everything that members signed, that the server stored, and that was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use reeeductio_backend::memory::MemoryRecords;
use reeeductio_backend::{MessageRange, Messages as _, Order, PageLimit};
use reeeductio_proto::{DataEntry, DataPath, MemberId, Message, MessageId, SpaceId, TopicId};

/// The truth about a run.
pub(super) struct Truth {
    pub(super) records: Arc<MemoryRecords>,
    pub(super) space: SpaceId,
    /// Messages that members have signed for a second history.
    forks: Mutex<BTreeMap<MessageId, Message>>,
    /// Messages of those that were signed by a member who had been removed.
    outcasts: Mutex<BTreeSet<MessageId>>,
    pub(super) entries: Mutex<Entries>,
    /// Times at which the newest acknowledged entries of the state were written, by path.
    pub(super) state: Mutex<BTreeMap<String, i64>>,
    pub(super) posts: Mutex<Vec<Post>>,
    /// Members that were removed, each with a time before the removal took effect.
    pub(super) removed: Mutex<Vec<(MemberId, i64)>>,
}

/// Data entries.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// All that were signed.
    pub(super) signed: BTreeMap<DataPath, Vec<DataEntry>>,
    /// The newest signed time that was acknowledged.
    pub(super) acknowledged: BTreeMap<DataPath, i64>,
}

/// A message that a member wanted to post.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) label: String,
    pub(super) topic: TopicId,
    /// Id that the client returned: `None` before it did, or if the post failed.
    pub(super) acknowledged: Option<MessageId>,
}

impl Truth {
    pub(super) fn new(records: Arc<MemoryRecords>, space: SpaceId) -> Self {
        Self {
            records,
            space,
            forks: Mutex::default(),
            outcasts: Mutex::default(),
            entries: Mutex::default(),
            state: Mutex::default(),
            posts: Mutex::default(),
            removed: Mutex::default(),
        }
    }

    /// Returns a message that a member has signed.
    pub(super) async fn message(&self, topic: &TopicId, id: MessageId) -> Option<Message> {
        let stored = self.records.message(self.space, topic, id).await.unwrap();
        let fork = || self.forks.lock().get(&id).cloned();
        stored
            .map(|message| (*message).clone())
            .or_else(fork)
            .filter(|message| message.topic_id == *topic)
    }

    /// Returns whether the server has stored a message.
    pub(super) async fn was_stored(&self, topic: &TopicId, id: MessageId) -> bool {
        let stored = self.records.message(self.space, topic, id).await;
        stored.unwrap().is_some()
    }

    /// Returns all messages of a topic that the server has stored, oldest first.
    pub(super) async fn chain(&self, topic: &TopicId) -> Vec<Message> {
        let range = MessageRange {
            from: i64::MIN,
            to: i64::MAX,
            order: Order::OldestFirst,
            limit: PageLimit {
                count: usize::MAX,
                bytes: usize::MAX,
            },
        };
        let page = self.records.messages(self.space, topic, range).await;
        let items = page.unwrap().items;
        items.iter().map(|message| (*message).clone()).collect()
    }

    /// Takes note of a message of a second history.
    pub(super) fn fork(&self, message: &Message) {
        let copy = message.clone();
        self.forks.lock().insert(message.message_hash, copy);
    }

    /// Takes note of a message that no member may accept.
    pub(super) fn outcast(&self, message: &Message) {
        self.fork(message);
        self.outcasts.lock().insert(message.message_hash);
    }

    pub(super) fn is_outcast(&self, id: &MessageId) -> bool {
        self.outcasts.lock().contains(id)
    }

    /// Returns whether a message stands somewhere before another one, or is the same.
    pub(super) async fn leads_to(&self, topic: &TopicId, old: MessageId, new: MessageId) -> bool {
        let mut at = Some(new);
        while let Some(id) = at {
            if id == old {
                return true;
            }
            at = match self.message(topic, id).await {
                Some(message) => message.prev_hash,
                None => return false,
            };
        }
        false
    }

    /// Returns whether a message of this time may be refused for want of a right: its sender had been removed.
    pub(super) fn was_removed(&self, member: &MemberId, time: i64) -> bool {
        let removed = self.removed.lock();
        removed
            .iter()
            .any(|(who, when)| who == member && *when <= time)
    }

    pub(super) fn signed_entry(&self, entry: &DataEntry) {
        let mut entries = self.entries.lock();
        let signed = entries.signed.entry(entry.path.clone()).or_default();
        if !signed.contains(entry) {
            signed.push(entry.clone());
        }
    }

    pub(super) fn acknowledged_entry(&self, path: &DataPath, signed_at: i64) {
        let newest = &mut self.entries.lock().acknowledged;
        let newest = newest.entry(path.clone()).or_insert(signed_at);
        *newest = signed_at.max(*newest);
    }

    pub(super) fn acknowledged_state(&self, path: &str, time: i64) {
        let mut newest = self.state.lock();
        let newest = newest.entry(path.to_owned()).or_insert(time);
        *newest = time.max(*newest);
    }
}
