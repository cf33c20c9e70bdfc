//! The outbox: drafts that wait to be sent.

use super::key::{self, Key, Kind};
use super::{Batch, Records, value};
use crate::store::StoreError;

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

    /// Adds a draft after all others and returns its number. It survives a loss of power once this returns.
    pub async fn add_draft(&self, bytes: &[u8]) -> Result<u64, StoreError> {
        loop {
            let (from, to) = Key::of(Kind::Draft, &self.space).range();
            let last = self.pairs(from, to, 1, true).await?;
            let last = last
                .first()
                .map(|(key, _)| value::number(key))
                .transpose()?;
            let number = last.map_or(0, |last| last.saturating_add(1));
            let batch = Batch {
                drafts: vec![(number, bytes.to_vec())],
                ..Batch::default()
            };
            self.save(batch).await?;
            // Another process may have taken the number first; then the draft there is not this one.
            let key = Key::of(Kind::Draft, &self.space).number(number);
            let kept = self.value(&key).await?;
            let kept = kept.map(|value| value::read_bytes(key.bytes(), &value));
            if kept.transpose()?.as_deref() == Some(bytes) {
                return Ok(number);
            }
            if number == u64::MAX {
                let error = "the outbox has no number left".to_owned();
                return Err(StoreError::Unavailable(error));
            }
        }
    }
}
