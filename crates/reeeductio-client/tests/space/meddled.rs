//! A network that can be meddled with.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};
use reeeductio_client::transport::{
    Native, Request, Response, Socket, Timeouts, Transport, TransportError, Url,
};
use reeeductio_testkit::TestServer;
use serde_json::Value;
use tokio::sync::{broadcast, watch};

use crate::published::PublishedTokens;

/// Changes an answer: gets its path and query, its status and its body.
type Meddle = Box<dyn FnMut(&str, &mut u16, &mut Vec<u8>) + Send>;

/// Frames in the place of one that the server sent.
type FrameChange = Box<dyn FnMut(String) -> Vec<String> + Send>;

/// Hook for a request on its way; gets its method and route. If it fails, the client sees only the error.
type Passage = Arc<dyn Fn(String) -> BoxFuture<'static, Result<(), TransportError>> + Send + Sync>;

/// The real network, with somebody in the middle.
pub(crate) struct Meddled {
    native: Native,
    requests: Mutex<Vec<String>>,
    /// Every URL that was asked for.
    urls: Mutex<Vec<String>>,
    meddle: Mutex<Option<Meddle>>,
    /// Before a request reaches the server.
    outward: Mutex<Option<Passage>>,
    /// Before its answer reaches the client.
    homeward: Mutex<Option<Passage>>,
    /// Frames that the server did not send.
    pushed: broadcast::Sender<String>,
    /// In the place of frames that the server sends.
    frames: Arc<Mutex<Option<FrameChange>>>,
    /// How many messages streams withhold yet.
    dropped: Arc<Mutex<usize>>,
    /// The cursor that streams ask for instead of their own; without one they ask as clients of the published server do.
    since: Mutex<Since>,
    /// Failures of the next attempts to open a stream.
    unreachable: Mutex<Vec<TransportError>>,
    /// How often all streams were cut.
    cuts: watch::Sender<u32>,
    muted: Arc<AtomicBool>,
    /// Tokens of a published server in the place of this one; `None` if the test wants none.
    published: Option<PublishedTokens>,
}

/// Treatment of the cursor after which a stream is to go on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Since {
    /// The server gets it.
    #[default]
    Kept,
    /// There is none: the server behaves like the published one, in what else concerns streams, too.
    Removed,
    /// The server gets one of another database.
    Foreign,
}

impl Meddled {
    pub(crate) fn new() -> Self {
        Self {
            native: Native::new(Timeouts::default()).unwrap(),
            requests: Mutex::default(),
            urls: Mutex::default(),
            meddle: Mutex::default(),
            outward: Mutex::default(),
            homeward: Mutex::default(),
            pushed: broadcast::Sender::new(16),
            frames: Arc::default(),
            dropped: Arc::default(),
            since: Mutex::default(),
            unreachable: Mutex::default(),
            cuts: watch::Sender::new(0),
            muted: Arc::default(),
            published: None,
        }
    }

    /// A network to a server that can be made to behave like the published one.
    pub(crate) fn to(server: &TestServer) -> Self {
        Self {
            published: Some(PublishedTokens::of(server)),
            ..Self::new()
        }
    }

    /// Lets `meddle` change every answer from now on.
    pub(crate) fn with(&self, meddle: impl FnMut(&str, &mut u16, &mut Vec<u8>) + Send + 'static) {
        *self.meddle.lock().unwrap() = Some(Box::new(meddle));
    }

    /// Lets every request wait for what `passage` returns before it goes to the server.
    pub(crate) fn on_request<F>(&self, passage: impl Fn(String) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), TransportError>> + Send + 'static,
    {
        *self.outward.lock().unwrap() = Some(Arc::new(move |line| Box::pin(passage(line))));
    }

    /// Lets every answer wait for what `passage` returns before it comes back. After an error it is lost.
    pub(crate) fn on_answer<F>(&self, passage: impl Fn(String) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), TransportError>> + Send + 'static,
    {
        *self.homeward.lock().unwrap() = Some(Arc::new(move |line| Box::pin(passage(line))));
    }

