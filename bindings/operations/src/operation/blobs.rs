//! Blobs.

use std::io::SeekFrom;

use futures_util::StreamExt as _;
use futures_util::stream::{iter, unfold};
use reeeductio_client::{BlobId, BlobPieces, ClientError, Key, Space};
use reeeductio_core::{NONCE_LENGTH, SealedBlob, TAG_LENGTH};
use tokio::io::AsyncSeekExt as _;

use super::operations;
use crate::answer::{Answer, Items};
use crate::argument::Report;
use crate::signature::AnswerType;
use crate::value::Source;

operations! {
    /// Uploads bytes as they are.
    UploadBlob { data: Vec<u8> } -> Blob,
    /// Seals bytes with a key of their own and uploads them.
    UploadSealedBlob { data: Vec<u8> } -> SealedBlob,
    /// Uploads as it is what is read piece by piece.
    UploadFile { file: Box<dyn Source>, progress: Report } -> Blob,
    /// Seals what is read piece by piece with a key of its own and uploads it.
    UploadSealedFile { file: Box<dyn Source>, progress: Report } -> SealedBlob,
    /// Downloads a blob as it is stored.
    DownloadBlob { blob_id: BlobId, progress: Report } -> Bytes,
    /// Downloads and opens a blob.
    DownloadSealedBlob { blob_id: BlobId, key: Key, progress: Report } -> Bytes,
    /// Downloads a blob piece by piece, and opens it with `key`: its length as it is stored, if that is known, and its pieces.
    DownloadPieces { blob_id: BlobId, key: Option<Key> } -> Pieces,
    /// Removes a blob from the space.
    DeleteBlob { blob_id: BlobId } -> None,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        let blobs = space.blobs();
        Ok(match self {
            Self::UploadBlob { data } => {
                let size = data.len() as u64;
                Answer::Blob(blobs.upload(data).await?, size)
            }
            Self::UploadSealedBlob { data } => {
                let (id, key) = blobs.upload_sealed(&data).await?;
                let size = data.len() + NONCE_LENGTH + TAG_LENGTH;
                Answer::SealedBlob(id, size as u64, key)
            }
            Self::UploadFile { mut file, progress } => {
                let size = file
                    .seek(SeekFrom::End(0))
                    .await
                    .map_err(|error| unreadable(&error))?;
                let id = blobs.upload_from(file, progress.function()).await?;
                Answer::Blob(id, size)
            }
            Self::UploadSealedFile { file, progress } => blobs
                .upload_sealed_from(file, progress.function())
                .await?
                .into(),
            Self::DownloadBlob { blob_id, progress } => {
                let download = blobs.download(&blob_id).await?;
                download.collect(progress.function()).await?.into()
            }
            Self::DownloadSealedBlob {
                blob_id,
                key,
                progress,
            } => {
                let download = blobs.download(&blob_id).await?;
                let sealed = download.collect(progress.function()).await?;
                SealedBlob::open(&key, &sealed)?.into()
            }
            Self::DownloadPieces { blob_id, key } => {
                let pieces = blobs.pieces(&blob_id, key.as_ref()).await?;
                Answer::Stream(AnswerType::Pieces, shown(pieces))
            }
            Self::DeleteBlob { blob_id } => blobs.delete(&blob_id).await?.into(),
        })
    }
}

/// The length, if it is known, and the pieces.
fn shown(pieces: BlobPieces) -> Items {
    let length = pieces
        .length()
        .and_then(|length| i64::try_from(length).ok());
    let length = iter(length.map(|length| Ok(Answer::Number(length))));
    let pieces = unfold(pieces, |mut pieces| async {
        let piece = pieces.next().await.transpose()?;
        Some((piece.map(Answer::from), pieces))
    });
    Items::new(length.chain(pieces))
}

fn unreadable(error: &std::io::Error) -> ClientError {
    ClientError::Argument {
        field: "file",
        message: error.to_string(),
    }
}
