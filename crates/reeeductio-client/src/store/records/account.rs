//! The user of an app that is signed in on this machine: its name, and no secret.

use reeeductio_proto::MemberId;

use super::key::{Key, Kind};
use super::{Records, value};
use crate::store::{Change, Durability, StoreError};

/// Layout of the record.
const VERSION: u8 = 1;

/// A user of an app, as it is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountRecord {
    /// The user.
    pub user: MemberId,
    /// Its name.
    pub username: String,
}

impl Records {
    /// The user that is signed in, if one is. The space is the app's.
    pub async fn account(&self) -> Result<Option<AccountRecord>, StoreError> {
        let key = self.account_key();
        let Some(kept) = self.value(&key).await? else {
            return Ok(None);
        };
        let bytes = value::read_bytes(key.bytes(), &kept)?;
        let read = || {
            let (version, rest) = bytes.split_first()?;
            let (user, name) = rest.split_first_chunk::<33>()?;
            Some(AccountRecord {
                user: MemberId::from_bytes(user)
                    .ok()
                    .filter(|_| *version == VERSION)?,
                username: String::from_utf8(name.to_vec()).ok()?,
            })
        };
        let damaged = || StoreError::Damaged("the record of the user cannot be read".to_owned());
        Ok(Some(read().ok_or_else(damaged)?))
    }

    /// Keeps who is signed in. It survives a loss of power once this returns.
    pub async fn put_account(&self, account: &AccountRecord) -> Result<(), StoreError> {
        let key = self.account_key();
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&account.user.to_bytes());
        bytes.extend_from_slice(account.username.as_bytes());
        let value = value::bytes(key.bytes(), bytes);
        let key = key.into_bytes();
        self.commit_account(Change::Put { key, value }).await
    }

    /// Forgets who is signed in.
    pub async fn delete_account(&self) -> Result<(), StoreError> {
        let key = self.account_key().into_bytes();
        self.commit_account(Change::Delete { key }).await
    }

    fn account_key(&self) -> Key {
        Key::of(Kind::Account, &self.space)
    }

    async fn commit_account(&self, change: Change) -> Result<(), StoreError> {
        self.check_format().await?;
        let changes = vec![change, super::format_record()];
        self.store.commit(changes, Durability::Disk).await
    }
}
