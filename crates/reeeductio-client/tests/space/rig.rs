//! Handles on spaces of a server in this process, and a network that can be meddled with.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};
use reeeductio_client::transport::{
    Native, Request, Response, Socket, Timeouts, Transport, TransportError, Url,
};
use reeeductio_client::{Identity, Key, Space};
use reeeductio_proto::{DataPath, MemberId, Operation, SpaceId, StatePath, TopicId};
use reeeductio_testkit::TestServer;

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
        let network = Arc::new(Meddled::new());
        let keys = Identity::from_seed(&[1; 32]);
        let space = Space::over(
            Arc::clone(&network) as Arc<dyn Transport>,
            self.owner.id(),
            keys.user_id(),
            keys,
            &root(),
            &self.server.url(),
        )
        .unwrap();
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
}

impl Meddled {
    fn new() -> Self {
        Self {
            native: Native::new(Timeouts::default()).unwrap(),
            requests: Mutex::default(),
            meddle: Mutex::default(),
            dropped_frames: Arc::default(),
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
        let dropped = Arc::clone(&self.dropped_frames);
        Box::pin(async move {
            let inner = self.native.connect(url).await?;
            Ok(Box::new(Lossy { inner, dropped }) as Box<dyn Socket>)
        })
    }
}

struct Lossy {
    inner: Box<dyn Socket>,
    dropped: Arc<Mutex<usize>>,
}

impl Socket for Lossy {
    fn send(&mut self, text: String) -> BoxFuture<'_, Result<(), TransportError>> {
        self.inner.send(text)
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<String>, TransportError>> {
        Box::pin(async move {
            loop {
                let frame = self.inner.next().await?;
                let mut dropped = self.dropped.lock().unwrap();
                if *dropped == 0 {
                    return Ok(frame);
                }
                *dropped -= 1;
            }
        })
    }

    fn close(&mut self) -> BoxFuture<'_, Result<(), TransportError>> {
        self.inner.close()
    }
}
