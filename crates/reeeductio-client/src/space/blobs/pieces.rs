//! Downloading piece by piece, over lost connections.

use std::fmt;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::empty;
use reeeductio_core::{BlobHasher, BlobKey, NONCE_LENGTH, OpenError, Opener, TAG_LENGTH};
use reeeductio_proto::BlobId;

use super::Blobs;
use crate::answer::accepted;
use crate::error::ClientError;
use crate::platform::BoxStream;
use crate::space::Space;
use crate::space::retry::Persistence;
use crate::transport::TransportError;

impl Blobs {
    /// Begins to download a blob piece by piece, opened with `key` if there is one.
    pub async fn pieces(
        &self,
        id: &BlobId,
        key: Option<&BlobKey>,
    ) -> Result<BlobPieces, ClientError> {
        let mut pieces = BlobPieces {
            space: self.0.clone(),
            id: *id,
            hasher: Some(BlobHasher::default()),
            opening: key.map(Opening::new),
            taken: 0,
            repeated: 0,
            length: None,
            body: None,
        };
        pieces.connect().await?;
        Ok(pieces)
    }
}

/// A blob that comes piece by piece. When the connection is lost it goes on where it was.
///
/// The pieces are proven only when the end is reached: until then do not act on them, and after an error discard them.
pub struct BlobPieces {
    space: Space,
    id: BlobId,
    /// `None` after the end.
    hasher: Option<BlobHasher>,
    opening: Option<Opening>,
    /// Bytes of the blob that came.
    taken: u64,
    /// Bytes that came before, and that the server sends once more.
    repeated: u64,
    length: Option<u64>,
    /// `None` while there is no connection.
    body: Option<BoxStream<'static, Result<Bytes, TransportError>>>,
}

impl BlobPieces {
    /// How many bytes are stored, the sealing included, where the server says it.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next piece; `None` when all came, their hash is the blob's id, and they open with the key. Cancelling loses nothing.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ClientError> {
        let space = self.space.clone();
        let mut persistence = Persistence::new(&space.inner.jitter);
        loop {
            let Some(hasher) = &mut self.hasher else {
                return Ok(None);
            };
            let error = match &mut self.body {
                Some(body) => match body.next().await {
                    Some(Ok(mut chunk)) => {
                        let known = usize::try_from(self.repeated).unwrap_or(usize::MAX);
                        let known = chunk.split_to(known.min(chunk.len()));
                        self.repeated -= known.len() as u64;
                        hasher.update(&chunk);
                        self.taken += chunk.len() as u64;
                        let piece = match &mut self.opening {
                            Some(opening) => opening.open(&chunk).map_err(ClientError::from),
                            None => Ok(chunk.into()),
                        };
                        match piece {
                            Ok(piece) if piece.is_empty() => continue,
                            Ok(piece) => return Ok(Some(piece)),
                            Err(error) => error,
                        }
                    }
                    Some(Err(error)) => error.into(),
                    None => return self.finish().map(|()| None),
                },
                None => match self.connect().await {
                    Ok(()) => continue,
                    Err(error) => error,
                },
            };
            self.body = None;
            if !persistence.is_worth_it(&error).await {
                self.hasher = None;
                return Err(error);
            }
        }
    }

    /// Asks for the bytes that did not come yet.
    async fn connect(&mut self) -> Result<(), ClientError> {
        let from = (self.taken > 0).then_some(self.taken);
        let response = self.space.get_blob(&self.id, from).await?;
        if response.status == 416 && from.is_some() {
            // All of it has come.
            self.body = Some(Box::pin(empty()));
            return Ok(());
        }
        let response = accepted(response).await?;
        // Servers of the first release know no ranges.
        let begins = if response.status == 206 {
            self.taken
        } else {
            0
        };
        self.repeated = self.taken - begins;
        self.length = response.length.map(|length| begins + length);
        self.body = Some(response.body);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ClientError> {
        let computed = self.hasher.take().map(BlobHasher::finish);
        if computed != Some(self.id) {
            return Err(ClientError::BlobMismatch(self.id));
        }
        match self.opening.take() {
            Some(opening) => Ok(opening.finish(self.taken)?),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for BlobPieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobPieces")
            .field("id", &self.id)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Opens a sealed blob as it comes: its nonce, its content, its tag.
struct Opening {
    key: BlobKey,
    /// `None` before the nonce is whole.
    opener: Option<Opener>,
    /// The last bytes that came, which may be of the tag.
    held: Vec<u8>,
}

impl Opening {
    fn new(key: &BlobKey) -> Self {
        Self {
            key: key.clone(),
            opener: None,
            held: Vec::new(),
        }
    }

    fn open(&mut self, chunk: &[u8]) -> Result<Vec<u8>, OpenError> {
        self.held.extend_from_slice(chunk);
        let opener = match &mut self.opener {
            Some(opener) => opener,
            none => {
                let Some((nonce, _)) = self.held.split_first_chunk::<NONCE_LENGTH>() else {
                    return Ok(Vec::new());
                };
                let opener = Opener::new(&self.key, *nonce);
                self.held.drain(..NONCE_LENGTH);
                none.insert(opener)
            }
        };
        let tag = self.held.len().saturating_sub(TAG_LENGTH);
        let tag = self.held.split_off(tag);
        let mut piece = std::mem::replace(&mut self.held, tag);
        opener.open(&mut piece)?;
        Ok(piece)
    }

    /// Compares the tag, once `length` bytes have come.
    fn finish(self, length: u64) -> Result<(), OpenError> {
        let short = || OpenError::Length(usize::try_from(length).unwrap_or(usize::MAX));
        let opener = self.opener.ok_or_else(short)?;
        opener.verify(self.held.try_into().map_err(|_| short())?)
    }
}
