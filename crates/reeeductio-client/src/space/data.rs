//! Data entries: one value at each path, the last writer wins.

use reeeductio_core::replica::Batch;
use reeeductio_core::{ChainError, Key, signed_entry};
use reeeductio_proto::api::DataBody;
use reeeductio_proto::{DataEntry, DataPath, ErrorCode, PathPrefix, encoding};

use super::Space;
use super::content::{Content, open_value};
use super::data_list::DataListing;
use super::data_watch::DataChange;
use super::posting::longest_pause;
use super::retry::Persistence;
use super::update::Protection;
use super::watches::Watch;
use crate::error::ClientError;
use crate::platform::elapsed;

/// Attempts to be later than what others write to the same path.
const ATTEMPTS: u32 = 16;
/// Milliseconds by which an entry may be ahead of the server's clock.
const LATEST: i64 = 60_000;

/// The data entries of a space. Clones share everything.
#[derive(Clone, Debug)]
pub struct Data(pub(super) Space);

impl Data {
    /// Stores a value. Returns the signed time, Unix milliseconds, by the server's clock.
    ///
    /// Of writes that run at the same time each is stored, one after the other; the last one stays.
    pub async fn set(&self, path: &DataPath, content: Content<'_>) -> Result<i64, ClientError> {
        let value = content.stored(|| self.0.keys().data().clone())?;
        self.0.put_data(path, &value).await
    }

    /// The entry at a path, as it was signed.
    ///
    /// Its signature and the right of its signer are checked, and it is not older than one that was seen before it was asked for.
    pub async fn entry(&self, path: &DataPath) -> Result<DataEntry, ClientError> {
        self.0.data_entry(path).await
    }

    /// The value at a path, as it is stored; empty if a tombstone is there.
    pub async fn value(&self, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        let entry = self.entry(path).await?;
        encoding::decode(&entry.data).map_err(|error| ClientError::answer("data", error))
    }

    /// Opens the value at a path; empty if a tombstone is there.
    pub async fn open(&self, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        self.open_with(self.0.keys().data(), path).await
    }

    /// [`open`](Self::open) with a key of one's own.
    pub async fn open_with(&self, key: &Key, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        open_value(key, self.value(path).await?)
    }

    /// Changes an entry by a function of the value that is there, sealed with the space's key for the data: `None` is no entry, before and
    /// after, where a tombstone is left. Returns the value that is there then. A value that stays the same is not written.
    ///
    /// If another member writes the entry meanwhile, the function is applied again, to the new value; a change by
    /// [`set`](Self::set) is not lost either. But `set` itself looks at nothing: it may take the place of what this wrote. If the
    /// answer is lost, and another member has replaced the entry by the time the client asks again, nobody can tell whether this
    /// change was stored: then it fails with [`ErrorCode::DataStale`], or with an error of the network that says so.
    ///
    /// [`ClientError::Unsupported`] with the published server, which cannot compare.
    pub async fn update(
        &self,
        path: &DataPath,
        change: impl FnMut(Option<&[u8]>) -> Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        self.update_as(path, Protection::Sealed, change).await
    }

    /// [`update`](Self::update) of a value that is protected in another way.
    pub async fn update_as(
        &self,
        path: &DataPath,
        protection: Protection<'_>,
        change: impl FnMut(Option<&[u8]>) -> Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        self.0.update_data(path, protection, change).await
    }

    /// The entries at a path and below it, by their paths, each checked as by [`entry`](Self::entry).
    ///
    /// Which there are is the server's word: an entry that it leaves out may have been removed, which leaves no trace. At most 65,536
    /// entries with 64 MiB of data. [`ClientError::Unsupported`] with the published server, which has no listing.
    pub async fn list(&self, prefix: &PathPrefix) -> Result<DataListing, ClientError> {
        self.0.list_data(prefix).await
    }

    /// Follows the entries at a path and below it: first those that [`list`](Self::list) gives, then their changes. An entry that is not to
    /// be believed is an error, after which the watch goes on.
    ///
    /// Removals are the server's word, as in a listing. Entries that this member is given the right to read later are told once they
    /// change. While the server cannot be reached, this fails; a watch that is open waits. [`ClientError::Unsupported`] with the
    /// published server.
    pub async fn watch(&self, prefix: &PathPrefix) -> Result<Watch<DataChange>, ClientError> {
        self.0.watch_data(prefix).await
    }

    /// Opens an entry that was listed or watched; empty if it is a tombstone.
    pub fn open_entry(&self, entry: &DataEntry) -> Result<Vec<u8>, ClientError> {
        self.open_entry_with(self.0.keys().data(), entry)
    }

    /// [`open_entry`](Self::open_entry) with a key of one's own.
    pub fn open_entry_with(&self, key: &Key, entry: &DataEntry) -> Result<Vec<u8>, ClientError> {
        let value = encoding::decode(&entry.data);
        open_value(
            key,
            value.map_err(|error| ClientError::answer("data", error))?,
        )
    }

