//! Handles on spaces of a server in this process, and a network that can be meddled with.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};
use reeeductio_client::transport::{
    Native, Request, Response, Socket, Timeouts, Transport, TransportError, Url,
};
use reeeductio_client::{Identity, Key, MemoryStore, Space, SpaceOptions, Store};
use reeeductio_proto::{DataPath, MemberId, Operation, SpaceId, StatePath, TopicId};
use reeeductio_testkit::TestServer;
use tokio::sync::watch;

/// The space's root in all tests.
pub(crate) fn root() -> Key {
    Key::new([9; 32])
}

pub(crate) fn topic(text: &str) -> TopicId {
    TopicId::parse(text).unwrap()
}

pub(crate) fn path(text: &str) -> StatePath {
    StatePath::parse(text).unwrap()
}

pub(crate) fn data_path(text: &str) -> DataPath {
    DataPath::parse(text).unwrap()
}

/// A server and the owner of a space on it.
pub(crate) struct Rig {
    pub(crate) server: TestServer,
    pub(crate) owner: Space,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let server = TestServer::start().await;
        let owner = owner(&server, 1);
        Self { server, owner }
    }

    /// A handle for another member of the owner's space.
    pub(crate) fn member(&self, id: MemberId, keys: Identity) -> Space {
        Space::new(self.owner.id(), id, keys, &root(), &self.server.url()).unwrap()
    }

    /// A user who may do these things.
    pub(crate) async fn user(&self, seed: u8, rights: &[(Operation, &str)]) -> Space {
        let keys = Identity::from_seed(&[seed; 32]);
        let id = keys.user_id();
        self.owner.add_user(&id, None).await.unwrap();
        for (index, (op, pattern)) in rights.iter().enumerate() {
            let name = format!("cap_{index}");
            self.owner
                .grant_to_member(&id, &name, *op, pattern)
                .await
                .unwrap();
        }
        self.member(id, keys)
    }

    /// A second handle for the owner, whose network is meddled with.
    pub(crate) fn meddled(&self) -> (Space, Arc<Meddled>) {
        self.meddled_with(SpaceOptions::default())
    }

    /// Another that remembers in `store`, as if the program had been started again.
    pub(crate) fn restarted(&self, store: &Arc<MemoryStore>) -> (Space, Arc<Meddled>) {
        self.meddled_with(SpaceOptions {
            store: Some(Arc::clone(store) as Arc<dyn Store>),
            ..SpaceOptions::default()
        })
    }

    fn meddled_with(&self, options: SpaceOptions) -> (Space, Arc<Meddled>) {
        let network = Arc::new(Meddled::new());
        let keys = Identity::from_seed(&[1; 32]);
        let options = SpaceOptions {
            transport: Some(Arc::clone(&network) as Arc<dyn Transport>),
            ..options
        };
        let (id, url) = (self.owner.id(), self.server.url());
        let space = Space::open(id, keys.user_id(), keys, &root(), &url, options).unwrap();
        (space, network)
    }
}

/// The owner of a space of its own.
pub(crate) fn owner(server: &TestServer, seed: u8) -> Space {
    let keys = Identity::from_seed(&[seed; 32]);
    let id: SpaceId = keys.space_id();
    Space::new(id, keys.user_id(), keys, &root(), &server.url()).unwrap()
}

/// Changes an answer: gets its path and query, its status and its body.
type Meddle = Box<dyn FnMut(&str, &mut u16, &mut Vec<u8>) + Send>;

/// The real network, with somebody in the middle.
pub(crate) struct Meddled {
    native: Native,
    requests: Mutex<Vec<String>>,
    meddle: Mutex<Option<Meddle>>,
    dropped_frames: Arc<Mutex<usize>>,
    /// Failures of the next attempts to open a stream.
    unreachable: Mutex<Vec<TransportError>>,
    /// How often all streams were cut.
    cuts: watch::Sender<u32>,
    muted: Arc<AtomicBool>,
}

impl Meddled {
    pub(crate) fn new() -> Self {
        Self {
            native: Native::new(Timeouts::default()).unwrap(),
            requests: Mutex::default(),
            meddle: Mutex::default(),
            dropped_frames: Arc::default(),
            unreachable: Mutex::default(),
            cuts: watch::Sender::new(0),
            muted: Arc::default(),
        }
    }

    /// Lets `meddle` change every answer from now on.
    pub(crate) fn with(&self, meddle: impl FnMut(&str, &mut u16, &mut Vec<u8>) + Send + 'static) {
        *self.meddle.lock().unwrap() = Some(Box::new(meddle));
    }

    /// Method and route of every request since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
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

    /// Withholds the next frames of streams.
    pub(crate) fn drop_frames(&self, count: usize) {
        *self.dropped_frames.lock().unwrap() = count;
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
        let route = url.split('/').skip(5).collect::<Vec<_>>().join("/");
        let line = format!("{:?} {}", request.method, route.split('?').next().unwrap());
        self.requests.lock().unwrap().push(line);
        Box::pin(async move {
            let mut response = self.native.send(request).await?;
            let mut body = Vec::new();
            while let Some(chunk) = response.body.next().await {
                body.extend_from_slice(&chunk?);
            }
            if let Some(meddle) = self.meddle.lock().unwrap().as_mut() {
                meddle(&route, &mut response.status, &mut body);
            }
            response.length = None;
            response.body = stream::iter([Ok(Bytes::from(body))]).boxed();
            Ok(response)
        })
    }

    fn connect(&self, url: Url) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        let mut lossy = Lossy {
            inner: None,
            dropped: Arc::clone(&self.dropped_frames),
            cut: self.cuts.subscribe(),
            muted: Arc::clone(&self.muted),
        };
        self.requests.lock().unwrap().push("Connect".to_owned());
        let failure = self.unreachable.lock().unwrap().pop();
        // Silence is of the old connection.
        self.muted.store(false, Ordering::SeqCst);
        Box::pin(async move {
            if let Some(failure) = failure {
                return Err(failure);
            }
            lossy.inner = Some(self.native.connect(url).await?);
            Ok(Box::new(lossy) as Box<dyn Socket>)
        })
    }
}

struct Lossy {
    inner: Option<Box<dyn Socket>>,
    dropped: Arc<Mutex<usize>>,
    cut: watch::Receiver<u32>,
    muted: Arc<AtomicBool>,
}

impl Lossy {
    fn inner(&mut self) -> &mut Box<dyn Socket> {
        self.inner.as_mut().unwrap()
    }

    async fn frame(&mut self) -> Result<Option<String>, TransportError> {
        loop {
            if self.cut.has_changed().unwrap() {
                return Err(TransportError::Failed("cut".to_owned()));
            }
            if self.muted.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            let frame = self.inner().next().await?;
            let mut dropped = self.dropped.lock().unwrap();
            if *dropped == 0 {
                return Ok(frame);
            }
            *dropped -= 1;
        }
    }
}

impl Socket for Lossy {
    fn send(&mut self, text: String) -> BoxFuture<'_, Result<(), TransportError>> {
        self.inner().send(text)
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<String>, TransportError>> {
        Box::pin(self.frame())
    }

    fn close(&mut self) -> BoxFuture<'_, Result<(), TransportError>> {
        self.inner().close()
    }
}