    /// Sends a frame on all streams that are open.
    pub(crate) fn push(&self, frame: String) {
        self.pushed.send(frame).unwrap();
    }

    /// Lets `change` put others in the place of each frame that the server sends from now on.
    #[allow(dead_code, reason = "only spaces with a policy have signals to change")]
    pub(crate) fn on_frame(&self, change: impl FnMut(String) -> Vec<String> + Send + 'static) {
        *self.frames.lock().unwrap() = Some(Box::new(change));
    }

    /// Method and route of every request since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    /// Every URL since the last call, whole.
    pub(crate) fn urls(&self) -> Vec<String> {
        std::mem::take(&mut self.urls.lock().unwrap())
    }

    /// Ends every stream, whatever has arrived on it.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Lets the next attempts to open a stream fail, the last one first.
    pub(crate) fn unreachable(&self, failures: Vec<TransportError>) {
        *self.unreachable.lock().unwrap() = failures;
    }

    /// Lets nothing through on the streams that are open, without ending them.
    pub(crate) fn mute(&self) {
        self.muted.store(true, Ordering::SeqCst);
    }

    /// Withholds the next messages of streams.
    pub(crate) fn drop_messages(&self, count: usize) {
        *self.dropped.lock().unwrap() = count;
    }

    fn is_published(&self) -> bool {
        *self.since.lock().unwrap() == Since::Removed
    }

    /// Says what becomes of the cursors of streams that are opened from now on.
    pub(crate) fn meddle_with_cursors(&self, since: Since) {
        *self.since.lock().unwrap() = since;
    }

    /// Lets no stream be opened until it is released.
    pub(crate) fn hold_streams(&self) -> HeldStreams {
        let (waits, waiting) = watch::channel(false);
        let (release, released) = watch::channel(false);
        self.on_request(move |line| {
            let (waits, mut released) = (waits.clone(), released.clone());
            async move {
                if line == "Connect" {
                    waits.send_replace(true);
                    let _released = released.wait_for(|released| *released).await;
                }
                Ok(())
            }
        });
        HeldStreams { waiting, release }
    }
}

impl std::fmt::Debug for Meddled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meddled")
    }
}

impl Transport for Meddled {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let url = request.url.expose().to_owned();
        self.urls.lock().unwrap().push(url.clone());
        let route = url.split('/').skip(5).collect::<Vec<_>>().join("/");
        let line = format!("{:?} {}", request.method, route.split('?').next().unwrap());
        self.requests.lock().unwrap().push(line.clone());
        Box::pin(async move {
            let outward = self.outward.lock().unwrap().clone();
            if let Some(passage) = outward {
                passage(line.clone()).await?;
            }
            let mut response = self.native.send(request).await?;
            let mut body = Vec::new();
            while let Some(chunk) = response.body.next().await {
                body.extend_from_slice(&chunk?);
            }
            let signs_in = ["auth/verify", "auth/refresh"].contains(&route.as_str());
            if signs_in && response.status == 200 && self.is_published() {
                self.published.as_ref().unwrap().reissue(&mut body);
            }
            if let Some(meddle) = self.meddle.lock().unwrap().as_mut() {
                meddle(&route, &mut response.status, &mut body);
            }
            let homeward = self.homeward.lock().unwrap().clone();
            if let Some(passage) = homeward {
                passage(line).await?;
            }
            response.length = None;
            response.body = stream::iter([Ok(Bytes::from(body))]).boxed();
            Ok(response)
        })
    }

    fn connect(
        &self,
        url: Url,
        protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        self.urls.lock().unwrap().push(url.expose().to_owned());
        let since = *self.since.lock().unwrap();
        let mut lossy = Lossy {
            inner: None,
            frames: Arc::clone(&self.frames),
            changed: VecDeque::new(),
            dropped: Arc::clone(&self.dropped),
            pushed: self.pushed.subscribe(),
            cut: self.cuts.subscribe(),
            muted: Arc::clone(&self.muted),
            since,
        };
        self.requests.lock().unwrap().push("Connect".to_owned());
        let failure = self.unreachable.lock().unwrap().pop();
        // Silence is of the old connection.
        self.muted.store(false, Ordering::SeqCst);
        Box::pin(async move {
            if let Some(failure) = failure {
                return Err(failure);
            }
            // The published server wants the token in the URL.
            if since == Since::Removed && protocol.is_some() {
                return Err(TransportError::Handshake(403));
            }
            let outward = self.outward.lock().unwrap().clone();
            if let Some(passage) = outward {
                passage("Connect".to_owned()).await?;
            }
            let url = if since == Since::Removed {
                without_since(&url)
            } else {
                url
            };
            lossy.inner = Some(self.native.connect(url, protocol).await?);
            Ok(Box::new(lossy) as Box<dyn Socket>)
        })
    }
}

