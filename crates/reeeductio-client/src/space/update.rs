//! Changing a value by a function of the one that is there.

use std::fmt;

use reeeductio_core::Key;
use reeeductio_proto::api::{DataBody, DataReplacement};
use reeeductio_proto::{DataEntry, DataPath, ErrorCode, StatePath, TopicId, encoding};

use super::Space;
use super::content::{Content, open_value};
use super::posting::longest_pause;
use super::retry::Persistence;
use super::topic::Place;
use crate::error::ClientError;
use crate::transport::TransportError;

/// Attempts to change a value that others change at the same time.
const ATTEMPTS: u32 = 64;

/// How a value is protected.
#[derive(Clone, Copy, Default)]
pub enum Protection<'a> {
    /// Stored as it is: the server, and anybody who reads its disk, can read it.
    Plain,
    /// Sealed with the space's key for the state or the data: every member can open it.
    #[default]
    Sealed,
    /// Sealed with a key of one's own.
    SealedWith(&'a Key),
}

impl Protection<'_> {
    /// The value that is stored as `data`; `None` if that is empty.
    fn open(
        self,
        data: &str,
        space_key: impl FnOnce() -> Key,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let stored = encoding::decode(data).map_err(|error| ClientError::answer("data", error))?;
        if stored.is_empty() {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::Plain => stored,
            Self::Sealed => open_value(&space_key(), stored)?,
            Self::SealedWith(key) => open_value(key, stored)?,
        }))
    }

    /// The bytes to store for a new value; none for no value.
    fn stored(
        self,
        value: Option<&[u8]>,
        space_key: impl FnOnce() -> Key,
    ) -> Result<Vec<u8>, ClientError> {
        let content = value.map_or(Content::Plain(b""), |value| match self {
            Self::Plain => Content::Plain(value),
            Self::Sealed => Content::Sealed(value),
            Self::SealedWith(key) => Content::SealedWith(key, value),
        });
        Ok(content.stored(space_key)?.into_owned())
    }
}

impl fmt::Debug for Protection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "Plain",
            Self::Sealed => "Sealed",
            Self::SealedWith(_) => "SealedWith",
        })
    }
}

impl Space {
    /// Changes the entry of the state at a path.
    pub(super) async fn update_state(
        &self,
        path: &StatePath,
        protection: Protection<'_>,
        mut change: impl FnMut(Option<&[u8]>) -> Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let key = || self.keys().state();
        let topic = TopicId::state();
        for attempt in 0..ATTEMPTS {
            self.state().readable(path).await?;
            // Together: nothing is stored between this entry and the head.
            let (head, entry) = self.with_replica(|replica| {
                let state = replica.state();
                (state.head(), state.entry(path))
            });
            let old = match entry {
                Some(position) => protection.open(&self.entry_at(position).await?.data, key)?,
                None => None,
            };
            let new = change(old.as_deref());
            if new == old {
                return Ok(new);
            }
            let value = protection.stored(new.as_deref(), key)?;
            let place = Place::After(head.map(|head| head.hash));
            match self.post(&topic, path.as_str(), &value, place).await {
                Ok(_) => return Ok(new),
                Err(error) if error.code() == Some(ErrorCode::ChainConflict) => {}
                Err(error) => return Err(error),
            }
            self.inner.jitter.pause(longest_pause(attempt)).await;
        }
        Err(ClientError::Conflict {
            topic: topic.to_string(),
            attempts: ATTEMPTS,
        })
    }

    /// Changes the data entry at a path.
    pub(super) async fn update_data(
        &self,
        path: &DataPath,
        protection: Protection<'_>,
        mut change: impl FnMut(Option<&[u8]>) -> Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let key = || self.keys().data().clone();
        let _turn = self.inner.data_turns.of(path).await;
        let (mut attempt, mut asked) = (0, false);
        loop {
            let there = match self.data_entry(path).await {
                Ok(entry) => Some(entry),
                Err(error) if error.code() == Some(ErrorCode::DataNotFound) => None,
                Err(error) => return Err(error),
            };
            let old = match &there {
                Some(entry) => protection.open(&entry.data, key)?,
                None => None,
            };
            let new = change(old.as_deref());
            if new == old {
                return Ok(new);
            }
            let value = protection.stored(new.as_deref(), key)?;
            let entry = self.sign_data(path, &value, None).await?;
            let mut persistence = Persistence::new(&self.inner.jitter);
            match self
                .send_replacement(&entry, there.as_ref(), &mut persistence)
                .await
            {
                Ok(()) => {
                    self.keep_own_data(entry).await;
                    return Ok(new);
                }
                Err(error) if persistence.in_doubt() => {
                    self.settle(entry, error).await?;
                    return Ok(new);
                }
                Err(error) if error.code() == Some(ErrorCode::DataStale) => {
                    attempt += 1;
                    if attempt >= ATTEMPTS {
                        return Err(error);
                    }
                    self.inner.jitter.pause(longest_pause(attempt)).await;
                }
                Err(error) if error.code() == Some(ErrorCode::DataClockSkew) && !asked => {
                    self.source().ask_now().await?;
                    asked = true;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Finds out whether an entry is stored although an answer was lost and `error` followed. If another one is there, this one may
    /// have been stored and replaced since: to change the value once more could count it twice.
    async fn settle(&self, entry: DataEntry, error: ClientError) -> Result<(), ClientError> {
        let there = self.data_entry(&entry.path).await;
        if there.is_ok_and(|there| there.signature == entry.signature) {
            self.keep_own_data(entry).await;
            return Ok(());
        }
        if error.code() == Some(ErrorCode::DataStale) {
            return Err(error);
        }
        let lost = format!("an answer was lost, so the change may have been stored; then: {error}");
        Err(TransportError::Failed(lost).into())
    }

    /// Sends an entry until it is decided whether it took the place of the other: to send the same one twice changes nothing.
    async fn send_replacement(
        &self,
        entry: &DataEntry,
        replaced: Option<&DataEntry>,
        persistence: &mut Persistence<'_>,
    ) -> Result<(), ClientError> {
        let replacement = DataReplacement {
            entry: DataBody::from(entry),
            replaces: replaced.map(|replaced| replaced.signature.to_string()),
        };
        loop {
            match self.source().replace_data(&entry.path, &replacement).await {
                Err(error) if persistence.is_worth_it(&error).await => {}
                other => return other,
            }
        }
    }
}
