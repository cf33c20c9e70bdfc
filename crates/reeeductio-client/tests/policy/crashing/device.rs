//! A device whose program is started again after a crash, and does again what was not acknowledged.

use std::sync::{Arc, Mutex};

use reeeductio_client::transport::Transport;
use reeeductio_client::{
    AnchoredLink, ClientError, Identity, MemoryStore, NewSpace, PolicySpace, Space, SpaceId, Store,
};

use super::process::{Crash, Process, Sent};

/// How a device comes to its space.
#[derive(Clone)]
pub(super) enum Way {
    Create,
    Redeem(AnchoredLink),
    /// It is a member already.
    Open(SpaceId),
}

pub(super) struct Device {
    url: String,
    identity: Identity,
    way: Way,
    disk: Arc<MemoryStore>,
    crash: Arc<Crash>,
    pub(super) sent: Arc<Mutex<Vec<Sent>>>,
    process: Arc<Process>,
    space: Option<PolicySpace>,
}

impl Device {
    pub(super) fn new(url: &str, identity: Identity, way: Way, crash: &Arc<Crash>) -> Self {
        let (disk, sent) = (Arc::default(), Arc::default());
        Self {
            url: url.to_owned(),
            identity,
            way,
            process: Arc::new(Process::new(&disk, crash, &sent)),
            disk,
            crash: Arc::clone(crash),
            sent,
            space: None,
        }
    }

    /// Does something until it is acknowledged. A program that has crashed is started again, with the same disk.
    ///
    /// It crashes once in this.
    pub(super) async fn run<T>(
        &mut self,
        what: &str,
        act: impl AsyncFn(&PolicySpace) -> Result<T, ClientError>,
    ) -> T {
        self.crash.begin(what);
        loop {
            let done = match self.open().await {
                Ok(space) => act(&space).await,
                Err(error) => Err(error),
            };
            if !self.process.is_dead() {
                return done.unwrap_or_else(|error| panic!("{what}, {:?}: {error:?}", self.crash));
            }
            self.restart();
        }
    }

    /// Ends the program, and starts it again.
    pub(super) fn restart(&mut self) {
        self.space = None;
        self.process = Arc::new(Process::new(&self.disk, &self.crash, &self.sent));
    }

    async fn open(&mut self) -> Result<PolicySpace, ClientError> {
        if let Some(space) = &self.space {
            return Ok(space.clone());
        }
        let builder = Space::builder(&self.url)
            .store(Arc::clone(&self.process) as Arc<dyn Store>)
            .transport(Arc::clone(&self.process) as Arc<dyn Transport>);
        let identity = self.identity.clone();
        let space = match &self.way {
            Way::Create => PolicySpace::create(builder, identity, NewSpace::default()).await?,
            Way::Redeem(link) => PolicySpace::redeem(builder, link, None, identity).await?,
            Way::Open(id) => PolicySpace::open(builder, *id, identity.user_id(), identity).await?,
        };
        if !self.process.is_dead() {
            self.way = Way::Open(space.id());
        }
        self.space = Some(space.clone());
        Ok(space)
    }
}
