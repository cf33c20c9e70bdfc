//! A member's handle on a space.

mod authority;
mod blobs;
mod data;
mod heads;
mod invitations;
mod live;
mod members;
mod messages;
mod outbox;
mod passwords;
mod posting;
mod reader;
mod registration;
mod remembering;
mod retry;
mod state;
mod turns;
mod user_data;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use reeeductio_core::replica::Replica;
use reeeductio_core::{Identity, Key, SpaceKeys};
use reeeductio_proto::{DataPath, MemberId, SpaceId};

pub use blobs::{BlobDownload, Transferred, UploadedBlob};
pub use invitations::{Invitation, InvitationLimits};
pub use live::{Frame, LiveMessages, LiveOptions, Status};
pub use messages::MessagePage;
pub use outbox::{Outbox, Sent, Waiting};
pub use passwords::PasswordsEnabled;
pub use reader::Reader;

use crate::connection::Connection;
use crate::error::ClientError;
use crate::jitter::Jitter;
use crate::platform::system;
use crate::source::{Server, Source};
use crate::store::{Records, Store};
use crate::transport::{Bearer, Transport};
use heads::Heads;
use live::Hub;
use turns::{Rounds, Turns};

/// A member's handle on a space. Signs in when needed; clones share everything.
#[derive(Clone, Debug)]
pub struct Space {
    inner: Arc<Inner>,
}

/// What a handle may be given beyond the credentials.
#[derive(Clone, Debug, Default)]
pub struct SpaceOptions {
    /// A network of one's own, or one that many handles share; by default the operating system's, with the
    /// usual [`Timeouts`](crate::transport::Timeouts).
    pub transport: Option<Arc<dyn Transport>>,
    /// The user's own 32-byte secret, for data entries that other members cannot open.
    pub user_key: Option<Key>,
    /// Where what was seen is kept, so that a server that changes its mind is caught.
    pub store: Option<Arc<dyn Store>>,
    /// Do not sign in when it is needed: only [`Space::authenticate`] does.
    pub sign_in_by_hand: bool,
    /// Where messages and entries come from; by default the server.
    pub source: Option<Arc<dyn Source>>,
    /// Seed of the random part of pauses, for runs that are to be repeated; by default the operating system gives one.
    pub jitter_seed: Option<u64>,
}

#[derive(Debug)]
struct Inner {
    id: SpaceId,
    symmetric_root: Key,
    keys: SpaceKeys,
    user_key: Option<Key>,
    transport: Arc<dyn Transport>,
    base_url: String,
    connection: Arc<Connection>,
    source: Arc<dyn Source>,
    jitter: Arc<Jitter>,
    /// What is known of the space. Locked for the time of a look only, never while something is waited for.
    replica: Mutex<Replica>,
    heads: Heads,
    /// One write at a time to each data path.
    data_turns: Turns<DataPath>,
    /// Readings of the state, which all share that need one.
    state_rounds: Rounds,
    hub: Arc<Hub>,
    outbox: outbox::Shared,
    store: Option<Records>,
    /// Whether the server is known to take blobs itself, instead of giving an address of where they go.
    takes_blobs: AtomicBool,
}

impl Space {
    /// A handle for `member`, who holds `identity`'s key, on the server at `base_url`. Nothing is sent yet.
    pub fn new(
        id: SpaceId,
        member: MemberId,
        identity: Identity,
        symmetric_root: &Key,
        base_url: &str,
    ) -> Result<Self, ClientError> {
        let options = SpaceOptions::default();
        Self::open(id, member, identity, symmetric_root, base_url, options)
    }

    /// [`new`](Self::new) over a network of one's own, or one that many handles share.
    pub fn over(
        transport: Arc<dyn Transport>,
        id: SpaceId,
        member: MemberId,
        identity: Identity,
        symmetric_root: &Key,
        base_url: &str,
    ) -> Result<Self, ClientError> {
        let options = SpaceOptions {
            transport: Some(transport),
            ..SpaceOptions::default()
        };
        Self::open(id, member, identity, symmetric_root, base_url, options)
    }

    /// [`new`](Self::new) with options.
    pub fn open(
        id: SpaceId,
        member: MemberId,
        identity: Identity,
        symmetric_root: &Key,
        base_url: &str,
        options: SpaceOptions,
    ) -> Result<Self, ClientError> {
        let transport = match options.transport {
            Some(transport) => transport,
            None => system()?,
        };
        let part = format!("spaces/{id}");
        let mut connection =
            Connection::new(Arc::clone(&transport), base_url, &part, member, identity)?;
        connection.sign_in_by_hand = options.sign_in_by_hand;
        let connection = Arc::new(connection);
        let source = match options.source {
            Some(source) => source,
            None => Arc::new(Server::new(Arc::clone(&connection))),
        };
        let jitter = Arc::new(Jitter::new(options.jitter_seed));
        let inner = Inner {
            id,
            symmetric_root: symmetric_root.clone(),
            keys: SpaceKeys::derive(symmetric_root, &id),
            user_key: options.user_key,
            transport,
            base_url: base_url.to_owned(),
            connection,
            hub: Arc::new(Hub::new(id, Arc::clone(&source), Arc::clone(&jitter))),
            jitter,
            source,
            replica: Mutex::new(Replica::new(id)),
            heads: Heads::default(),
            data_turns: Turns::default(),
            state_rounds: Rounds::default(),
            outbox: outbox::Shared::default(),
            store: options.store.map(|store| Records::new(store, id)),
            takes_blobs: AtomicBool::new(false),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The space.
    pub fn id(&self) -> SpaceId {
        self.inner.id
    }

    /// Who acts.
    pub fn member(&self) -> MemberId {
        self.connection().member()
    }

    /// The keys of the space.
    pub fn keys(&self) -> &SpaceKeys {
        &self.inner.keys
    }

    /// Signs in, also if a token is at hand, and returns the new one. Everything else signs in by itself
    /// when needed.
    pub async fn authenticate(&self) -> Result<Bearer, ClientError> {
        self.connection().sign_in().await
    }

    /// A token that is valid for a while yet, signing in if there is none.
    pub async fn token(&self) -> Result<Bearer, ClientError> {
        self.connection().bearer().await
    }

    /// The token at hand, if it is valid for a minute yet. Asks no server.
    pub async fn held_token(&self) -> Option<Bearer> {
        self.connection().held().await
    }

    /// Whether a token is at hand that is valid for a minute yet.
    pub async fn is_authenticated(&self) -> bool {
        self.held_token().await.is_some()
    }

    fn connection(&self) -> &Connection {
        &self.inner.connection
    }

    fn source(&self) -> &dyn Source {
        &*self.inner.source
    }

    /// Looks at, or changes, what is known of the space.
    fn with_replica<T>(&self, look: impl FnOnce(&mut Replica) -> T) -> T {
        // What is held is changed in steps that do not panic.
        let mut replica = self
            .inner
            .replica
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        look(&mut replica)
    }
}
