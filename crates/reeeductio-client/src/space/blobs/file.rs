//! Downloading to a path: the file is there when it is whole and right, and not before.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use reeeductio_core::BlobKey;
use reeeductio_proto::BlobId;
use tokio::fs::{self, File, OpenOptions};

use super::{Blobs, Transferred};
use crate::error::ClientError;

impl Blobs {
    /// Downloads a blob to a file, opening it with `key` if there is one. Returns the file's length.
    ///
    /// Bytes that came are kept in a file of the same name with `.part` at the end, as they are stored; a later call
    /// continues it, or begins again if they turn out to be of another blob. The file itself appears, or takes the place of another, when the blob's hash, and the
    /// tag of a sealed one, have been checked.
    pub async fn download_to_file(
        &self,
        id: &BlobId,
        key: Option<&BlobKey>,
        path: &Path,
        mut progress: impl FnMut(Transferred) + Send,
    ) -> Result<u64, ClientError> {
        let part_path = beside(path, ".part");
        let mut part = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&part_path)
            .await
            .map_err(failed)?;
        let mut resumed = part.metadata().await.map_err(failed)?.len() > 0;
        let (ready, result) = loop {
            let (ready, result) = match key {
                None => {
                    let result = self.download_into(id, &mut part, &mut progress).await;
                    part.sync_all().await.map_err(failed)?;
                    (part_path.clone(), result)
                }
                Some(key) => {
                    let opened_path = beside(path, ".opened");
                    let mut opened = File::create(&opened_path).await.map_err(failed)?;
                    let result = self
                        .download_sealed_into(id, key, &mut part, &mut opened, &mut progress)
                        .await;
                    opened.sync_all().await.map_err(failed)?;
                    (opened_path, result)
                }
            };
            // The part may be of another blob, or damaged, which is no fault of the server.
            if !(resumed && matches!(result, Err(ClientError::BlobMismatch(_)))) {
                break (ready, result);
            }
            resumed = false;
            part.set_len(0).await.map_err(failed)?;
        };
        match result {
            Ok(length) => {
                fs::rename(&ready, path).await.map_err(failed)?;
                if key.is_some() {
                    fs::remove_file(&part_path).await.map_err(failed)?;
                }
                Ok(length)
            }
            Err(error) => {
                if key.is_some() {
                    fs::remove_file(&ready).await.map_err(failed)?;
                }
                // Bytes that are not of this blob are of no use to a later call.
                if matches!(error, ClientError::BlobMismatch(_)) {
                    fs::remove_file(&part_path).await.map_err(failed)?;
                }
                Err(error)
            }
        }
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

fn failed(error: io::Error) -> ClientError {
    ClientError::argument("path", error)
}
