//! Files, where there are any.

use std::path::PathBuf;

use reeeductio_client::{BlobId, ClientError, Key, Space};

use super::operations;
use crate::answer::Answer;
use crate::argument::Report;

operations! {
    /// Downloads a blob to a file, opened if there is a key: the length of the file.
    DownloadFile { blob_id: BlobId, key: Option<Key>, path: PathBuf, progress: Report } -> Number,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        let Self::DownloadFile {
            blob_id,
            key,
            path,
            progress,
        } = self;
        let blobs = space.blobs();
        let download = blobs.download_to_file(&blob_id, key.as_ref(), &path, progress.function());
        let length = download.await?;
        Ok(Answer::Number(i64::try_from(length).unwrap_or(i64::MAX)))
    }
}
