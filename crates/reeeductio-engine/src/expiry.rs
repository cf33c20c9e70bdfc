//! Removing what has had its time: payloads and inbox items that expire, and payloads that are older than their space keeps
//! them.

use reeeductio_proto::{Settings, SpaceId, StatePath};

use crate::engine::Engine;
use crate::refusal::Refusal;

/// Payloads or items removed at a time, so that no writer waits long.
const STEP: usize = 256;
/// Spaces looked at at a time.
const SPACES: usize = 256;
/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1000;

impl Engine {
    /// Removes payloads that have expired; returns how many. May be dropped at any point.
    pub async fn remove_expired(&self) -> Result<usize, Refusal> {
        let (now, mut removed) = (self.now(), 0);
        loop {
            let step = self.records.remove_expired(now, STEP).await?;
            removed += self.payloads_removed(step);
            if step < STEP {
                return Ok(removed);
            }
        }
    }

    /// Removes inbox items that were kept long enough, and the receipts of others; returns how many of both. May be dropped at any
    /// point.
    pub async fn remove_expired_items(&self) -> Result<usize, Refusal> {
        let (now, mut removed) = (self.now(), 0);
        loop {
            let step = self.records.remove_expired_items(now, STEP).await?;
            removed += step;
            if step < STEP {
                return Ok(removed);
            }
        }
    }

    /// Removes payloads that are older than the settings of their space say; returns how many. May be dropped at any point.
    pub async fn enforce_retention(&self) -> Result<usize, Refusal> {
        let (mut after, mut removed) = (None, 0);
        loop {
            let spaces = self.records.spaces(after, SPACES).await?;
            for space in &spaces {
                removed += self.retain(*space).await?;
            }
            after = spaces.last().copied();
            if spaces.len() < SPACES {
                return Ok(removed);
            }
        }
    }

    async fn retain(&self, space: SpaceId) -> Result<usize, Refusal> {
        let Some(days) = self.retention_days(space).await? else {
            return Ok(0);
        };
        let before = self.now().saturating_sub(i64::from(days) * DAY);
        let mut removed = 0;
        loop {
            let step = self.records.remove_older(space, before, STEP).await?;
            removed += self.payloads_removed(step);
            if step < STEP {
                return Ok(removed);
            }
        }
    }

    /// Streams are not told what was removed; returns how many it were.
    fn payloads_removed(&self, count: usize) -> usize {
        if count > 0 {
            self.spaces.payloads_removed();
        }
        count
    }

    /// The setting of a space with a policy. One entry is read, not the rights of every space.
    async fn retention_days(&self, space: SpaceId) -> Result<Option<u32>, Refusal> {
        if self.records.tree(space).await?.is_none() {
            return Ok(None);
        }
        let Ok(path) = StatePath::parse(Settings::PATH) else {
            return Ok(None);
        };
        let entry = self.records.state_entry(space, &path).await?;
        // By the owner alone; an entry that cannot be read was written past the server, and has no effect.
        let settings = entry
            .filter(|entry| space.is_owned_by(&entry.sender))
            .and_then(|entry| Settings::read(&entry.data).ok());
        Ok(settings.and_then(|settings| settings.retention_days))
    }
}