    /// Removes the entry at a path; removing one that is not there succeeds.
    pub async fn delete(&self, path: &DataPath) -> Result<(), ClientError> {
        // A later write must not be forgotten.
        let _turn = self.0.inner.data_turns.of(path).await;
        self.0.source().delete_data(path).await?;
        self.0.forget_data(path).await
    }

    /// The entry at a path as it was read or written last, without asking the server; `None` if there was none. Its signature is
    /// checked again.
    pub async fn stored(&self, path: &DataPath) -> Result<Option<DataEntry>, ClientError> {
        self.0.stored_data(path).await
    }
}

impl Space {
    /// Signs an entry and stores it, later than every one that is there.
    async fn put_data(&self, path: &DataPath, value: &[u8]) -> Result<i64, ClientError> {
        let _turn = self.inner.data_turns.of(path).await;
        let (mut attempt, mut asked, mut learned) = (0, false, None);
        loop {
            attempt += 1;
            let now = self.source().now().await?;
            let entry = self.sign_data(path, value, learned).await?;
            let signed_at = entry.signed_at;
            match self.send_data(&entry).await {
                Ok(()) => {
                    self.keep_own_data(entry).await;
                    return Ok(signed_at);
                }
                Err(error) if error.code() == Some(ErrorCode::DataStale) && attempt < ATTEMPTS => {
                    learned = self.signed_time_at(path).await?;
                    // Servers take no entry that is dated later.
                    learned = learned.filter(|learned| *learned <= now.saturating_add(LATEST));
                    if learned < Some(signed_at) {
                        // Where nothing is to be learned, as of an entry that was removed, time helps.
                        self.inner.jitter.pause(longest_pause(attempt)).await;
                    }
                }
                Err(error) if error.code() == Some(ErrorCode::DataClockSkew) && !asked => {
                    self.source().ask_now().await?;
                    asked = true;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Signs an entry, later than every one that is known at its path and than `learned`, Unix milliseconds.
    pub(super) async fn sign_data(
        &self,
        path: &DataPath,
        value: &[u8],
        learned: Option<i64>,
    ) -> Result<DataEntry, ClientError> {
        let stored = self.kept_signed_time(path).await?;
        let now = self.source().now().await?;
        let signed_at =
            self.with_replica(|replica| replica.next_signed_time(path, now, stored.max(learned)));
        let connection = self.connection();
        Ok(signed_entry(
            &self.inner.id,
            path,
            value,
            signed_at,
            &connection.member(),
            connection.identity(),
        ))
    }

    /// Remembers one's own entry. It is stored: an error here would have it stored again.
    pub(super) async fn keep_own_data(&self, entry: DataEntry) {
        let batch = Batch {
            signed_times: vec![(entry.path.clone(), entry.signed_at)],
            data: vec![entry],
            ..Batch::default()
        };
        let _kept = self.keep(batch).await;
    }

    /// Sends an entry until it is decided whether it is stored: to store the same one twice changes nothing.
    async fn send_data(&self, entry: &DataEntry) -> Result<(), ClientError> {
        let body = DataBody::from(entry);
        let mut persistence = Persistence::new(&self.inner.jitter);
        loop {
            match self.source().put_data(&entry.path, &body).await {
                Err(error) if persistence.is_worth_it(&error).await => {}
                other => return other,
            }
        }
    }

    /// The time of an entry that somebody else has put: the next one is to be later. Whether its signer has the right to it is not judged,
    /// so it is good for this write only. `None` if there is none, or none that may be read.
    async fn signed_time_at(&self, path: &DataPath) -> Result<Option<i64>, ClientError> {
        match self.source().data(path).await {
            Ok(entry) => {
                let signed = entry.verify_by_signer(&self.id()).is_ok();
                Ok(signed.then_some(entry.signed_at))
            }
            Err(error) if matches!(error.status(), Some(403 | 404)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn data_entry(&self, path: &DataPath) -> Result<DataEntry, ClientError> {
        let stored = self.kept_signed_time(path).await?;
        let question = self.with_replica(|replica| replica.ask_data(path, stored));
        let entry = self.source().data(path).await?;
        let judge = |entry: DataEntry| {
            self.with_replica(|replica| question.clone().judge(entry, replica.state()))
        };
        let fresh = self.with_replica(|replica| replica.has_state_of(entry.signed_at, elapsed()));
        let judged = match question.needs_state(&entry) {
            false => judge(entry)?,
            true if !fresh => {
                self.follow_state().await?;
                judge(entry)?
            }
            true => match judge(entry.clone()) {
                // A right may have been given that was not read yet.
                Err(ChainError::Unauthorized { .. }) => {
                    self.follow_state().await?;
                    judge(entry)?
                }
                other => other?,
            },
        };
        self.commit(judged).await
    }
}
