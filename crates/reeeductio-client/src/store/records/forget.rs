//! Forgetting what a server has shown.

use super::key::{Key, Kind};
use super::messages::{self, Pages};
use super::{PAGE_BYTES, Records, pairs, value};
use crate::store::{Change, Durability, Store, StoreError};

/// Changes that are committed together.
const CHANGES: usize = 1024;

impl Records {
    /// Forgets how far chains were seen, the newest signed times, the state and where drafts were sent to. Messages stay, as given
    /// ones: nothing of them is held against the server any more. Drafts stay.
    ///
    /// Not one commit if there is much. The records by which the client notices go last, so that a removal that was cut short is done again.
    pub async fn forget_seen(&self) -> Result<(), StoreError> {
        self.check_format().await?;
        let store = &*self.store;
        let mut pages = Pages::of(Kind::MessageTime, Some(&self.space), None);
        while let Some(page) = pages.next(store).await? {
            let mut changes = Vec::new();
            let mut bytes = 0;
            for (by_id, time) in page {
                if bytes >= PAGE_BYTES {
                    let ready = std::mem::take(&mut changes);
                    store.commit(ready, Durability::Process).await?;
                    bytes = 0;
                }
                let time = value::read_time(&by_id, &time)?;
                let by_time = self.verified().message_key(&by_id, time);
                let found = store.get(vec![by_time.clone()]).await?;
                let found = found.into_iter().next().flatten();
                if let Some(kept) = found {
                    bytes += kept.len();
                    let message = messages::read(&by_time, &kept)?;
                    let kinds = (Kind::GivenMessage, Kind::GivenTime);
                    changes.push(messages::insert(&self.space, kinds, &message));
                    changes.push(Change::Delete { key: by_time });
                }
                changes.push(Change::Delete { key: by_id });
            }
            if !changes.is_empty() {
                store.commit(changes, Durability::Process).await?;
            }
        }
        for kind in [
            Kind::SignedTime,
            Kind::Data,
            Kind::Entry,
            Kind::Snapshot,
            Kind::SentTo,
            Kind::Head,
        ] {
            delete(store, Key::of(kind, &self.space).range()).await?;
        }
        Ok(())
    }
}

/// Deletes what was seen of all spaces: messages, given ones too, how far chains were seen, signed times and states. Credentials and the
/// outbox stay, which nobody else has.
///
/// Not one commit if there is much.
pub async fn forget_all_seen(store: &dyn Store) -> Result<(), StoreError> {
    super::format::check(store).await?;
    for kind in [
        Kind::MessageTime,
        Kind::Message,
        Kind::GivenTime,
        Kind::GivenMessage,
        Kind::SignedTime,
        Kind::Data,
        Kind::Entry,
        Kind::Snapshot,
        // Where drafts were sent to was seen too: a server that was restored may not have it.
        Kind::SentTo,
        Kind::Head,
        Kind::StateTail,
        Kind::TopicTail,
        Kind::LaneTail,
        Kind::Sighting,
        Kind::Passed,
        Kind::InForce,
        // They count the restores that are forgotten. Other lanes begin.
        Kind::OwnLane,
        Kind::Restore,
        Kind::NamedCheckpoint,
        Kind::Checkpoint,
    ] {
        delete(store, Key::all(kind).range()).await?;
    }
    Ok(())
}

async fn delete(store: &dyn Store, (from, to): (Vec<u8>, Vec<u8>)) -> Result<(), StoreError> {
    loop {
        let found = pairs(store, from.clone(), to.clone(), CHANGES, false).await?;
        if found.is_empty() {
            return Ok(());
        }
        let gone = found.into_iter().map(|(key, _)| Change::Delete { key });
        store.commit(gone.collect(), Durability::Process).await?;
    }
}
