//! Typed records of one space, kept in a [`Store`]. `spec/local-store.md` specifies the bytes.

mod account;
mod all;
mod batch;
mod credentials;
mod drafts;
mod forget;
mod format;
mod key;
mod links;
mod log;
mod log_value;
mod member;
mod messages;
mod pins;
mod value;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reeeductio_proto::{
    ChainId, DataEntry, DataPath, MemberId, Message, MessageId, Position, SpaceId, StatePath,
    TopicId,
};

pub use account::AccountRecord;
pub use all::AllMessages;
pub use batch::{Batch, changes};
pub use credentials::all_credentials;
pub use forget::forget_all_seen;
pub use format::{FORMAT, format_record};
pub use log::LogBatch;
pub use log_value::InForceRecord;

use super::{Pair, Scan, Store, StoreError};
use key::{Key, Kind};
use messages::Messages;
use reeeductio_core::replica::Range;

/// Most pairs taken from a store at once.
const PAGE: usize = 1024;
/// Most bytes taken from a store at once.
const PAGE_BYTES: usize = 4 << 20;

/// The records of one space in a store. Clones are cheap.
///
/// The client checks what it saves before it saves it, and what it reads again after it reads it.
#[derive(Clone, Debug)]
pub struct Records {
    store: Arc<dyn Store>,
    space: SpaceId,
    /// Whether the store's format was read and is ours.
    checked: Arc<AtomicBool>,
}

/// The newest state entry at a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its place in the state's chain.
    pub position: Position,
    /// The member who signed it.
    pub sender: MemberId,
}

/// The authority of a space, as the client writes it, at one place of the state's chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Snapshot {
    /// The last state entry it has taken in.
    pub position: Position,
    /// Opaque here.
    pub bytes: Vec<u8>,
}

impl Records {
    /// Records of `space` in `store`. Nothing is read yet.
    pub fn new(store: Arc<dyn Store>, space: SpaceId) -> Self {
        Self {
            store,
            space,
            checked: Arc::default(),
        }
    }

    /// The store that they are in.
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Saves all of a batch or nothing. See [`Batch`] for what happens to each kind that is there already.
    ///
    /// A batch with drafts survives a loss of power once this returns, any other the end of the process.
    pub async fn save(&self, batch: Batch) -> Result<(), StoreError> {
        self.check_format().await?;
        let durability = batch.durability();
        let mut changes = changes(&self.space, batch);
        if changes.is_empty() {
            return Ok(());
        }
        // Every commit writes it: another process may have cleared the store since it was read.
        changes.push(format_record());
        self.store.commit(changes, durability).await
    }

    /// One message.
    pub async fn message(
        &self,
        chain: &ChainId,
        id: &MessageId,
    ) -> Result<Option<Message>, StoreError> {
        self.check_format().await?;
        self.verified().message(chain, id).await
    }

    /// Messages of a chain by time, by the rules of a server; those of one time in the order of their links.
    /// Any limit is allowed.
    pub async fn messages(
        &self,
        chain: &ChainId,
        range: Range,
    ) -> Result<Vec<Message>, StoreError> {
        self.check_format().await?;
        self.verified().messages(chain, range).await
    }

