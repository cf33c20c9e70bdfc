//! A connection whose client must take what is written to it.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use crate::metrics::{DisconnectReason, Metrics};

/// How slowly a client may take what is written to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How far it may fall behind.
    pub(crate) patience: Duration,
    /// Bytes per second that it must take while something waits for it; 0 sets no minimum.
    pub(crate) bytes_per_second: u64,
}

/// A connection that fails once its client has taken too little for too long.
pub(crate) struct Patient {
    stream: TcpStream,
    pace: Pace,
    metrics: Arc<Metrics>,
    /// How much longer the client may be waited for. Waiting spends it; what the client takes earns it back,
    /// and so does time in which nothing waits for it. So taking a byte now and then is no way to hold an
    /// answer for ever, and a stream that was slow a few times a day goes on.
    left: Duration,
    /// When the client was last waited for, or the connection opened.
    waited_at: Instant,
    /// Runs while the client takes nothing.
    stalled: Option<Stall>,
}

struct Stall {
    since: Instant,
    over: Pin<Box<Sleep>>,
}

impl Patient {
    pub(crate) fn new(stream: TcpStream, pace: Pace, metrics: Arc<Metrics>) -> Self {
        Self {
            stream,
            pace,
            metrics,
            left: pace.patience,
            waited_at: Instant::now(),
            stalled: None,
        }
    }

    /// Passes on what became of a write, unless it has been waited for too long.
    fn watch(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(result) = &written {
            if let Some(stall) = self.stalled.take() {
                let waited = stall.since.elapsed();
                self.left = self.left.saturating_sub(waited);
                self.waited_at = Instant::now();
            }
            self.earn(*result.as_ref().unwrap_or(&0));
            return written;
        }
        if self.stalled.is_none() {
            let earned = self.waited_at.elapsed();
            self.left = self.left.saturating_add(earned).min(self.pace.patience);
        }
        let left = self.left;
        let stalled = self.stalled.get_or_insert_with(|| {
            let over = Box::pin(sleep(left));
            let since = Instant::now();
            Stall { since, over }
        });
        ready!(stalled.over.as_mut().poll(cx));
        self.metrics.disconnect(DisconnectReason::WriteTimeout);
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }

    fn earn(&mut self, bytes: usize) {
        let patience = self.pace.patience;
        if self.left >= patience {
            return;
        }
        let earned = match self.pace.bytes_per_second {
            0 => patience,
            rate => Duration::from_micros((bytes as u64).saturating_mul(1_000_000) / rate),
        };
        self.left = self.left.saturating_add(earned).min(patience);
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
