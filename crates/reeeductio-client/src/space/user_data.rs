//! Data entries that a member keeps for itself (wire.md 5): other members see that they are there, and
//! cannot open them.

use reeeductio_core::{Key, user_data_key};
use reeeductio_proto::DataPath;

use super::Space;
use crate::error::ClientError;

impl Space {
    /// Seals a value with the user's own key and stores it. Returns the signed time, Unix milliseconds.
    pub async fn set_encrypted_user_data(
        &self,
        path: &DataPath,
        value: &[u8],
    ) -> Result<i64, ClientError> {
        let (path, key) = self.own(path)?;
        self.set_encrypted_data_with(&key, &path, value).await
    }

    /// Opens a value that was sealed with the user's own key; empty if a tombstone is there.
    pub async fn encrypted_user_data(&self, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        let (path, key) = self.own(path)?;
        self.encrypted_data_with(&key, &path).await
    }

    /// Removes an entry that the member keeps for itself; removing what is not there succeeds.
    pub async fn delete_user_data(&self, path: &DataPath) -> Result<(), ClientError> {
        let (path, _) = self.own(path)?;
        self.delete_data(&path).await
    }

    fn own(&self, path: &DataPath) -> Result<(DataPath, Key), ClientError> {
        let key = self.inner.user_key.as_ref().ok_or_else(|| {
            ClientError::argument(
                "user_key",
                "is needed: open the space with the user's own key",
            )
        })?;
        let path = DataPath::parse(&format!("user/{}/{path}", self.member()))
            .map_err(|error| ClientError::argument("path", error))?;
        Ok((path, user_data_key(key, &self.id())))
    }
}