/// Streams that cannot be opened.
pub(crate) struct HeldStreams {
    waiting: watch::Receiver<bool>,
    release: watch::Sender<bool>,
}

impl HeldStreams {
    /// Comes back when one is waiting.
    pub(crate) async fn waiting(&mut self) {
        self.waiting.wait_for(|waiting| *waiting).await.unwrap();
    }

    pub(crate) fn release(self) {
        self.release.send_replace(true);
    }
}

/// The URL of a stream as clients of the published server ask for it.
fn without_since(url: &Url) -> Url {
    let (rest, _) = url.expose().split_once("&since=").unwrap();
    Url::new(rest.to_owned())
}

/// A sign-in with a cursor of another database.
fn with_foreign_cursor(text: &str) -> String {
    let mut frame: Value = serde_json::from_str(text).unwrap();
    frame["since"] = "1.AAAAAAAAAAA".into();
    frame.to_string()
}

struct Lossy {
    inner: Option<Box<dyn Socket>>,
    frames: Arc<Mutex<Option<FrameChange>>>,
    changed: VecDeque<String>,
    dropped: Arc<Mutex<usize>>,
    pushed: broadcast::Receiver<String>,
    cut: watch::Receiver<u32>,
    muted: Arc<AtomicBool>,
    since: Since,
}

impl Lossy {
    fn inner(&mut self) -> &mut Box<dyn Socket> {
        self.inner.as_mut().unwrap()
    }

    async fn frame(&mut self) -> Result<Option<String>, TransportError> {
        let inner = self.inner.as_mut().unwrap();
        loop {
            if let Some(frame) = self.changed.pop_front() {
                return Ok(Some(frame));
            }
            let frame = tokio::select! {
                biased;
                _ = self.cut.changed() => return Err(TransportError::Failed("cut".to_owned())),
                Ok(frame) = self.pushed.recv() => Some(frame),
                frame = inner.next(), if !self.muted.load(Ordering::SeqCst) => frame?,
            };
            if let (Some(change), Some(frame)) = (self.frames.lock().unwrap().as_mut(), &frame) {
                self.changed.extend(change(frame.clone()));
                continue;
            }
            let mut dropped = self.dropped.lock().unwrap();
            let is_message = |text: &String| text.contains("message_hash");
            if *dropped == 0 || !frame.as_ref().is_some_and(is_message) {
                return Ok(frame);
            }
            *dropped -= 1;
        }
    }
}

impl Socket for Lossy {
    fn send(&mut self, text: String) -> BoxFuture<'_, Result<(), TransportError>> {
        if self.since == Since::Foreign && text.contains("token") {
            return self.inner().send(with_foreign_cursor(&text));
        }
        self.inner().send(text)
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<String>, TransportError>> {
        Box::pin(self.frame())
    }

    fn close(&mut self) -> BoxFuture<'_, Result<(), TransportError>> {
        self.inner().close()
    }
}
