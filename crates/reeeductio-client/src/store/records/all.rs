//! Messages that the client has verified together with those that the program gave.

use reeeductio_proto::{ChainId, Message, MessageId, SpaceId, TopicId};

use super::key::{Key, Kind};
use super::messages::{self, Messages, Pages};
use super::{Records, links, value};
use crate::store::{Pair, Store, StoreError};
use reeeductio_core::replica::Range;

/// All messages of a space, verified or given. Of two with one id the verified one is meant.
#[derive(Clone, Copy, Debug)]
pub struct AllMessages<'a>(pub(super) &'a Records);

impl AllMessages<'_> {
    /// One message.
    pub async fn message(
        &self,
        chain: &ChainId,
        id: &MessageId,
    ) -> Result<Option<Message>, StoreError> {
        match self.0.message(chain, id).await? {
            Some(message) => Ok(Some(message)),
            None => self.0.given().message(chain, id).await,
        }
    }

    /// Messages of a chain by time, as [`Records::messages`] returns them.
    pub async fn messages(
        &self,
        chain: &ChainId,
        range: Range,
    ) -> Result<Vec<Message>, StoreError> {
        let mut found = self.0.messages(chain, range).await?;
        found.extend(self.given(chain, range).await?);
        found.sort_by_key(|message| (message.server_timestamp, message.message_hash));
        let mut found = links::order(found);
        if range.is_newest_first() {
            found.reverse();
        }
        found.truncate(range.limit);
        Ok(found)
    }

    /// Deletes messages as [`Records::delete_messages`] does. Returns how many there were.
    pub async fn delete(
        &self,
        topic: Option<&TopicId>,
        before: Option<i64>,
    ) -> Result<u64, StoreError> {
        let both = self.deleted_twice(topic, before).await?;
        let verified = self.0.delete_messages(topic, before).await?;
        let given = self.0.given().delete(topic, before).await?;
        Ok((verified + given).saturating_sub(both))
    }

    /// How many messages to delete are both verified and given.
    async fn deleted_twice(
        &self,
        topic: Option<&TopicId>,
        before: Option<i64>,
    ) -> Result<u64, StoreError> {
        let goes = |key: &[u8], value: &[u8]| {
            let time = value::read_time(key, value)?;
            Ok(before.is_none_or(|before| time < before))
        };
        let mut both = 0;
        let mut pages = Pages::of(Kind::GivenTime, Some(&self.0.space), topic);
        while let Some(page) = pages.next(&*self.0.store).await? {
            let keys: Vec<Vec<u8>> = page.iter().map(as_verified).collect();
            let known = self.0.store.get(keys.clone()).await?;
            for ((pair, key), verified) in page.iter().zip(keys).zip(known) {
                if let Some(verified) = verified
                    && goes(&pair.0, &pair.1)?
                    && goes(&key, &verified)?
                {
                    both += 1;
                }
            }
        }
        Ok(both)
    }

    /// How many messages there are.
    pub async fn count(&self) -> Result<u64, StoreError> {
        super::count_messages(&*self.0.store, Some(&self.0.space)).await
    }

    /// Given messages of the range that are not verified too, at least as many as the limit allows.
    async fn given(&self, chain: &ChainId, range: Range) -> Result<Vec<Message>, StoreError> {
        let (given, verified) = (self.0.given(), self.0.verified());
        let mut limit = range.limit;
        loop {
            let found = given.messages(chain, Range { limit, ..range }).await?;
            let is_all = found.len() < limit;
            let only = only_given(&verified, chain, found).await?;
            if is_all || only.len() >= range.limit {
                return Ok(only);
            }
            limit = limit.saturating_mul(2);
        }
    }
}

async fn only_given(
    verified: &Messages<'_>,
    chain: &ChainId,
    mut found: Vec<Message>,
) -> Result<Vec<Message>, StoreError> {
    let keys = found.iter();
    let keys = keys.map(|message| verified.id_key(chain, &message.message_hash));
    let known = verified.store.get(keys.collect()).await?;
    let mut known = known.into_iter();
    found.retain(|_| known.next().flatten().is_none());
    Ok(found)
}

/// How many messages there are, each counted once; of one space or all.
pub(super) async fn count(store: &dyn Store, space: Option<&SpaceId>) -> Result<u64, StoreError> {
    let mut count = messages::count(store, Kind::MessageTime, space).await?;
    let mut pages = Pages::of(Kind::GivenTime, space, None);
    while let Some(page) = pages.next(store).await? {
        let verified = page.iter().map(as_verified).collect();
        let known = store.get(verified).await?;
        count += known.iter().filter(|known| known.is_none()).count() as u64;
    }
    Ok(count)
}

/// The key that a given message would have among the verified ones.
fn as_verified((key, _): &Pair) -> Vec<u8> {
    Key::all(Kind::MessageTime)
        .with(key.get(1..).unwrap_or_default())
        .into_bytes()
}
