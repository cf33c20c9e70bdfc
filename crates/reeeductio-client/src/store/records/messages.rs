//! One collection of messages: each by its time, and its time by its id.

use reeeductio_proto::{ChainId, Message, MessageId, SpaceId, TopicId};

use super::key::{self, ID, Key, Kind};
use super::{PAGE, PAGE_BYTES, links, value};
use crate::store::{Change, Durability, Pair, Scan, Store, StoreError};
use reeeductio_core::replica::Range;

/// The messages of a space whose keys begin with these kinds.
#[derive(Clone, Copy)]
pub(super) struct Messages<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) space: &'a SpaceId,
    pub(super) message: Kind,
    pub(super) time: Kind,
}

/// The change that adds a message, unless one of its id is there. The id decides, so that a message is
/// never there twice with two times.
pub(super) fn insert(space: &SpaceId, kinds: (Kind, Kind), message: &Message) -> Change {
    // Messages have no lane yet.
    let chain = ChainId::shared(message.topic_id.clone());
    let (id, time) = (&message.message_hash, message.server_timestamp);
    let by_time = Key::of(kinds.0, space).chain(&chain).time(time).id(id);
    let by_id = Key::of(kinds.1, space).chain(&chain).id(id);
    let kept = value::message(by_time.bytes(), message);
    Change::Insert {
        value: value::time(by_id.bytes(), time),
        key: by_id.into_bytes(),
        with: vec![(by_time.into_bytes(), kept)],
    }
}

impl Messages<'_> {
    pub(super) async fn message(
        &self,
        chain: &ChainId,
        id: &MessageId,
    ) -> Result<Option<Message>, StoreError> {
        let Some(time) = self.time_of(chain, id).await? else {
            return Ok(None);
        };
        let key = Key::of(self.message, self.space).chain(chain);
        let key = key.time(time).id(id).into_bytes();
        let found = self.store.get(vec![key.clone()]).await?;
        match found.into_iter().next().flatten() {
            Some(value) => value::read_message(&chain.topic, &key, &value).map(Some),
            // Another process may have deleted it between the two looks.
            None if self.time_of(chain, id).await? != Some(time) => Ok(None),
            None => Err(StoreError::Damaged(format!("message {id} is missing"))),
        }
    }

    pub(super) fn id_key(&self, chain: &ChainId, id: &MessageId) -> Vec<u8> {
        Key::of(self.time, self.space)
            .chain(chain)
            .id(id)
            .into_bytes()
    }

    async fn time_of(&self, chain: &ChainId, id: &MessageId) -> Result<Option<i64>, StoreError> {
        let key = self.id_key(chain, id);
        let found = self.store.get(vec![key.clone()]).await?;
        let found = found.into_iter().next().flatten();
        found
            .map(|value| value::read_time(&key, &value))
            .transpose()
    }

    pub(super) async fn messages(
        &self,
        chain: &ChainId,
        range: Range,
    ) -> Result<Vec<Message>, StoreError> {
        let reverse = range.is_newest_first();
        let mut found = self.read(chain, range).await?;
        // Links are followed forwards.
        if reverse {
            found.reverse();
        }
        let mut found = links::order(found);
        if reverse {
            found.reverse();
        }
        found.truncate(range.limit);
        Ok(found)
    }

    /// At least the messages asked for; those of the last time all, so that their links can be followed.
    async fn read(&self, chain: &ChainId, range: Range) -> Result<Vec<Message>, StoreError> {
        let all = Key::of(self.message, self.space).chain(chain);
        let time = |time: i64| all.clone().time(time);
        let mut from = time(range.lowest().unwrap_or(i64::MIN)).into_bytes();
        let mut to = time(range.highest().unwrap_or(i64::MAX)).end();
        let reverse = range.is_newest_first();
        let mut found: Vec<Message> = Vec::new();
        let Some(last_wanted) = range.limit.checked_sub(1) else {
            return Ok(found);
        };
        // One more than asked for mostly tells that the last time is whole.
        let mut limit = range.limit.saturating_add(1).min(PAGE);
        loop {
            let scan = Scan {
                from: from.clone(),
                to: to.clone(),
                limit,
                bytes: PAGE_BYTES,
                reverse,
            };
            let page = self.store.scan(scan).await?;
            let Some((last, _)) = page.pairs.last() else {
                break;
            };
            if reverse {
                to.clone_from(last);
            } else {
                from = key::after(last);
            }
            for (key, value) in &page.pairs {
                found.push(value::read_message(&chain.topic, key, value)?);
            }
            let time = |message: Option<&Message>| message.map(|one| one.server_timestamp);
            let cut = time(found.get(last_wanted));
            if !page.has_more || (cut.is_some() && time(found.last()) != cut) {
                break;
            }
            limit = PAGE;
        }
        Ok(found)
    }

    /// Deletes messages of one topic or all, before a time or all; returns how many. They go page by page.
    pub(super) async fn delete(
        &self,
        topic: Option<&TopicId>,
        before: Option<i64>,
    ) -> Result<u64, StoreError> {
        let mut deleted = 0;
        let mut pages = Pages::of(self.time, Some(self.space), topic);
        while let Some(page) = pages.next(self.store).await? {
            let mut changes = Vec::new();
            for (key, value) in page {
                let time = value::read_time(&key, &value)?;
                if before.is_none_or(|before| time < before) {
                    let message = self.message_key(&key, time);
                    changes.push(Change::Delete { key: message });
                    changes.push(Change::Delete { key });
                    deleted += 1;
                }
            }
            if !changes.is_empty() {
                self.store.commit(changes, Durability::Process).await?;
            }
        }
        Ok(deleted)
    }

    /// The key of the message whose time is under the key `by_id`.
    pub(super) fn message_key(&self, by_id: &[u8], time: i64) -> Vec<u8> {
        let (chain, id) = by_id.split_at(by_id.len().saturating_sub(ID));
        let chain = chain.get(1..).unwrap_or_default();
        Key::all(self.message)
            .with(chain)
            .time(time)
            .with(id)
            .into_bytes()
    }
}

