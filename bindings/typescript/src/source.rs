//! Bytes that the TypeScript half reads piece by piece: a `Blob`, a file.

use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use js_sys::Uint8Array;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use wasm_bindgen::prelude::*;

use crate::promise::{Unsettled, message, settled};

/// Bytes that are read at a time.
const PIECE: f64 = 262_144.0;

#[wasm_bindgen]
extern "C" {
    /// Bytes to upload: `Source` of `ts/source.ts`.
    #[derive(Clone)]
    pub type Input;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn size(this: &Input) -> f64;
    /// Reads up to `length` bytes from `at` on; none at the end.
    #[wasm_bindgen(method, catch)]
    fn read(this: &Input, at: f64, length: f64) -> Result<JsValue, JsValue>;
}

/// Reads a piece, and checks its type: a program may have written the input.
async fn read(input: Input, at: f64) -> io::Result<Uint8Array> {
    let wrong = || io::Error::other("its read must return a promise of a Uint8Array");
    let read = settled(input.read(at, PIECE)).await;
    read.map_err(|reason| match reason {
        Unsettled::NoPromise => wrong(),
        Unsettled::Thrown(thrown) => io::Error::other(message(&thrown)),
    })?
    .dyn_into()
    .map_err(|_| wrong())
}

/// An [`Input`] with a place in it.
pub(crate) struct Source {
    input: Input,
    at: f64,
    /// Bytes that were read; those up to `taken` are used.
    piece: Vec<u8>,
    taken: usize,
    reading: Option<LocalBoxFuture<'static, io::Result<Uint8Array>>>,
}

impl Source {
    pub(crate) fn new(input: Input) -> Self {
        Self {
            input,
            at: 0.0,
            piece: Vec::new(),
            taken: 0,
            reading: None,
        }
    }
}

impl AsyncRead for Source {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.taken == self.piece.len() {
            let (input, at) = (self.input.clone(), self.at);
            let reading = self
                .reading
                .get_or_insert_with(|| read(input, at).boxed_local());
            let read = ready!(reading.as_mut().poll(context));
            self.reading = None;
            let read = read?;
            self.piece = read.to_vec();
            self.taken = 0;
            self.at += f64::from(read.length());
        }
        let left = self.piece.get(self.taken..).unwrap_or_default();
        let part = left
            .get(..left.len().min(buffer.remaining()))
            .unwrap_or(left);
        buffer.put_slice(part);
        let length = part.len();
        self.taken += length;
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Source {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        #[expect(clippy::cast_precision_loss, reason = "exact far beyond any blob")]
        let at = match position {
            SeekFrom::Start(at) => at as f64,
            SeekFrom::End(by) => self.input.size() + by as f64,
            SeekFrom::Current(by) => {
                let ahead = self.piece.len() - self.taken;
                self.at - ahead as f64 + by as f64
            }
        };
        if at < 0.0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.at = at;
        self.piece.clear();
        self.taken = 0;
        self.reading = None;
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "never negative, see start_seek"
        )]
        Poll::Ready(Ok(self.at as u64))
    }
}
