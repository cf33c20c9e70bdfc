//! Uploading from readers: memory stays small whatever the length.

use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::sync::{Arc, Mutex as Lock, OnceLock, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream;
use reeeductio_core::{BlobHasher, BlobKey, Key, NONCE_LENGTH, Sealer, TAG_LENGTH};
use reeeductio_proto::BlobId;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncSeek, AsyncSeekExt as _, Take};
use tokio::sync::Mutex;

use super::{Blobs, CHUNK, SEAL, Transferred};
use crate::error::ClientError;
use crate::platform::{BoxStream, MaybeSend, random};
use crate::space::retry::Persistence;
use crate::transport::{Body, TransportError};

/// A sealed blob that the server has stored.
#[derive(Clone, Debug)]
pub struct UploadedBlob {
    /// Its id, which the server knows.
    pub id: BlobId,
    /// Bytes as they are stored.
    pub size: u64,
    /// The key that opens it. The server must not see it.
    pub key: BlobKey,
}

impl Blobs {
    /// Uploads what a reader gives from its beginning, never holding all of it: once to compute the id, and
    /// once more to send. A long one that the server would refuse is refused before it is read. If the
    /// connection breaks it is sent again, and `progress` begins again.
    pub async fn upload_from(
        &self,
        source: impl AsyncRead + AsyncSeek + MaybeSend + Unpin + 'static,
        progress: impl FnMut(Transferred) + MaybeSend + 'static,
    ) -> Result<BlobId, ClientError> {
        self.upload_chunks(source, None, progress)
            .await
            .map(|(id, _)| id)
    }

    /// Seals what a reader gives from its beginning with a key of its own and uploads it, never holding all
    /// of it: once to compute the id, and once more to send. A long one that the server would refuse is refused
    /// before it is read. Keep the id and the key.
    ///
    /// If the source changes in between, the server refuses.
    pub async fn upload_sealed_from(
        &self,
        source: impl AsyncRead + AsyncSeek + MaybeSend + Unpin + 'static,
        progress: impl FnMut(Transferred) + MaybeSend + 'static,
    ) -> Result<UploadedBlob, ClientError> {
        let key = Key::new(random()?);
        let nonce = random()?;
        let seal = Some((key.clone(), nonce));
        let (id, size) = self.upload_chunks(source, seal, progress).await?;
        Ok(UploadedBlob { id, size, key })
    }

    async fn upload_chunks(
        &self,
        mut source: impl AsyncRead + AsyncSeek + MaybeSend + Unpin + 'static,
        seal: Option<(Key, [u8; NONCE_LENGTH])>,
        progress: impl FnMut(Transferred) + MaybeSend + 'static,
    ) -> Result<(BlobId, u64), ClientError> {
        let failed = |error: io::Error| TransportError::Source(error.to_string());
        // A source that cannot tell its length is read all the same.
        if let Ok(length) = source.seek(SeekFrom::End(0)).await {
            let sealing = if seal.is_some() { SEAL } else { 0 };
            self.0
                .check_upload(length.saturating_add(sealing), seal.is_some())
                .await?;
        }
        source.seek(SeekFrom::Start(0)).await.map_err(failed)?;
        let mut hasher = BlobHasher::default();
        let mut size = 0;
        let mut chunks = Chunks::new((&mut source).take(u64::MAX), seal.as_ref());
        while let Some(chunk) = chunks.next_chunk().await.map_err(failed)? {
            size += chunk.len() as u64;
            hasher.update(&chunk);
        }
        let read = chunks.read;
        let id = hasher.finish();
        let source = Arc::new(Mutex::new(source));
        let progress = Arc::new(Lock::new(progress));
        let broken = Arc::new(OnceLock::new());
        let mut persistence = Persistence::new(&self.0.inner.jitter);
        loop {
            // The transport drops a body when its request has ended, and the source is free again.
            let mut source = Arc::clone(&source).lock_owned().await;
            source.seek(SeekFrom::Start(0)).await.map_err(failed)?;
            // No more than was hashed, should the source have grown.
            let chunks = Chunks::new(Pin::new(source).take(read), seal.as_ref()).into_stream();
            let body = Body::Stream {
                length: size,
                chunks: watched(chunks, size, Arc::clone(&progress), Arc::clone(&broken)),
            };
            let sent = self.0.put_blob_once(id, size, body).await;
            if let (Err(_), Some(broken)) = (&sent, broken.get()) {
                return Err(TransportError::Source(broken.clone()).into());
            }
            match sent {
                Err(error) if persistence.is_worth_it(&error).await => {
                    // A source may change, and one key and nonce must not seal two contents: what was sealed is
                    // sent once, and only its answer is looked for.
                    if seal.is_some() {
                        let stored = self.is_stored(&id, size, &mut persistence).await?;
                        return if stored { Ok((id, size)) } else { Err(error) };
                    }
                }
                other => return other.map(|()| (id, size)),
            }
        }
    }

    /// Returns whether a blob of `size` bytes, at least one, is there. Its last byte is asked for: published servers know no
    /// `HEAD`, and addresses in stores of objects are for `GET` only.
    async fn is_stored(
        &self,
        id: &BlobId,
        size: u64,
        persistence: &mut Persistence<'_>,
    ) -> Result<bool, ClientError> {
        loop {
            match self.0.get_blob(id, Some(size.saturating_sub(1))).await {
                Ok(response) => return Ok(matches!(response.status, 200 | 206)),
                Err(error) if persistence.is_worth_it(&error).await => {}
                Err(_) => return Ok(false),
            }
        }
    }
}

/// Chunks of `size` bytes in all that tell `progress` how far they are, and `broken` why their source cannot be read.
fn watched(
    chunks: BoxStream<'static, io::Result<Bytes>>,
    size: u64,
    progress: Arc<Lock<impl FnMut(Transferred) + MaybeSend + 'static>>,
    broken: Arc<OnceLock<String>>,
) -> BoxStream<'static, io::Result<Bytes>> {
    let mut bytes = 0;
    Box::pin(chunks.inspect(move |chunk| match chunk {
        Ok(chunk) => {
            bytes += chunk.len() as u64;
            let total = Some(size);
            let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress(Transferred { bytes, total });
        }
        Err(error) => drop(broken.set(error.to_string())),
    }))
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

impl<R: AsyncRead + MaybeSend + Unpin> Chunks<R> {
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

    fn into_stream(self) -> BoxStream<'static, io::Result<Bytes>>
    where
        R: 'static,
    {
        Box::pin(stream::try_unfold(self, |mut chunks| async {
            let chunk = chunks.next_chunk().await?;
            Ok(chunk.map(|chunk| (chunk, chunks)))
        }))
    }
}
