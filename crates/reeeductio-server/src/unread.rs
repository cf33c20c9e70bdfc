//! Bodies that nobody read to the end.
//!
//! A request is often refused before its body has arrived: a bad token, a blob that is too large. If the
//! rest were left unread, the connection would have to be closed, and a client that keeps connections
//! would lose the answer or its next request. So the rest is read and thrown away, within limits, while
//! the answer is already on its way.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::{Request, header};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// Bytes thrown away at most; a client that sends more finds the connection closed.
const MOST: u64 = 256 << 20;
/// How long that may take.
const LONGEST: Duration = Duration::from_secs(10);

/// A body that is read to its end even if its reader drops it early.
#[derive(Debug)]
pub(crate) struct ReadToEnd {
    /// `None` once it has ended.
    body: Option<Incoming>,
    /// The client asked whether to send the body at all. Then an answer without reading is the answer.
    asked_first: bool,
    /// How long the client may pause.
    idle: Duration,
}

impl ReadToEnd {
    pub(crate) fn wrap(request: Request<Incoming>, idle: Duration) -> Request<Self> {
        let asked_first = request.headers().contains_key(header::EXPECT);
        request.map(|body| Self {
            body: Some(body),
            asked_first,
            idle,
        })
    }
}

impl Body for ReadToEnd {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = self.body.as_mut() else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for ReadToEnd {
    fn drop(&mut self) {
        let Some(body) = self.body.take() else {
            return;
        };
        if body.is_end_stream() || self.asked_first {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(LONGEST, discard(body, self.idle)));
        }
    }
}

async fn discard(mut body: Incoming, idle: Duration) {
    let mut discarded = 0;
    while let Ok(Some(Ok(frame))) = timeout(idle, body.frame()).await {
        discarded += frame.data_ref().map_or(0, |data| data.remaining() as u64);
        if discarded > MOST {
            return;
        }
    }
}
