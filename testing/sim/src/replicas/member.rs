//! A member, and its handle on the space.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use reeeductio_client::source::Source;
use reeeductio_client::transport::{Request, Response, Socket, Transport, TransportError, Url};
use reeeductio_client::{BoxFuture, Identity, Key, MemoryStore, Space};
use reeeductio_proto::{MemberId, Position, TopicId};

use super::disk::Process;
use super::liar::Liar;
use super::lies::Lie;
use super::network::Network;
use super::seen::Seen;
use super::server::Server;
use super::world::World;

/// A member of the space.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) id: MemberId,
    pub(super) identity: Identity,
    /// Topics that it may read, and post to.
    pub(super) topics: &'static [&'static str],
    has_store: bool,
    current: Mutex<Handle>,
    handles: AtomicUsize,
    posts: AtomicUsize,
    /// Positions up to which each topic was seen without a gap when the disk was looked at last.
    pub(super) heads: Mutex<BTreeMap<TopicId, Position>>,
}

/// A handle on the space, by one run of the member's program.
#[derive(Clone)]
pub(super) struct Handle {
    pub(super) name: String,
    pub(super) space: Space,
    pub(super) seen: Arc<Mutex<Seen>>,
    pub(super) disk: Option<Arc<MemoryStore>>,
    process: Option<Arc<Process>>,
    liar: Arc<Liar>,
}

/// A user to be made a member.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) seed: u8,
    pub(super) topics: &'static [&'static str],
    pub(super) has_store: bool,
}

impl Member {
    pub(super) fn new(world: &World, person: &Person) -> Self {
        let identity = Identity::from_seed(&[person.seed; 32]);
        let disk = person.has_store.then(Arc::<MemoryStore>::default);
        let id = identity.user_id();
        let handle = open(world, person.name, &identity, disk, Arc::default());
        Self {
            name: person.name,
            id,
            identity,
            topics: person.topics,
            has_store: person.has_store,
            current: Mutex::new(handle),
            handles: AtomicUsize::new(0),
            posts: AtomicUsize::new(0),
            heads: Mutex::default(),
        }
    }

    /// Returns the current handle; a new one if the program has crashed.
    pub(super) fn handle(&self, world: &World) -> Handle {
        let handle = self.current.lock().clone();
        if handle.is_dead() {
            self.restart(world);
            return self.current.lock().clone();
        }
        handle
    }

    /// Returns whether a handle is the current one.
    pub(super) fn uses(&self, handle: &Handle) -> bool {
        !handle.is_dead() && self.current.lock().name == handle.name
    }

    /// Ends the program and runs it again.
    pub(super) fn restart(&self, world: &World) {
        let (disk, seen) = {
            let current = self.current.lock();
            (current.disk.clone(), Arc::clone(&current.seen))
        };
        let seen = if disk.is_some() { seen } else { Arc::default() };
        self.open(world, disk, seen);
    }

    /// Forgets all that was seen.
    pub(super) fn begin_anew(&self, world: &World) {
        let disk = self.has_store.then(Arc::<MemoryStore>::default);
        self.open(world, disk, Arc::default());
    }

    fn open(&self, world: &World, disk: Option<Arc<MemoryStore>>, seen: Arc<Mutex<Seen>>) {
        let number = 1 + self.handles.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}/{number}", self.name);
        world.note(&format!("{name} opens"));
        *self.current.lock() = open(world, &name, &self.identity, disk, seen);
    }

    /// Makes a text that no other message has.
    pub(super) fn label(&self) -> String {
        let number = self.posts.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number}", self.name)
    }
}

fn open(
    world: &World,
    name: &str,
    identity: &Identity,
    disk: Option<Arc<MemoryStore>>,
    seen: Arc<Mutex<Seen>>,
) -> Handle {
    let member = identity.user_id();
    let server = Server {
        engine: Arc::clone(&world.engine),
        clock: Arc::clone(&world.clock),
        space: world.space,
        member,
        identity: identity.clone(),
        page: world.page,
        token: Mutex::default(),
    };
    let network = Network::new(Arc::new(server), world);
    let liar = Arc::new(Liar::new(network, world, Arc::clone(&seen)));
    let process = disk.as_ref().map(|disk| {
        Arc::new(Process::new(
            disk,
            &world.weather,
            world.crashes,
            world.plant,
        ))
    });
    let mut builder = Space::builder("http://localhost")
        .transport(Arc::new(NoTransport))
        .source(Arc::clone(&liar) as Arc<dyn Source>)
        .jitter_seed(world.dice.next());
    if let Some(process) = process.clone() {
        builder = builder.store(process);
    }
    let space = builder.open(world.space, member, identity.clone(), &Key::new([9; 32]));
    Handle {
        name: name.to_owned(),
        space: space.unwrap(),
        seen,
        disk,
        process,
        liar,
    }
}

impl Handle {
    pub(super) fn is_dead(&self) -> bool {
        let process = self.process.as_ref();
        process.is_some_and(|process| process.is_dead())
    }

    /// Returns a copy of all that was seen up to now.
    pub(super) fn before(&self) -> Seen {
        self.seen.lock().clone()
    }

    /// Takes note of a sighting, unless the program has crashed: then its last sightings may be lost.
    pub(super) fn saw(&self, note: impl FnOnce(&mut Seen)) {
        if !self.is_dead() {
            note(&mut self.seen.lock());
        }
    }

    /// Returns the lies that were noticed; `None` if none was told.
    pub(super) fn noticed(&self) -> Option<BTreeSet<Lie>> {
        self.liar.noticed()
    }

    /// Takes note that the lies since the last time were not noticed.
    pub(super) fn unnoticed(&self) {
        self.liar.unnoticed();
    }
}

/// A transport that fails: everything goes through the source.
#[derive(Debug)]
struct NoTransport;

impl Transport for NoTransport {
    fn send(&self, _request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async { Err(TransportError::Connect("no network".to_owned())) })
    }

    fn connect(
        &self,
        _url: Url,
        _protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        Box::pin(async { Err(TransportError::Connect("no network".to_owned())) })
    }
}
