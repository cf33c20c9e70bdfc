//! The newest messages of topics, in memory. Every client asks for one before it posts, and the database is not read
//! for it.
//!
//! True because this process is the only one that writes to the database: see `lock.rs`. Messages that an earlier
//! process committed are not here; they are read from the database until somebody posts to the topic.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use reeeductio_backend::{MessageRange, Order, Page};
use reeeductio_proto::{Message, SpaceId, TopicId};

use crate::write::Stored;

/// Bytes that are kept; beyond them the memory starts over.
const CAPACITY: usize = 16 << 20;
/// Bytes of the largest entry.
const LONGEST: usize = 16 << 10;
/// Bytes of an entry beside its message's texts, its place in the maps included.
const AROUND: usize = 1024;

/// The newest message of each topic, as of the last commit.
#[derive(Debug, Default)]
pub(crate) struct Newest {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    spaces: HashMap<SpaceId, HashMap<TopicId, Entry>>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    message: Arc<Message>,
    /// `server_timestamp` of the message before it in the topic.
    before: Option<i64>,
}

impl Entry {
    fn bytes(&self) -> usize {
        let message = &*self.message;
        AROUND + message.data.len() + message.kind.len() + message.topic_id.as_str().len()
    }
}

impl Newest {
    /// Forgets a topic that a transaction is about to change. From its commit on others may find the new message
    /// in the database; nobody may be told of the one before it then.
    pub(crate) fn forget_topic(&self, space: &SpaceId, topic: &TopicId) {
        self.kept.write().remove(space, topic);
    }

    /// Keeps what was committed, in its order.
    pub(crate) fn keep(&self, stored: &[Stored]) {
        if stored.is_empty() {
            return;
        }
        // Dropped once others may read again: it can be tens of thousands of messages.
        let mut forgotten = Vec::new();
        let kept = &mut *self.kept.write();
        for stored in stored.iter().filter(|stored| !stored.is_purged) {
            if let Some(message) = stored.committed.event.message() {
                let entry = Entry {
                    message: Arc::clone(message),
                    before: stored.before,
                };
                forgotten.extend(kept.insert(stored.committed.space, entry));
            }
        }
    }

    /// The page of a topic, if it is one of its newest message.
    pub(crate) fn page(
        &self,
        space: &SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Option<Page<Message>> {
        if range.order != Order::NewestFirst || range.limit.count != 1 {
            return None;
        }
        let (message, before) = {
            let kept = self.kept.read();
            let entry = kept.spaces.get(space)?.get(topic)?;
            (Arc::clone(&entry.message), entry.before)
        };
        let is_within = (range.from..=range.to).contains(&message.server_timestamp);
        is_within.then(|| Page {
            items: vec![Arc::unwrap_or_clone(message)],
            has_more: before.is_some_and(|before| before >= range.from),
        })
    }

    /// Forgets a space that is being purged.
    pub(crate) fn forget_space(&self, space: &SpaceId) {
        let mut kept = self.kept.write();
        let forgotten = kept.spaces.remove(space);
        if let Some(topics) = &forgotten {
            kept.bytes -= topics.values().map(Entry::bytes).sum::<usize>();
        }
        drop(kept);
        drop(forgotten);
    }

    /// Forgets everything, as the database is closed.
    pub(crate) fn clear(&self) {
        drop(std::mem::take(&mut *self.kept.write()));
    }
}

impl Kept {
    fn remove(&mut self, space: &SpaceId, topic: &TopicId) {
        let Some(topics) = self.spaces.get_mut(space) else {
            return;
        };
        if let Some(entry) = topics.remove(topic) {
            self.bytes -= entry.bytes();
        }
        if topics.is_empty() {
            self.spaces.remove(space);
        }
    }

    /// Puts an entry in the place of the topic's; returns all that was there if there was no room.
    fn insert(&mut self, space: SpaceId, entry: Entry) -> Option<Self> {
        let topic = entry.message.topic_id.clone();
        self.remove(&space, &topic);
        let bytes = entry.bytes();
        if bytes > LONGEST {
            return None;
        }
        let full = self.bytes + bytes > CAPACITY;
        let forgotten = full.then(|| std::mem::take(self));
        self.bytes += bytes;
        let topics = self.spaces.entry(space).or_default();
        topics.insert(topic, entry);
        forgotten
    }
}

#[cfg(test)]
mod tests;
