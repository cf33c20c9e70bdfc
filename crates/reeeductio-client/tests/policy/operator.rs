//! A server whose operator restores it from a backup, under one address.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use reeeductio_client::transport::{
    Native, Request, Response, Socket, Timeouts, Transport, TransportError, Url,
};
use reeeductio_client::{ClientError, Identity, NewSpace, PolicySpace, Space, SpaceBuilder, Store};
use reeeductio_testkit::{Member, TestServer, begin_restore, copy_of, sign_restores};
use tempfile::TempDir;

use crate::rig::keys;

const ADDRESS: &str = "http://server.test";

/// A server in this process that can be restored, with a space on it.
pub(crate) struct Restorable {
    server: Option<TestServer>,
    backup: Option<TempDir>,
    network: Arc<Moving>,
    restores: u8,
    pub(crate) owner: PolicySpace,
}

impl Restorable {
    pub(crate) async fn start() -> Self {
        Self::start_with(Some(operator().public_key()), None).await
    }

    pub(crate) async fn start_with(
        operator_key: Option<[u8; 32]>,
        store: Option<Arc<dyn Store>>,
    ) -> Self {
        let server = TestServer::start().await;
        let network = Arc::new(Moving {
            native: Native::new(Timeouts::default()).unwrap(),
            url: Mutex::new(server.url()),
        });
        let new = NewSpace {
            operator_key,
            ..NewSpace::default()
        };
        let builder = with_store(builder(&network), store);
        let owner = PolicySpace::create(builder, keys(1), new).await.unwrap();
        Self {
            server: Some(server),
            backup: None,
            network,
            restores: 0,
            owner,
        }
    }

    /// The owner, by raw HTTP.
    pub(crate) async fn owner_by_http(&self) -> Member {
        self.server.as_ref().unwrap().owner(1).await
    }

    /// A handle for the member of a seed, which remembers in a store if there is one.
    pub(crate) async fn open(&self, seed: u8, store: Option<&Arc<dyn Store>>) -> PolicySpace {
        self.try_open(seed, store).await.unwrap()
    }

    pub(crate) async fn try_open(
        &self,
        seed: u8,
        store: Option<&Arc<dyn Store>>,
    ) -> Result<PolicySpace, ClientError> {
        let builder = with_store(builder(&self.network), store.cloned());
        let keys = keys(seed);
        PolicySpace::open(builder, self.owner.id(), keys.user_id(), keys).await
    }

    /// An editor with a handle of its own.
    pub(crate) async fn editor(&self, seed: u8, store: Option<&Arc<dyn Store>>) -> PolicySpace {
        let admitted = crate::rig::admit(&self.owner, seed, "editor").await;
        admitted.unwrap();
        self.open(seed, store).await
    }

    /// The number of lanes that a member has in the topic.
    pub(crate) async fn lanes(&self, of: &PolicySpace) -> usize {
        let owner = self.server.as_ref().unwrap().owner(1).await;
        let page = owner.get("topics/general/messages").await;
        let messages = page.json["messages"].as_array().unwrap().iter();
        let sender = of.member().to_string();
        let first = messages.filter(|one| one["prev_hash"].is_null() && one["sender"] == sender);
        first.count()
    }

    pub(crate) async fn back_up(&mut self) {
        let folder = self.server.take().unwrap().stop().await;
        self.backup = Some(copy_of(folder.path()));
        self.start_on(folder).await;
    }

    /// Puts the backup in place, and begins a new history.
    pub(crate) async fn restore(&mut self) {
        self.restore_unsigned().await;
        self.sign().await;
    }

    /// The same, and the operator has not signed it yet.
    pub(crate) async fn restore_unsigned(&mut self) {
        drop(self.server.take().unwrap().stop().await);
        let folder = copy_of(self.backup.as_ref().unwrap().path());
        self.restores += 1;
        begin_restore(folder.path(), [self.restores; 8]).await;
        self.start_on(folder).await;
    }

    /// The operator signs.
    pub(crate) async fn sign(&mut self) {
        self.sign_by(&operator()).await;
    }

    pub(crate) async fn sign_by(&mut self, operator: &Identity) {
        let folder = self.server.take().unwrap().stop().await;
        sign_restores(folder.path(), operator).await;
        self.start_on(folder).await;
    }

    async fn start_on(&mut self, folder: TempDir) {
        let server = TestServer::start_again(folder).await;
        *self.network.url.lock().unwrap() = server.url();
        self.server = Some(server);
    }
}

pub(crate) fn operator() -> Identity {
    keys(99)
}

fn builder(network: &Arc<Moving>) -> SpaceBuilder {
    let network = Arc::clone(network) as Arc<dyn Transport>;
    Space::builder(ADDRESS).transport(network)
}

fn with_store(builder: SpaceBuilder, store: Option<Arc<dyn Store>>) -> SpaceBuilder {
    match store {
        Some(store) => builder.store(store),
        None => builder,
    }
}

/// The real network, on which the address leads to the server as it is now.
#[derive(Debug)]
struct Moving {
    native: Native,
    url: Mutex<String>,
}

impl Moving {
    fn at(&self, url: &Url) -> Url {
        let now = self.url.lock().unwrap().clone();
        let host = |url: &str| url.split_once("://").unwrap().1.to_owned();
        Url::new(url.expose().replace(&host(ADDRESS), &host(&now)))
    }
}

impl Transport for Moving {
    fn send(&self, mut request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        request.url = self.at(&request.url);
        self.native.send(request)
    }

    fn connect(
        &self,
        url: Url,
        protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        self.native.connect(self.at(&url), protocol)
    }
}
