//! Downloading into a file that keeps what came, so that an attempt that broke off is continued.

use std::io::{self, SeekFrom};

use futures_util::StreamExt as _;
use reeeductio_core::{BlobHasher, BlobKey, NONCE_LENGTH, OpenError, Opener, TAG_LENGTH};
use reeeductio_proto::BlobId;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncSeek, AsyncSeekExt as _, AsyncWrite, AsyncWriteExt as _,
};

use super::{Blobs, CHUNK, SEAL, Transferred};
use crate::answer::accepted;
use crate::error::ClientError;
use crate::platform::MaybeSend;

impl Blobs {
    /// Downloads a blob as it is stored into `part`, continuing after the bytes that are in it already, and compares
    /// all of it with the id. Returns how many bytes there are.
    ///
    /// After a network error call it again with the same `part`. After [`ClientError::BlobMismatch`] empty
    /// `part`: its bytes are not of this blob. Before it has returned do not act on the bytes in `part`.
    pub async fn download_into(
        &self,
        id: &BlobId,
        part: &mut (impl AsyncRead + AsyncWrite + AsyncSeek + MaybeSend + Unpin),
        mut progress: impl FnMut(Transferred) + MaybeSend,
    ) -> Result<u64, ClientError> {
        let (mut hasher, mut bytes) = hash(part).await.map_err(failed)?;
        let from = (bytes > 0).then_some(bytes);
        let response = self.0.get_blob(id, from).await?;
        // All of it is there already, or something else is.
        if response.status != 416 || from.is_none() {
            let mut response = accepted(response).await?;
            if response.status != 206 {
                // Servers of the first release know no ranges.
                (hasher, bytes) = (BlobHasher::default(), 0);
                part.seek(SeekFrom::Start(0)).await.map_err(failed)?;
            }
            let total = response.length.map(|length| bytes + length);
            while let Some(chunk) = response.body.next().await {
                let chunk = chunk?;
                hasher.update(&chunk);
                part.write_all(&chunk).await.map_err(failed)?;
                bytes += chunk.len() as u64;
                progress(Transferred { bytes, total });
            }
            part.flush().await.map_err(failed)?;
        }
        let end = part.seek(SeekFrom::End(0)).await.map_err(failed)?;
        if hasher.finish() != *id || end != bytes {
            return Err(ClientError::BlobMismatch(*id));
        }
        Ok(bytes)
    }

    /// Downloads a sealed blob into `part`, like [`download_into`](Self::download_into), and opens
    /// it into `target`. Returns how many bytes were written there.
    ///
    /// Nothing is written to `target` before all of the blob is there and its hash and its tag are right.
    pub async fn download_sealed_into(
        &self,
        id: &BlobId,
        key: &BlobKey,
        part: &mut (impl AsyncRead + AsyncWrite + AsyncSeek + MaybeSend + Unpin),
        target: &mut (impl AsyncWrite + MaybeSend + Unpin),
        progress: impl FnMut(Transferred) + MaybeSend,
    ) -> Result<u64, ClientError> {
        let size = self.download_into(id, part, progress).await?;
        let Some(length) = size.checked_sub(SEAL) else {
            let length = usize::try_from(size).unwrap_or(usize::MAX);
            return Err(OpenError::Length(length).into());
        };
        // First the tag of all of it, then the content.
        let mut opener = begin(key, part).await.map_err(failed)?;
        let mut left = length;
        while let Some(piece) = next_piece(part, &mut left).await.map_err(failed)? {
            opener.absorb(&piece);
        }
        opener.verify(tag(part).await.map_err(failed)?)?;

        let mut opener = begin(key, part).await.map_err(failed)?;
        let mut left = length;
        while let Some(mut piece) = next_piece(part, &mut left).await.map_err(failed)? {
            opener.open(&mut piece)?;
            target.write_all(&piece).await.map_err(failed)?;
        }
        // Once more: `part` may have been changed in between.
        opener.verify(tag(part).await.map_err(failed)?)?;
        target.flush().await.map_err(failed)?;
        Ok(length)
    }
}

/// Hashes what is there, and stops behind it.
async fn hash(part: &mut (impl AsyncRead + AsyncSeek + Unpin)) -> io::Result<(BlobHasher, u64)> {
    part.seek(SeekFrom::Start(0)).await?;
    let (mut hasher, mut bytes) = (BlobHasher::default(), 0);
    let mut left = u64::MAX;
    while let Some(piece) = next_piece(part, &mut left).await? {
        hasher.update(&piece);
        bytes += piece.len() as u64;
    }
    Ok((hasher, bytes))
}

async fn begin(
    key: &BlobKey,
    part: &mut (impl AsyncRead + AsyncSeek + Unpin),
) -> io::Result<Opener> {
    part.seek(SeekFrom::Start(0)).await?;
    let mut nonce = [0; NONCE_LENGTH];
    part.read_exact(&mut nonce).await?;
    Ok(Opener::new(key, nonce))
}

async fn tag(part: &mut (impl AsyncRead + Unpin)) -> io::Result<[u8; TAG_LENGTH]> {
    let mut tag = [0; TAG_LENGTH];
    part.read_exact(&mut tag).await?;
    Ok(tag)
}

/// The next bytes of `left`; `None` when there are no more.
async fn next_piece(
    part: &mut (impl AsyncRead + Unpin),
    left: &mut u64,
) -> io::Result<Option<Vec<u8>>> {
    let mut piece = Vec::with_capacity(CHUNK);
    let most = (CHUNK as u64).min(*left);
    let read = part.take(most).read_to_end(&mut piece).await?;
    *left -= read as u64;
    Ok((read > 0).then_some(piece))
}

fn failed(error: io::Error) -> ClientError {
    ClientError::argument("part", error)
}
