//! The parts of the local store that an app's client uses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reeeductio_proto::{MemberId, SpaceId, StatePath};

use super::error::AppError;
use crate::error::ClientError;
use crate::store::{Partition, Records, Store};

/// The part of the store that belongs to a member.
pub(super) fn part_of(store: Option<&Arc<dyn Store>>, member: &MemberId) -> Option<Arc<dyn Store>> {
    let store = store?;
    Some(Arc::new(Partition::of(Arc::clone(store), member)))
}

/// The users and channels that names stood for when they were resolved first. A name that stands for something else later is reported, whoever may have changed it.
#[derive(Debug)]
pub(super) struct Pins {
    records: Option<Records>,
    seen: Mutex<HashMap<StatePath, MemberId>>,
}

impl Pins {
    pub(super) fn new(store: Option<Arc<dyn Store>>, app: SpaceId) -> Self {
        Self {
            records: store.map(|store| Records::new(store, app)),
            seen: Mutex::default(),
        }
    }

    /// Refuses another one than that of the first time. A space is named by its owner.
    pub(super) async fn check(
        &self,
        name: &str,
        path: &StatePath,
        now: MemberId,
    ) -> Result<(), ClientError> {
        let first = match (self.seen(path, None), &self.records) {
            (Some(first), _) => first,
            (None, Some(records)) => {
                let first = records.pin(path, &now).await?;
                self.seen(path, Some(first)).unwrap_or(first)
            }
            (None, None) => self.seen(path, Some(now)).unwrap_or(now),
        };
        if first == now {
            return Ok(());
        }
        Err(AppError::Changed(name.to_owned()).into())
    }

    fn seen(&self, path: &StatePath, first: Option<MemberId>) -> Option<MemberId> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match first {
            None => seen.get(path).copied(),
            Some(first) => Some(*seen.entry(path.clone()).or_insert(first)),
        }
    }
}
