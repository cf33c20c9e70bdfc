//! One run of a program, with the disk and the network as it has them.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use reeeductio_client::store::{Change, Durability, Scan, Scanned, Stored};
use reeeductio_client::transport::{
    Body, Method, Native, Request, Response, Socket, Timeouts, Transport, TransportError, Url,
};
use reeeductio_client::{BoxFuture, MemoryStore, Store, StoreError};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{SealedHeader, encoding};

/// Where programs end: at a step of each action, once. A step is a commit of the local store, or a request that writes.
#[derive(Debug)]
pub(super) struct Crash {
    /// The step of each action, from 0.
    at: usize,
    /// Whether the step is done, and only its answer lost.
    is_done: bool,
    action: Mutex<Action>,
}

#[derive(Debug, Default)]
struct Action {
    name: String,
    steps: usize,
    has_crashed: bool,
    /// The steps at which programs ended in all actions.
    crashes: Vec<String>,
}

impl Crash {
    pub(super) fn new(at: usize, is_done: bool) -> Self {
        Self {
            at,
            is_done,
            action: Mutex::default(),
        }
    }

    /// Begins an action.
    pub(super) fn begin(&self, name: &str) {
        let mut action = self.action.lock().unwrap();
        name.clone_into(&mut action.name);
        (action.steps, action.has_crashed) = (0, false);
    }

    /// The steps at which programs ended, with their actions.
    pub(super) fn crashes(&self) -> Vec<String> {
        self.action.lock().unwrap().crashes.clone()
    }

    /// Counts a step. Returns whether the program ends at it.
    fn comes(&self, step: &str) -> bool {
        let mut action = self.action.lock().unwrap();
        action.steps += 1;
        let comes = !action.has_crashed && action.steps > self.at;
        if comes {
            action.has_crashed = true;
            let crash = format!("{}: {step}", action.name);
            action.crashes.push(crash);
        }
        comes
    }
}

/// A message on its way to the server.
pub(super) struct Sent {
    pub(super) topic: String,
    pub(super) header: SealedHeader,
    pub(super) post: PostMessage,
}

/// One run of a program. After the crash it reaches nothing any more; the commits that it made are on the disk.
pub(super) struct Process {
    disk: Arc<MemoryStore>,
    native: Native,
    crash: Arc<Crash>,
    /// The messages that all runs of the device have sent.
    sent: Arc<Mutex<Vec<Sent>>>,
    is_dead: AtomicBool,
}

impl Process {
    pub(super) fn new(
        disk: &Arc<MemoryStore>,
        crash: &Arc<Crash>,
        sent: &Arc<Mutex<Vec<Sent>>>,
    ) -> Self {
        Self {
            disk: Arc::clone(disk),
            native: Native::new(Timeouts::default()).unwrap(),
            crash: Arc::clone(crash),
            sent: Arc::clone(sent),
            is_dead: AtomicBool::new(false),
        }
    }

    pub(super) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    fn alive(&self) -> Result<&MemoryStore, StoreError> {
        if self.is_dead() {
            return Err(StoreError::Unavailable("crashed".to_owned()));
        }
        Ok(&self.disk)
    }

    /// Does a step, unless the program ends before it, and ends the program after it, if it is to.
    async fn step<T, E>(
        &self,
        name: String,
        step: impl Future<Output = Result<T, E>>,
        crashed: E,
    ) -> Result<T, E> {
        if self.is_dead() {
            return Err(crashed);
        }
        if !self.crash.comes(&name) {
            return step.await;
        }
        if self.crash.is_done {
            step.await?;
        }
        self.is_dead.store(true, Ordering::SeqCst);
        Err(crashed)
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        // Not worth another attempt: the program ends at once.
        let crashed = TransportError::Timeout;
        if self.is_dead() {
            return Err(crashed);
        }
        let url = request.url.expose().to_owned();
        let route = url.split('/').skip(5).collect::<Vec<_>>().join("/");
        if let (Some(topic), Body::Json(body)) = (topic_of(&route), &request.body) {
            let post: PostMessage = serde_json::from_slice(body).unwrap();
            let header = SealedHeader::parse(&encoding::decode(&post.data).unwrap()).unwrap();
            let topic = topic.to_owned();
            let sent = Sent {
                topic,
                header,
                post,
            };
            self.sent.lock().unwrap().push(sent);
        }
        if request.method == Method::Get || route.starts_with("auth/") {
            return self.native.send(request).await;
        }
        // Without the ids of blobs.
        let route = route.strip_prefix("blobs/").map_or(&*route, |_| "blobs");
        let name = format!("{:?} {route}", request.method);
        self.step(name, self.native.send(request), crashed).await
    }
}

/// The topic that a message is posted to.
fn topic_of(route: &str) -> Option<&str> {
    route.strip_prefix("topics/")?.strip_suffix("/messages")
}

impl Store for Process {
    fn get(&self, keys: Vec<Vec<u8>>) -> Stored<'_, Vec<Option<Vec<u8>>>> {
        Box::pin(async move { self.alive()?.get(keys).await })
    }

    fn scan(&self, scan: Scan) -> Stored<'_, Scanned> {
        Box::pin(async move { self.alive()?.scan(scan).await })
    }

    fn commit(&self, changes: Vec<Change>, durability: Durability) -> Stored<'_, ()> {
        let name = format!("commit of {:?}", kinds(&changes));
        let crashed = StoreError::Unavailable("crashed".to_owned());
        let kept = self.disk.commit(changes.clone(), durability);
        Box::pin(self.step(name, kept, crashed))
    }

    fn clear(&self) -> Stored<'_, ()> {
        Box::pin(async move { self.alive()?.clear().await })
    }
}

/// The kinds of the records that are changed (`spec/local-store.md`).
fn kinds(changes: &[Change]) -> Vec<u8> {
    let keys = changes.iter().map(|change| match change {
        Change::Insert { key, .. }
        | Change::Raise { key, .. }
        | Change::Put { key, .. }
        | Change::Delete { key } => key[0],
    });
    keys.collect()
}

impl Transport for Process {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }

    fn connect(
        &self,
        _url: Url,
        _protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        Box::pin(async { Err(TransportError::Connect("there is no stream".to_owned())) })
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Process")
    }
}
