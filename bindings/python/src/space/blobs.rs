//! Blobs.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use reeeductio_client::ClientError;

use super::Space;
use crate::argument;
use crate::failure::Failure;
use crate::pending::Pending;

#[pymethods]
impl Space {
    fn upload_blob(&self, data: Vec<u8>) -> Pending {
        let space = self.0.clone();
        Pending::new(async move {
            let size = data.len();
            let id = space.upload_blob(data).await?;
            Ok::<_, ClientError>((id.to_string(), size))
        })
    }

    /// The id, the size of what is stored, and the key.
    fn upload_encrypted_blob(&self, data: PyBackedBytes) -> Pending {
        let space = self.0.clone();
        Pending::new(async move {
            let (id, key) = space.upload_encrypted_blob(&data).await?;
            let size = data.len() + reeeductio_core::NONCE_LENGTH + 16;
            Ok::<_, ClientError>((id.to_string(), size, key.expose().to_vec()))
        })
    }

    fn download_blob(&self, blob: &str) -> Result<Pending, Failure> {
        let (space, blob) = (self.0.clone(), argument::blob(blob)?);
        Ok(Pending::new(async move {
            space.download_blob(&blob).await?.bytes().await
        }))
    }

    fn download_encrypted_blob(&self, blob: &str, key: &[u8]) -> Result<Pending, Failure> {
        let (space, blob) = (self.0.clone(), argument::blob(blob)?);
        let key = argument::key("key", key)?;
        Ok(Pending::new(async move {
            space.download_encrypted_blob(&blob, &key).await
        }))
    }

    fn delete_blob(&self, blob: &str) -> Result<Pending, Failure> {
        let (space, blob) = (self.0.clone(), argument::blob(blob)?);
        Ok(Pending::new(async move { space.delete_blob(&blob).await }))
    }
}