/// The message under a key by time, whose topic the key says.
pub(super) fn read(key: &[u8], kept: &[u8]) -> Result<Message, StoreError> {
    value::read_message(&value::topic(key)?, key, kept)
}

/// The ids of a collection with their times, page by page.
pub(super) struct Pages {
    from: Vec<u8>,
    to: Vec<u8>,
    at_end: bool,
}

impl Pages {
    pub(super) fn of(time: Kind, space: Option<&SpaceId>, topic: Option<&TopicId>) -> Self {
        let key = match (space, topic) {
            (None, _) => Key::all(time),
            (Some(space), None) => Key::of(time, space),
            (Some(space), Some(topic)) => Key::of(time, space).topic(topic),
        };
        let (from, to) = key.range();
        Self {
            from,
            to,
            at_end: false,
        }
    }

    pub(super) async fn next(
        &mut self,
        store: &dyn Store,
    ) -> Result<Option<Vec<Pair>>, StoreError> {
        if self.at_end {
            return Ok(None);
        }
        let scan = Scan {
            from: self.from.clone(),
            to: self.to.clone(),
            limit: PAGE,
            bytes: PAGE_BYTES,
            reverse: false,
        };
        let page = store.scan(scan).await?;
        self.at_end = !page.has_more;
        if let Some((last, _)) = page.pairs.last() {
            self.from = key::after(last);
        }
        Ok(Some(page.pairs))
    }
}

/// How many messages a collection has, of one space or all.
pub(super) async fn count(
    store: &dyn Store,
    time: Kind,
    space: Option<&SpaceId>,
) -> Result<u64, StoreError> {
    let mut count = 0;
    let mut pages = Pages::of(time, space, None);
    while let Some(page) = pages.next(store).await? {
        count += page.len() as u64;
    }
    Ok(count)
}
