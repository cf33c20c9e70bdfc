//! Messages in memory.

use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::{
    ChainId, Event, EventPosition, Message, MessageId, Position, SpaceId, TopicId,
};

use super::space::Space;
use super::{MemoryRecords, page};
use crate::{
    Append, AppendOutcome, BackendError, Committed, MessageRange, Messages, Order, Page, PageLimit,
    Tally, registers,
};

#[async_trait]
impl Messages for MemoryRecords {
    async fn append(&self, append: Append) -> Result<AppendOutcome, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        if let Some(moved) = all.judgement_moved(append.space, append.judged) {
            return Ok(AppendOutcome::JudgementMoved(moved));
        }
        let purging = registers(&append.message).is_some_and(|space| all.purging.contains(&space));
        let space = all.spaces.entry(append.space).or_default();
        let (lane, mut message) = (append.lane, append.message);
        let head = space.heads.get(&(message.topic_id.clone(), lane)).copied();
        if head.map(|head| head.hash) != message.prev_hash {
            return Ok(AppendOutcome::HeadMoved(head));
        }
        if purging {
            return Ok(AppendOutcome::PurgeUnfinished);
        }
        if !space.tool_may(append.tool_use) {
            return Ok(AppendOutcome::ToolUsedUp);
        }
        let (sender, added) = (message.sender, Tally::message(&message));
        let none = Tally::default();
        let allowed = space.check_quotas(
            &append.quotas,
            |usage| &mut usage.messages,
            (added, none),
            (sender, added, none),
        );
        if let Err(over) = allowed {
            return Ok(AppendOutcome::OverQuota(over));
        }
        if let Some(newest) = space.topic(&message.topic_id).last() {
            let earliest = newest.server_timestamp + 1;
            message.server_timestamp = message.server_timestamp.max(earliest);
        }
        let message = Arc::new(message);
        let number = space.last_change().message + 1;
        let event = Event::of_message(number, Arc::clone(&message));
        space.push(&message, lane);
        space.events.push_back(event.clone());
        space.count(append.tool_use);
        for of in [None, Some(sender)] {
            space.add(of, |usage| &mut usage.messages, added);
        }
        let committed = Committed {
            space: append.space,
            event,
        };
        // Still holding the lock, so that the sink receives commits in their order.
        self.publish(&committed);
        Ok(AppendOutcome::Stored(committed))
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
        let bytes = |committed: &Committed| committed.event.bytes();
        let found = self.read(space, |of| {
            let events = of.events.range(of.events_after(after)..);
            let events = events.filter(|event| wanted(event)).map(|event| Committed {
                space,
                event: event.clone(),
            });
            page(events, limit, bytes)
        });
        found.unwrap_or_else(|| page(std::iter::empty(), limit, bytes))
    }
}
