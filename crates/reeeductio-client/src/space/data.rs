//! Data entries: one value at each path, the last writer wins.

use reeeductio_core::replica::Batch;
use reeeductio_core::{ChainError, Key, signed_entry};
use reeeductio_proto::api::DataBody;
use reeeductio_proto::{DataEntry, DataPath, ErrorCode, encoding};

use super::Space;
use super::content::{Content, open_value};
use super::posting::longest_pause;
use super::retry::Persistence;
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
            let stored = self.kept_signed_time(path).await?;
            let now = self.source().now().await?;
            let signed_at = self
                .with_replica(|replica| replica.next_signed_time(path, now, stored.max(learned)));
            let connection = self.connection();
            let entry = signed_entry(
                &self.inner.id,
                path,
                value,
                signed_at,
                &connection.member(),
                connection.identity(),
            );
            match self.send_data(&entry).await {
                Ok(()) => {
                    let batch = Batch {
                        signed_times: vec![(path.clone(), signed_at)],
                        data: vec![entry],
                        ..Batch::default()
                    };
                    // The entry is stored: an error here would have it stored again.
                    let _kept = self.keep(batch).await;
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

    async fn data_entry(&self, path: &DataPath) -> Result<DataEntry, ClientError> {
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
