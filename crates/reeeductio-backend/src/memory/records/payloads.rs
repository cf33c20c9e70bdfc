//! Payloads in memory.

use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::{MemberId, SpaceId};

use super::MemoryRecords;
use super::space::Space;
use crate::{BackendError, Payloads, Tally};

/// A payload that was not removed.
#[derive(Clone)]
pub(super) struct StoredPayload {
    pub(super) bytes: Arc<[u8]>,
    pub(super) expires: Option<i64>,
    /// Of its message.
    pub(super) sender: MemberId,
    pub(super) timestamp: i64,
    pub(super) is_state: bool,
}

impl Space {
    /// Removes the payload of a message, if it has one, and counts it down.
    pub(super) fn remove_payload(&mut self, number: u64) {
        let Some(payload) = self.payloads.remove(&number) else {
            return;
        };
        let removed = Tally {
            count: 0,
            bytes: payload.bytes.len() as u64,
        };
        for of in [None, Some(payload.sender)] {
            self.subtract(of, |usage| &mut usage.messages, removed);
        }
    }
}

#[async_trait]
impl Payloads for MemoryRecords {
    async fn remove_expired(&self, now: i64, limit: usize) -> Result<usize, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        let mut found: Vec<_> = all
            .spaces
            .iter()
            .flat_map(|(id, space)| {
                let payloads = space.payloads.iter();
                payloads.filter_map(|(number, payload)| {
                    let place = (payload.is_state, payload.timestamp, *number);
                    Some((payload.expires?, *id, place))
                })
            })
            .filter(|(expires, ..)| *expires <= now)
            .collect();
        found.sort_unstable();
        found.truncate(limit);
        for (_, id, (_, _, number)) in &found {
            if let Some(space) = all.spaces.get_mut(id) {
                space.remove_payload(*number);
            }
        }
        Ok(found.len())
    }

    async fn remove_older(
        &self,
        space: SpaceId,
        before: i64,
        limit: usize,
    ) -> Result<usize, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        let Some(space) = all.spaces.get_mut(&space) else {
            return Ok(0);
        };
        let mut found: Vec<_> = space
            .payloads
            .iter()
            .filter(|(_, payload)| !payload.is_state && payload.timestamp < before)
            .map(|(number, payload)| (payload.timestamp, *number))
            .collect();
        found.sort_unstable();
        found.truncate(limit);
        for (_, number) in &found {
            space.remove_payload(*number);
        }
        Ok(found.len())
    }
}
