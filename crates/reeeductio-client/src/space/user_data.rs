//! Data entries that a member keeps for itself (wire.md 5).

use reeeductio_core::{Key, user_data_key};
use reeeductio_proto::{DataEntry, DataPath, PathPrefix};

use super::Space;
use super::content::Content;
use super::data_list::DataListing;
use super::data_watch::DataChange;
use super::update::Protection;
use super::watches::Watch;
use crate::error::ClientError;

/// Beginning of the paths of the client's own entries, such as the account.
const RESERVED: &str = "reeeductio";

/// The data entries that a member keeps for itself: other members see that they are there, and cannot open them. Clones share
/// everything.
#[derive(Clone, Debug)]
pub struct UserData(pub(super) Space);

impl UserData {
    /// Seals a value with the user's own key and stores it. Returns the signed time, Unix milliseconds.
    pub async fn set(&self, path: &DataPath, value: &[u8]) -> Result<i64, ClientError> {
        let (path, key) = self.own(path)?;
        let content = Content::SealedWith(&key, value);
        self.0.data().set(&path, content).await
    }

    /// The entry at a path, as [`Data::entry`](super::Data::entry) gives it: its path begins with `user/` and the member's id.
    pub async fn entry(&self, path: &DataPath) -> Result<DataEntry, ClientError> {
        let (path, _) = self.own(path)?;
        self.0.data().entry(&path).await
    }

    /// The entry at a path as it was seen last, as [`Data::stored`](super::Data::stored) gives it.
    pub async fn stored(&self, path: &DataPath) -> Result<Option<DataEntry>, ClientError> {
        let (path, _) = self.own(path)?;
        self.0.data().stored(&path).await
    }

    /// Opens a value that was sealed with the user's own key; empty if a tombstone is there.
    pub async fn open(&self, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        let (path, key) = self.own(path)?;
        self.0.data().open_with(&key, &path).await
    }

    /// Changes a value by a function of the one that is there, as [`Data::update`](super::Data::update) does.
    pub async fn update(
        &self,
        path: &DataPath,
        change: impl FnMut(Option<&[u8]>) -> Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let (path, key) = self.own(path)?;
        let protection = Protection::SealedWith(&key);
        self.0.data().update_as(&path, protection, change).await
    }

    /// The entries at a path and below it, as [`Data::list`](super::Data::list) gives them: their paths begin with `user/` and the member's
    /// id.
    pub async fn list(&self, prefix: &PathPrefix) -> Result<DataListing, ClientError> {
        self.0.data().list(&self.own_prefix(prefix)?).await
    }

    /// Follows the entries at a path and below it, as [`Data::watch`](super::Data::watch) does.
    pub async fn watch(&self, prefix: &PathPrefix) -> Result<Watch<DataChange>, ClientError> {
        self.0.data().watch(&self.own_prefix(prefix)?).await
    }

    /// Opens an entry that was listed or watched with the user's own key; empty if it is a tombstone.
    pub fn open_entry(&self, entry: &DataEntry) -> Result<Vec<u8>, ClientError> {
        self.0.data().open_entry_with(&self.key()?, entry)
    }

    /// Removes an entry; removing one that is not there succeeds.
    pub async fn delete(&self, path: &DataPath) -> Result<(), ClientError> {
        let (path, _) = self.own(path)?;
        self.0.data().delete(&path).await
    }

    fn key(&self) -> Result<Key, ClientError> {
        let key = self.0.inner.user_key.as_ref().ok_or_else(|| {
            ClientError::argument(
                "user_key",
                "is needed: open the space with the user's own key",
            )
        })?;
        Ok(user_data_key(key, &self.0.id()))
    }

    fn own(&self, path: &DataPath) -> Result<(DataPath, Key), ClientError> {
        let key = self.key()?;
        if path.as_str().split('/').next() == Some(RESERVED) {
            let problem = "begins with reeeductio/, which is for the client's own entries";
            return Err(ClientError::argument("path", problem));
        }
        let path = DataPath::parse(&format!("user/{}/{path}", self.0.member()))
            .map_err(|error| ClientError::argument("path", error))?;
        Ok((path, key))
    }

    fn own_prefix(&self, prefix: &PathPrefix) -> Result<PathPrefix, ClientError> {
        // Nothing that is found could be opened without.
        self.key()?;
        PathPrefix::parse(&format!("user/{}/{prefix}", self.0.member()))
            .map_err(|error| ClientError::argument("prefix", error))
    }
}