    /// Messages that the client has verified together with those that the program gave.
    pub fn all_messages(&self) -> AllMessages<'_> {
        AllMessages(self)
    }

    /// The message up to which a chain was seen without a gap.
    pub async fn head(&self, chain: &ChainId) -> Result<Option<Position>, StoreError> {
        self.position(Kind::Head, chain).await
    }

    /// Where the draft that was sent last to a chain stands in it.
    pub async fn sent_to(&self, chain: &ChainId) -> Result<Option<Position>, StoreError> {
        self.position(Kind::SentTo, chain).await
    }

    async fn position(&self, kind: Kind, chain: &ChainId) -> Result<Option<Position>, StoreError> {
        let key = Key::of(kind, &self.space).chain(chain);
        let Some(value) = self.value(&key).await? else {
            return Ok(None);
        };
        Ok(Some(value::read_position(key.bytes(), &value)?))
    }

    /// The newest time with which a data entry was seen to be signed, Unix milliseconds.
    pub async fn signed_time(&self, path: &DataPath) -> Result<Option<i64>, StoreError> {
        let key = Key::of(Kind::SignedTime, &self.space).text(path.as_str());
        let Some(value) = self.value(&key).await? else {
            return Ok(None);
        };
        Ok(Some(value::read_time(key.bytes(), &value)?))
    }

    /// The newest data entry that the client has verified at a path.
    pub async fn data(&self, path: &DataPath) -> Result<Option<DataEntry>, StoreError> {
        let key = Key::of(Kind::Data, &self.space).text(path.as_str());
        let Some(value) = self.value(&key).await? else {
            return Ok(None);
        };
        Ok(Some(value::read_data_entry(path, key.bytes(), &value)?))
    }

    /// The newest state entry at a path.
    pub async fn entry(&self, path: &StatePath) -> Result<Option<Entry>, StoreError> {
        let key = Key::of(Kind::Entry, &self.space).text(path.as_str());
        let Some(value) = self.value(&key).await? else {
            return Ok(None);
        };
        Ok(Some(value::read_entry(key.bytes(), &value)?))
    }

    /// The newest state entries below a path, or of the whole space, by path; the first `limit` of those
    /// after `after`. An entry at the path itself is not below it.
    pub async fn entries(
        &self,
        below: Option<&StatePath>,
        after: Option<&StatePath>,
        limit: usize,
    ) -> Result<Vec<(StatePath, Entry)>, StoreError> {
        let space = Key::of(Kind::Entry, &self.space);
        let (mut from, to) = match below {
            Some(path) => space.clone().text(path.as_str()).text("/").range(),
            None => space.clone().range(),
        };
        if let Some(after) = after {
            from = from.max(key::after(space.clone().text(after.as_str()).bytes()));
        }
        let pairs = self.pairs(from, to, limit, false).await?;
        pairs
            .iter()
            .map(|(key, value)| {
                let path = value::path(key, space.bytes().len())?;
                Ok((path, value::read_entry(key, value)?))
            })
            .collect()
    }

    /// The authority snapshot that was saved last.
    pub async fn snapshot(&self) -> Result<Option<Snapshot>, StoreError> {
        let key = Key::of(Kind::Snapshot, &self.space);
        let Some(value) = self.value(&key).await? else {
            return Ok(None);
        };
        Ok(Some(value::read_snapshot(key.bytes(), &value)?))
    }

    /// Deletes messages that the client has verified: of one topic or all, before a time (Unix milliseconds)
    /// or all. All else stays. Returns how many there were. Not one commit if there are many.
    pub async fn delete_messages(
        &self,
        topic: Option<&TopicId>,
        before: Option<i64>,
    ) -> Result<u64, StoreError> {
        self.check_format().await?;
        self.verified().delete(topic, before).await
    }

    /// How many messages of the space the client has verified.
    pub async fn count(&self) -> Result<u64, StoreError> {
        self.check_format().await?;
        messages::count(&*self.store, Kind::MessageTime, Some(&self.space)).await
    }

    fn verified(&self) -> Messages<'_> {
        Messages {
            store: &*self.store,
            space: &self.space,
            message: Kind::Message,
            time: Kind::MessageTime,
        }
    }

    fn given(&self) -> Messages<'_> {
        Messages {
            message: Kind::GivenMessage,
            time: Kind::GivenTime,
            ..self.verified()
        }
    }

    async fn value(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_format().await?;
        let found = self.store.get(vec![key.bytes().to_vec()]).await?;
        Ok(found.into_iter().next().flatten())
    }

    async fn pairs(
        &self,
        from: Vec<u8>,
        to: Vec<u8>,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<Pair>, StoreError> {
        self.check_format().await?;
        pairs(&*self.store, from, to, limit, reverse).await
    }

    /// Refuses a store of another format, once.
    async fn check_format(&self) -> Result<(), StoreError> {
        if !self.checked.load(Ordering::Relaxed) {
            format::check(&*self.store).await?;
            self.checked.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// How many messages a store has, verified or given, each counted once; of one space or all.
pub async fn count_messages(store: &dyn Store, space: Option<&SpaceId>) -> Result<u64, StoreError> {
    format::check(store).await?;
    all::count(store, space).await
}

/// Reads a range page by page.
async fn pairs(
    store: &dyn Store,
    mut from: Vec<u8>,
    mut to: Vec<u8>,
    limit: usize,
    reverse: bool,
) -> Result<Vec<Pair>, StoreError> {
    let mut found: Vec<Pair> = Vec::new();
    loop {
        let left = limit.saturating_sub(found.len());
        if left == 0 {
            return Ok(found);
        }
        let scan = Scan {
            from: from.clone(),
            to: to.clone(),
            limit: left.min(PAGE),
            bytes: PAGE_BYTES,
            reverse,
        };
        let page = store.scan(scan).await?;
        let Some((last, _)) = page.pairs.last() else {
            return Ok(found);
        };
        if reverse {
            to.clone_from(last);
        } else {
            from = key::after(last);
        }
        found.extend(page.pairs);
        if !page.has_more {
            return Ok(found);
        }
    }
}
