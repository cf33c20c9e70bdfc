//! The credentials by which a space is opened again: bytes that only the client reads, one record for each space.

use std::sync::Arc;

use reeeductio_proto::SpaceId;
use zeroize::{Zeroize as _, Zeroizing};

use super::key::{Key, Kind};
use super::{Records, value};
use crate::store::{Change, Durability, Store, StoreError};

impl Records {
    /// The credentials for the space; `None` if there are none.
    pub async fn credentials(&self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let key = self.credentials_key();
        let Some(value) = self.value(&key).await?.map(Zeroizing::new) else {
            return Ok(None);
        };
        Ok(Some(value::read_bytes(key.bytes(), &value)?.into()))
    }

    /// Keeps credentials unless there are some, and returns those that are kept: of two processes that do this at once, both get
    /// the same. They survive a loss of power once this returns.
    pub async fn add_credentials(&self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        loop {
            let key = self.credentials_key();
            let change = Change::Insert {
                value: value::bytes(key.bytes(), bytes.to_vec()),
                key: key.into_bytes(),
                with: Vec::new(),
            };
            self.commit_credentials(change).await?;
            // Another process may have removed them.
            if let Some(kept) = self.credentials().await? {
                return Ok(kept);
            }
        }
    }

    /// Replaces the credentials. They survive a loss of power once this returns.
    pub async fn put_credentials(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let key = self.credentials_key();
        let value = value::bytes(key.bytes(), bytes.to_vec());
        let key = key.into_bytes();
        self.commit_credentials(Change::Put { key, value }).await
    }

    /// Deletes the credentials. All other records of the space stay.
    pub async fn delete_credentials(&self) -> Result<(), StoreError> {
        let key = self.credentials_key().into_bytes();
        self.commit_credentials(Change::Delete { key }).await
    }

    fn credentials_key(&self) -> Key {
        Key::of(Kind::Credentials, &self.space)
    }

    async fn commit_credentials(&self, change: Change) -> Result<(), StoreError> {
        self.check_format().await?;
        let changes = vec![change, super::format_record()];
        self.store.commit(changes, Durability::Disk).await
    }
}

/// The credentials for all spaces, sorted by the spaces' public keys.
pub async fn all_credentials(
    store: &Arc<dyn Store>,
) -> Result<Vec<(SpaceId, Zeroizing<Vec<u8>>)>, StoreError> {
    super::format::check(&**store).await?;
    let (from, to) = Key::all(Kind::Credentials).range();
    let mut pairs = super::pairs(&**store, from, to, usize::MAX, false).await?;
    let read = pairs
        .iter()
        .map(|(key, value)| Ok((value::space(key)?, value::read_bytes(key, value)?.into())))
        .collect();
    for (_, value) in &mut pairs {
        value.zeroize();
    }
    read
}
