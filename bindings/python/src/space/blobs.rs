//! Blobs.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use reeeductio_client::{ClientError, argument};

use super::Space;
use crate::failure::Failure;
use crate::pending::Pending;
use crate::progress::reporter;
use crate::source::Source;

#[pymethods]
impl Space {
    fn upload_blob(&self, data: Vec<u8>) -> Pending {
        let space = self.0.clone();
        Pending::new(async move {
            let size = data.len();
            let id = space.blobs().upload(data).await?;
            Ok::<_, ClientError>((id.to_string(), size))
        })
    }

    /// The id, the size of what is stored, and the key.
    fn upload_encrypted_blob(&self, data: PyBackedBytes) -> Pending {
        let space = self.0.clone();
        Pending::new(async move {
            let (id, key) = space.blobs().upload_sealed(&data).await?;
            let size = data.len() + reeeductio_core::NONCE_LENGTH + 16;
            Ok::<_, ClientError>((id.to_string(), size, key.expose().to_vec()))
        })
    }

    fn download_blob(&self, blob: &str) -> Result<Pending, Failure> {
        let (space, blob) = (self.0.clone(), argument::blob(blob)?);
        Ok(Pending::new(async move {
            space.blobs().download(&blob).await?.bytes().await
        }))
    }

    fn download_encrypted_blob(&self, blob: &str, key: &[u8]) -> Result<Pending, Failure> {
        let (space, blob) = (self.0.clone(), argument::blob(blob)?);
        let key = argument::key("key", key)?;
        Ok(Pending::new(async move {
            space.blobs().download_sealed(&blob, &key).await
        }))
    }

    fn delete_blob(&self, blob: &str) -> Result<Pending, Failure> {
        let (space, blob) = (self.0.clone(), argument::blob(blob)?);
        Ok(Pending::new(
            async move { space.blobs().delete(&blob).await },
        ))
    }

    /// Uploads what a seekable file object gives from its beginning: the id, and the size of what is stored.
    fn upload_file(&self, file: Py<PyAny>, progress: Option<Py<PyAny>>) -> Pending {
        let space = self.0.clone();
        let (report, calls) = reporter(progress);
        Pending::with_calls(calls, async move {
            let (source, size) = Source::measured(file).await?;
            let id = space.blobs().upload_from(source, report).await?;
            Ok::<_, Failure>((id.to_string(), size))
        })
    }

    /// The same, sealed: the id, the size of what is stored, and the key.
    fn upload_encrypted_file(&self, file: Py<PyAny>, progress: Option<Py<PyAny>>) -> Pending {
        let space = self.0.clone();
        let (report, calls) = reporter(progress);
        Pending::with_calls(calls, async move {
            let source = Source::new(file);
            let done = space.blobs().upload_sealed_from(source, report).await?;
            let key = done.key.expose().to_vec();
            Ok::<_, ClientError>((done.id.to_string(), done.size, key))
        })
    }

    /// Downloads to a path, opened with `key` if there is one: the length of the file.
    fn download_file(
        &self,
        blob: &str,
        key: Option<&[u8]>,
        path: PathBuf,
        progress: Option<Py<PyAny>>,
    ) -> Result<Pending, Failure> {
        let (space, blob) = (self.0.clone(), argument::blob(blob)?);
        let key = key.map(|key| argument::key("dek", key)).transpose()?;
        let (report, calls) = reporter(progress);
        Ok(Pending::with_calls(calls, async move {
            space
                .blobs()
                .download_to_file(&blob, key.as_ref(), &path, report)
                .await
        }))
    }
}
