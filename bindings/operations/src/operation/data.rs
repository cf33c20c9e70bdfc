//! Data entries.

use reeeductio_client::{ClientError, DataPath, Key, Space};

use super::operations;
use crate::answer::Answer;
use crate::argument::Content;

operations! {
    /// Reads a data entry with its signature.
    DataEntry { path: DataPath } -> Entry,
    /// Reads the value at a data path as it is stored.
    DataValue { path: DataPath } -> Bytes,
    /// Reads and opens the value at a data path, with the space's key for data or with `key`.
    OpenData { path: DataPath, key: Option<Key> } -> Bytes,
    /// Sets the value at a data path: the time with which it is signed.
    SetData { path: DataPath, data: Content, sealed: bool, key: Option<Key> } -> Number,
    /// Removes the value at a data path.
    DeleteData { path: DataPath } -> None,
    /// Reads and opens a value of the user's own.
    OpenUserData { path: DataPath } -> Bytes,
    /// Sets a value of the user's own: the time with which it is signed.
    SetUserData { path: DataPath, data: Content } -> Number,
    /// Removes a value of the user's own.
    DeleteUserData { path: DataPath } -> None,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        let (data_handle, own) = (space.data(), space.user_data());
        Ok(match self {
            Self::DataEntry { path } => data_handle.entry(&path).await?.into(),
            Self::DataValue { path } => data_handle.value(&path).await?.into(),
            Self::OpenData { path, key: None } => data_handle.open(&path).await?.into(),
            Self::OpenData {
                path,
                key: Some(key),
            } => data_handle.open_with(&key, &path).await?.into(),
            Self::SetData {
                path,
                data,
                sealed,
                key,
            } => {
                let content = data.content(sealed, key.as_ref());
                data_handle.set(&path, content).await?.into()
            }
            Self::DeleteData { path } => data_handle.delete(&path).await?.into(),
            Self::OpenUserData { path } => own.open(&path).await?.into(),
            Self::SetUserData { path, data } => own.set(&path, &data.0).await?.into(),
            Self::DeleteUserData { path } => own.delete(&path).await?.into(),
        })
    }
}
