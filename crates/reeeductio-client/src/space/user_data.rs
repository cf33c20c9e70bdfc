//! Data entries that a member keeps for itself (wire.md 5).

use reeeductio_core::{Key, user_data_key};
use reeeductio_proto::DataPath;

use super::Space;
use super::content::Content;
use crate::error::ClientError;

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

    /// Opens a value that was sealed with the user's own key; empty if a tombstone is there.
    pub async fn open(&self, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        let (path, key) = self.own(path)?;
        self.0.data().open_with(&key, &path).await
    }

    /// Removes an entry; removing one that is not there succeeds.
    pub async fn delete(&self, path: &DataPath) -> Result<(), ClientError> {
        let (path, _) = self.own(path)?;
        self.0.data().delete(&path).await
    }

    fn own(&self, path: &DataPath) -> Result<(DataPath, Key), ClientError> {
        let key = self.0.inner.user_key.as_ref().ok_or_else(|| {
            ClientError::argument(
                "user_key",
                "is needed: open the space with the user's own key",
            )
        })?;
        let path = DataPath::parse(&format!("user/{}/{path}", self.0.member()))
            .map_err(|error| ClientError::argument("path", error))?;
        Ok((path, user_data_key(key, &self.0.id())))
    }
}
