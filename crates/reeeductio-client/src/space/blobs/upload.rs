//! Uploading from readers: memory stays small whatever the length.

use std::io::{self, SeekFrom};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream;
use reeeductio_core::{BlobHasher, BlobKey, Key, NONCE_LENGTH, Sealer, TAG_LENGTH};
use reeeductio_proto::BlobId;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncSeek, AsyncSeekExt as _, Take};

use super::{CHUNK, SEAL, Transferred};
use crate::error::ClientError;
use crate::platform::{Movable, PortableStream, random};
use crate::space::Space;
use crate::transport::{Body, TransportError};

/// A sealed blob that the server has stored.
#[derive(Clone, Debug)]
pub struct UploadedBlob {
    /// Its id, which the server knows.
    pub id: BlobId,
    /// Bytes as they are stored.
    pub size: u64,
    /// What opens it. The server must not see it.
    pub key: BlobKey,
}

impl Space {
    /// Uploads what a reader gives from its beginning, never holding all of it: once to compute the id, and
    /// once more to send.
    pub async fn upload_blob_from(
        &self,
        source: impl AsyncRead + AsyncSeek + Movable + Unpin + 'static,
        progress: impl FnMut(Transferred) + Movable + 'static,
    ) -> Result<BlobId, ClientError> {
        self.upload_chunks(source, None, progress)
            .await
            .map(|(id, _)| id)
    }

    /// Seals what a reader gives from its beginning with a key of its own and uploads it, never holding all
    /// of it: once to compute the id, and once more to send. Keep the id and the key.
    ///
    /// If the source changes in between, the server refuses.
    pub async fn upload_encrypted_blob_from(
        &self,
        source: impl AsyncRead + AsyncSeek + Movable + Unpin + 'static,
        progress: impl FnMut(Transferred) + Movable + 'static,
    ) -> Result<UploadedBlob, ClientError> {
        let key = Key::new(random()?);
        let nonce = random()?;
        let seal = Some((key.clone(), nonce));
        let (id, size) = self.upload_chunks(source, seal, progress).await?;
        Ok(UploadedBlob { id, size, key })
    }

    async fn upload_chunks(
        &self,
        mut source: impl AsyncRead + AsyncSeek + Movable + Unpin + 'static,
        seal: Option<(Key, [u8; NONCE_LENGTH])>,
        mut progress: impl FnMut(Transferred) + Movable + 'static,
    ) -> Result<(BlobId, u64), ClientError> {
        let failed = |error: io::Error| TransportError::Source(error.to_string());
        // A source that cannot tell its length is read all the same.
        if let Ok(length) = source.seek(SeekFrom::End(0)).await {
            let sealing = if seal.is_some() { SEAL } else { 0 };
            self.check_upload(length.saturating_add(sealing), seal.is_some())
                .await?;
        }
        source.seek(SeekFrom::Start(0)).await.map_err(failed)?;
        let mut hasher = BlobHasher::default();
        let mut size = 0;
        let mut chunks = Chunks::new(source.take(u64::MAX), seal.as_ref());
        while let Some(chunk) = chunks.next_chunk().await.map_err(failed)? {
            size += chunk.len() as u64;
            hasher.update(&chunk);
        }
        let read = chunks.read;
        let mut source = chunks.source.into_inner();
        source.seek(SeekFrom::Start(0)).await.map_err(failed)?;
        let id = hasher.finish();
        // No more than was hashed, should the source have grown.
        let chunks = Chunks::new(source.take(read), seal.as_ref()).into_stream();
        let mut bytes = 0;
        let chunks = chunks.inspect(move |chunk| {
            if let Ok(chunk) = chunk {
                bytes += chunk.len() as u64;
                let total = Some(size);
                progress(Transferred { bytes, total });
            }
        });
        let body = Body::Stream {
            length: size,
            chunks: Box::pin(chunks),
        };
        self.put_blob_once(id, size, body).await?;
        Ok((id, size))
    }
}

/// A reader in pieces, sealed if there is something to seal with.
struct Chunks<R> {
    source: Take<R>,
    sealer: Option<Sealer>,
    /// The nonce, until it has gone out.
    nonce: Option<[u8; NONCE_LENGTH]>,
    /// Bytes taken from the source.
    read: u64,
}

impl<R: AsyncRead + Movable + Unpin + 'static> Chunks<R> {
    fn new(source: Take<R>, seal: Option<&(Key, [u8; NONCE_LENGTH])>) -> Self {
        Self {
            source,
            sealer: seal.map(|(key, nonce)| Sealer::new(key, *nonce)),
            nonce: seal.map(|(_, nonce)| *nonce),
            read: 0,
        }
    }

    async fn next_chunk(&mut self) -> io::Result<Option<Bytes>> {
        let mut chunk = BytesMut::with_capacity(NONCE_LENGTH + CHUNK + TAG_LENGTH);
        chunk.extend_from_slice(self.nonce.take().as_ref().map_or(&[], |nonce| nonce));
        let mut content = Vec::with_capacity(CHUNK);
        let mut piece = (&mut self.source).take(CHUNK as u64);
        let read = piece.read_to_end(&mut content).await?;
        self.read += read as u64;
        match self.sealer.take() {
            None if read == 0 => return Ok(None),
            None => return Ok(Some(content.into())),
            Some(sealer) if read == 0 => chunk.extend_from_slice(&sealer.finish()),
            Some(mut sealer) => {
                sealer.seal(&mut content).map_err(io::Error::other)?;
                chunk.extend_from_slice(&content);
                self.sealer = Some(sealer);
            }
        }
        Ok(Some(chunk.freeze()))
    }

    fn into_stream(self) -> PortableStream<'static, io::Result<Bytes>> {
        Box::pin(stream::try_unfold(self, |mut chunks| async {
            let chunk = chunks.next_chunk().await?;
            Ok(chunk.map(|chunk| (chunk, chunks)))
        }))
    }
}
