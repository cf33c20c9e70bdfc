//! Messages in memory.

use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::{
    ChainId, Event, EventPosition, Lane, Message, MessageId, Position, SpaceId, TopicId,
};

use super::space::Space;
use super::{MemoryRecords, page};
use crate::{
    Append, AppendAll, AppendOutcome, BackendError, Committed, Entry, MessageRange, Messages,
    Order, Page, PageLimit,
};

#[async_trait]
impl Messages for MemoryRecords {
    async fn append(&self, append: Append) -> Result<AppendOutcome, BackendError> {
        self.writable()?;
        let revision = append.revision;
        let outcome = self.append_in(&mut self.all.lock(), append.into(), revision);
        let nothing = || BackendError::unavailable("append", "nothing was stored");
        outcome.try_map(|stored| stored.into_iter().next().ok_or_else(nothing))
    }

    async fn append_all(
        &self,
        append: AppendAll,
    ) -> Result<AppendOutcome<Vec<Committed>>, BackendError> {
        self.writable()?;
        append.check()?;
        Ok(self.append_in(&mut self.all.lock(), append, None))
    }

    async fn head(
        &self,
        space: SpaceId,
        chain: &ChainId,
    ) -> Result<Option<Position>, BackendError> {
        let key = (chain.topic.clone(), chain.lane);
        let head = self.read(space, |space| space.heads.get(&key).copied());
        Ok(head.flatten())
    }

    async fn message(
        &self,
        space: SpaceId,
        topic: &TopicId,
        hash: MessageId,
    ) -> Result<Option<Arc<Message>>, BackendError> {
        let found = self.read(space, |space| {
            let mut topic = space.topic(topic).iter();
            topic.find(|message| message.message_hash == hash).cloned()
        });
        Ok(found.flatten())
    }

    async fn messages(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Page<Message>, BackendError> {
        let within =
            |message: &&Arc<Message>| (range.from..=range.to).contains(&message.server_timestamp);
        let listed = |messages: &mut dyn Iterator<Item = &Arc<Message>>| {
            let found = messages
                .filter(within)
                .map(|message| Message::clone(message));
            page(found, range.limit, |message| message.data.len())
        };
        let found = self.read(space, |space| {
            let topic = space.topic(topic).iter();
            match range.order {
                Order::OldestFirst => listed(&mut topic.into_iter()),
                Order::NewestFirst => listed(&mut topic.rev()),
            }
        });
        Ok(found.unwrap_or_else(|| listed(&mut std::iter::empty())))
    }

    async fn entry(
        &self,
        space: SpaceId,
        topic: &TopicId,
        hash: MessageId,
    ) -> Result<Option<Entry>, BackendError> {
        let found = self.read(space, |space| {
            let mut topic = space.topic(topic).iter();
            space.entry_of(topic.find(|message| message.message_hash == hash)?)
        });
        Ok(found.flatten())
    }

    async fn entries(
        &self,
        space: SpaceId,
        topic: &TopicId,
        range: MessageRange,
    ) -> Result<Page<Entry>, BackendError> {
        let within =
            |message: &&Arc<Message>| (range.from..=range.to).contains(&message.server_timestamp);
        let found = self.read(space, |space| {
            let listed = |messages: &mut dyn Iterator<Item = &Arc<Message>>| {
                let entries = messages
                    .filter(within)
                    .filter_map(|message| space.entry_of(message));
                page(entries, range.limit, Entry::bytes)
            };
            let topic = space.topic(topic).iter();
            match range.order {
                Order::OldestFirst => listed(&mut topic.into_iter()),
                Order::NewestFirst => listed(&mut topic.rev()),
            }
        });
        Ok(found.unwrap_or_else(|| page(std::iter::empty(), range.limit, |_| 0)))
    }

    async fn last_event(&self, space: SpaceId) -> Result<u64, BackendError> {
        Ok(self.last_change(space).await?.message)
    }

    async fn last_change(&self, space: SpaceId) -> Result<EventPosition, BackendError> {
        let last = self.read(space, Space::last_change);
        Ok(last.unwrap_or_default())
    }

    async fn events(
        &self,
        space: SpaceId,
        after: u64,
        limit: PageLimit,
    ) -> Result<Page<Committed>, BackendError> {
        let after = EventPosition {
            message: after,
            change: u64::MAX,
        };
        let is_message = |event: &Event| event.message().is_some();
        Ok(self.events_of(space, after, limit, is_message))
    }

    async fn changes(
        &self,
        space: SpaceId,
        after: EventPosition,
        limit: PageLimit,
    ) -> Result<Page<Committed>, BackendError> {
        Ok(self.events_of(space, after, limit, |_| true))
    }
}

impl MemoryRecords {
    fn events_of(
        &self,
        space: SpaceId,
        after: EventPosition,
        limit: PageLimit,
        wanted: impl Fn(&Event) -> bool,
    ) -> Page<Committed> {
        let found = self.read(space, |of| {
            let events = of.events.range(of.events_after(after)..);
            let events = events.filter(|event| wanted(event)).map(|event| Committed {
                space,
                event: event.clone(),
                lane: of.lane_of(event),
                leaf: of.leaf_at(event.position),
                payload: of.payload_of(event),
            });
            page(events, limit, Committed::bytes)
        });
        found.unwrap_or_else(|| page(std::iter::empty(), limit, Committed::bytes))
    }
}

impl Space {
    /// The number of a message, `None` if there is none.
    pub(super) fn number_of(&self, topic: &TopicId, hash: MessageId) -> Option<u64> {
        let event = self.events.iter().find(|event| {
            let is_it =
                |message: &Arc<Message>| message.message_hash == hash && message.topic_id == *topic;
            event.message().is_some_and(is_it)
        })?;
        Some(event.position.message)
    }

    fn lane_of(&self, event: &Event) -> Option<Lane> {
        event.message()?;
        self.lanes.get(&event.position.message).copied()
    }

    fn payload_of(&self, event: &Event) -> Option<Arc<[u8]>> {
        event.message()?;
        let payload = self.payloads.get(&event.position.message)?;
        Some(Arc::clone(&payload.bytes))
    }

    /// A message with all that is stored of it; `None` if the space has no tree.
    fn entry_of(&self, message: &Message) -> Option<Entry> {
        let (topic, hash) = (&message.topic_id, message.message_hash);
        let number = self.number_of(topic, hash)?;
        let position = EventPosition {
            message: number,
            change: 0,
        };
        let (leaf, previous) = self.leaf_and_previous(position)?;
        let payload = self.payloads.get(&number);
        Some(Entry {
            message: message.clone(),
            leaf,
            previous,
            payload: payload.map(|payload| payload.bytes.to_vec()),
            revised: self.revisions.newest(topic, hash),
        })
    }
}
