//! Data entries: one value at each path, the last writer wins.

use reeeductio_core::replica::Batch;
use reeeductio_core::{ChainError, Key, NONCE_LENGTH, open, seal, signed_entry};
use reeeductio_proto::api::DataBody;
use reeeductio_proto::{DataEntry, DataPath, ErrorCode, encoding};

use super::Space;
use super::posting::longest_pause;
use super::retry::Persistence;
use crate::error::ClientError;
use crate::platform::{elapsed, random};

/// Attempts to be later than what others write to the same path.
const ATTEMPTS: u32 = 16;
/// Milliseconds by which an entry may be ahead of the server's clock.
const LATEST: i64 = 60_000;

impl Space {
    /// Stores a value that the server can read. Returns the signed time, Unix milliseconds, by the server's clock.
    ///
    /// Of writes that run at the same time each is stored, one after the other; the last one stays.
    pub async fn set_plaintext_data(
        &self,
        path: &DataPath,
        value: &[u8],
    ) -> Result<i64, ClientError> {
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
            match self.put(&entry).await {
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
    async fn put(&self, entry: &DataEntry) -> Result<(), ClientError> {
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

    /// Seals a value and stores it. Returns the signed time, Unix milliseconds.
    pub async fn set_encrypted_data(
        &self,
        path: &DataPath,
        value: &[u8],
    ) -> Result<i64, ClientError> {
        self.set_encrypted_data_with(self.inner.keys.data(), path, value)
            .await
    }

    /// [`set_encrypted_data`](Self::set_encrypted_data) with a key of one's own.
    pub async fn set_encrypted_data_with(
        &self,
        key: &Key,
        path: &DataPath,
        value: &[u8],
    ) -> Result<i64, ClientError> {
        let sealed = seal(key, random::<NONCE_LENGTH>()?, value)?;
        self.set_plaintext_data(path, &sealed).await
    }

    /// The entry at a path, as it was signed.
    ///
    /// Its signature and the right of its signer are checked, and it is not older than one that was seen before it was asked for.
    pub async fn data(&self, path: &DataPath) -> Result<DataEntry, ClientError> {
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

    /// The value at a path, as it is stored; empty if a tombstone is there.
    pub async fn plaintext_data(&self, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        let entry = self.data(path).await?;
        encoding::decode(&entry.data).map_err(|error| ClientError::answer("data", error))
    }

    /// Opens the value at a path; empty if a tombstone is there.
    pub async fn encrypted_data(&self, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        self.encrypted_data_with(self.inner.keys.data(), path).await
    }

    /// [`encrypted_data`](Self::encrypted_data) with a key of one's own.
    pub async fn encrypted_data_with(
        &self,
        key: &Key,
        path: &DataPath,
    ) -> Result<Vec<u8>, ClientError> {
        let sealed = self.plaintext_data(path).await?;
        if sealed.is_empty() {
            return Ok(sealed);
        }
        Ok(open(key, &sealed)?)
    }

    /// Removes the entry at a path; removing what is not there succeeds.
    pub async fn delete_data(&self, path: &DataPath) -> Result<(), ClientError> {
        self.source().delete_data(path).await?;
        self.forget_data(path).await
    }
}
