//! The outbox: drafts that wait to be sent.

use super::key::{self, Key, Kind};
use super::{Batch, Records, value};
use crate::store::{Change, Durability, StoreError};

impl Records {
    /// Drafts by their number; the first `limit` of those after `after`.
    pub async fn drafts(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let space = Key::of(Kind::Draft, &self.space);
        let (mut from, to) = space.clone().range();
        if let Some(after) = after {
            from = key::after(space.number(after).bytes());
        }
        let pairs = self.pairs(from, to, limit, false).await?;
        pairs
            .iter()
            .map(|(key, value)| Ok((value::number(key)?, value::read_bytes(key, value)?)))
            .collect()
    }

    /// Adds a draft after all others and returns its number, which no other draft of the store ever had. It
    /// survives a loss of power once this returns.
    ///
    /// Two processes that add the same bytes at one moment may share one draft: put an id into them.
    pub async fn add_draft(&self, bytes: &[u8]) -> Result<u64, StoreError> {
        loop {
            let last = self.last_draft().await?;
            let Some(number) = last.map_or(Some(0), |last| last.checked_add(1)) else {
                let error = "the outbox has no number left".to_owned();
                return Err(StoreError::Unavailable(error));
            };
            let batch = Batch {
                drafts: vec![(number, bytes.to_vec())],
                ..Batch::default()
            };
            self.save(batch).await?;
            // Another process may have taken the number first: then there is no receipt. The draft itself does not tell, since it
            // may be sent already.
            let key = Key::of(Kind::DraftReceipt, &self.space).hash_of(bytes);
            let Some(receipt) = self.value(&key).await? else {
                continue;
            };
            let receipt = value::read_number(key.bytes(), &receipt)?;
            let key = key.into_bytes();
            let spent = vec![Change::Delete { key }];
            self.store.commit(spent, Durability::Process).await?;
            return Ok(receipt);
        }
    }

    /// The greatest number that a draft ever had. A number is not used again: a process that has sent a
    /// draft deletes it by its number, maybe after another process has done so.
    async fn last_draft(&self) -> Result<Option<u64>, StoreError> {
        let key = Key::of(Kind::LastDraft, &self.space);
        let Some(value) = self.value(&key).await? else {
            return Ok(None);
        };
        Ok(Some(value::read_number(key.bytes(), &value)?))
    }
}
