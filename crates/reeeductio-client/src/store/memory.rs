//! A store that lasts as long as the program.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use reeeductio_core::chain::Order;
use reeeductio_core::replica::Range;
use reeeductio_proto::{DataPath, Message, MessageId, Position, SpaceId, TopicId};

use super::{Batch, LocalStore, Stored};

/// A store that lasts as long as the program. It catches a server that changes its mind while the program
/// runs, and nothing beyond.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<HashMap<SpaceId, Kept>>);

#[derive(Debug, Default)]
struct Kept {
    topics: HashMap<TopicId, Topic>,
    signed_times: HashMap<DataPath, i64>,
}

#[derive(Debug, Default)]
struct Topic {
    /// By time; those of one time as they were saved.
    messages: Vec<Message>,
    head: Option<Position>,
}

impl MemoryStore {
    fn all(&self) -> MutexGuard<'_, HashMap<SpaceId, Kept>> {
        // What is held is changed in steps that do not panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LocalStore for MemoryStore {
    fn save<'a>(&'a self, space: &'a SpaceId, batch: Batch) -> Stored<'a, ()> {
        Box::pin(async move {
            let mut all = self.all();
            let kept = all.entry(*space).or_default();
            for message in batch.messages {
                let topic = kept.topics.entry(message.topic_id.clone()).or_default();
                topic.insert(Message::clone(&message));
            }
            for (chain, head) in batch.heads {
                let topic = kept.topics.entry(chain.topic).or_default();
                let newer = |old: Position| head.timestamp >= old.timestamp;
                if topic.head.is_none_or(newer) {
                    topic.head = Some(head);
                }
            }
            for (path, signed_at) in batch.signed_times {
                let newest = kept.signed_times.entry(path).or_insert(signed_at);
                *newest = signed_at.max(*newest);
            }
            Ok(())
        })
    }

    fn message<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: &'a TopicId,
        id: &'a MessageId,
    ) -> Stored<'a, Option<Message>> {
        Box::pin(async move {
            let all = self.all();
            let topic = all.get(space).and_then(|kept| kept.topics.get(topic));
            let mut messages = topic.into_iter().flat_map(|topic| &topic.messages);
            Ok(messages
                .find(|message| message.message_hash == *id)
                .cloned())
        })
    }

    fn messages<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: &'a TopicId,
        range: Range,
    ) -> Stored<'a, Vec<Message>> {
        Box::pin(async move {
            let all = self.all();
            let topic = all.get(space).and_then(|kept| kept.topics.get(topic));
            let inside = topic
                .into_iter()
                .flat_map(|topic| &topic.messages)
                .filter(|message| range.contains(message.server_timestamp));
            Ok(match range.order() {
                Order::OldestFirst => inside.take(range.limit).cloned().collect(),
                Order::NewestFirst => {
                    let mut found: Vec<Message> = inside.cloned().collect();
                    found.reverse();
                    found.truncate(range.limit);
                    found
                }
            })
        })
    }

    fn head<'a>(&'a self, space: &'a SpaceId, topic: &'a TopicId) -> Stored<'a, Option<Position>> {
        Box::pin(async move {
            let all = self.all();
            let topic = all.get(space).and_then(|kept| kept.topics.get(topic));
            Ok(topic.and_then(|topic| topic.head))
        })
    }

    fn signed_time<'a>(
        &'a self,
        space: &'a SpaceId,
        path: &'a DataPath,
    ) -> Stored<'a, Option<i64>> {
        Box::pin(async move {
            let all = self.all();
            let kept = all.get(space);
            Ok(kept.and_then(|kept| kept.signed_times.get(path).copied()))
        })
    }

    fn delete_messages<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: Option<&'a TopicId>,
        before: Option<i64>,
    ) -> Stored<'a, u64> {
        Box::pin(async move {
            let mut deleted = 0;
            let mut all = self.all();
            for (id, kept) in all
                .get_mut(space)
                .into_iter()
                .flat_map(|kept| &mut kept.topics)
            {
                if topic.is_none_or(|topic| topic == id) {
                    let had = kept.messages.len();
                    kept.messages.retain(|message| {
                        before.is_some_and(|before| message.server_timestamp >= before)
                    });
                    deleted += (had - kept.messages.len()) as u64;
                }
            }
            Ok(deleted)
        })
    }

    fn count<'a>(&'a self, space: Option<&'a SpaceId>) -> Stored<'a, u64> {
        Box::pin(async move {
            let all = self.all();
            let wanted = all
                .iter()
                .filter(|(id, _)| space.is_none_or(|space| space == *id));
            Ok(wanted
                .flat_map(|(_, kept)| kept.topics.values())
                .map(|topic| topic.messages.len() as u64)
                .sum())
        })
    }

    fn clear(&self) -> Stored<'_, ()> {
        Box::pin(async move {
            self.all().clear();
            Ok(())
        })
    }
}

impl Topic {
    fn insert(&mut self, message: Message) {
        let time = message.server_timestamp;
        let known = |other: &Message| other.message_hash == message.message_hash;
        if self.messages.iter().any(known) {
            return;
        }
        let place = self
            .messages
            .partition_point(|other| other.server_timestamp <= time);
        self.messages.insert(place, message);
    }
}
