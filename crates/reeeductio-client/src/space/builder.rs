//! Opening a space.

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reeeductio_core::replica::Replica;
use reeeductio_core::{Identity, Key, SpaceKeys};
use reeeductio_proto::{MemberId, SpaceId};

use super::heads::Heads;
use super::live::{Hub, LiveOptions};
use super::rounds::Rounds;
use super::turns::Turns;
use super::{Inner, Space, outbox};
use crate::connection::Connection;
use crate::error::ClientError;
use crate::jitter::Jitter;
use crate::platform::system;
use crate::source::{Server, Source};
use crate::store::{Records, Store};
use crate::transport::Transport;

/// How a space is reached and what is remembered of it. Ends with [`open`](Self::open), with [`join`](Self::join) for the holder of a
/// link, with [`reopen`](Self::reopen) for a space that was joined, with [`accept`](Self::accept) for an invitation, or with
/// [`PasswordLogin::open`](crate::PasswordLogin::open).
#[derive(Clone)]
pub struct SpaceBuilder {
    base_url: String,
    transport: Option<Arc<dyn Transport>>,
    pub(super) user_key: Option<Key>,
    store: Option<Arc<dyn Store>>,
    sign_in_by_hand: bool,
    source: Option<Arc<dyn Source>>,
    jitter_seed: Option<u64>,
    kept_state: &'static [&'static str],
    silence: Duration,
}

impl SpaceBuilder {
    pub(super) fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            transport: None,
            user_key: None,
            store: None,
            sign_in_by_hand: false,
            source: None,
            jitter_seed: None,
            kept_state: &[],
            silence: LiveOptions::default().silence,
        }
    }

    /// Uses this network, such as one with a proxy or a private certificate authority, or one that several handles share. By default
    /// the operating system's is used, with the usual [`Timeouts`](crate::transport::Timeouts); in WebAssembly there is none.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets the user's own 32-byte secret, for data entries that other members cannot open.
    #[must_use]
    pub fn user_key(mut self, key: Key) -> Self {
        self.user_key = Some(key);
        self
    }

    /// Remembers here what was seen, so that a server that goes back in time is detected after a restart too.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// With `true`, signs in only when [`Session::sign_in`](crate::Session::sign_in) is called, not when a token is needed.
    #[must_use]
    pub fn sign_in_by_hand(mut self, by_hand: bool) -> Self {
        self.sign_in_by_hand = by_hand;
        self
    }

    /// Takes messages and entries from here instead of from the server.
    #[must_use]
    pub fn source(mut self, source: Arc<dyn Source>) -> Self {
        self.source = Some(source);
        self
    }

    /// How long a stream or watch hears nothing before it connects again: [`LiveOptions::silence`] if not called.
    #[must_use]
    pub fn silence(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    /// Seeds the random part of pauses, for runs that are to be repeated.
    #[must_use]
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    /// Keeps the values of the state at these paths and below them at hand, in memory and in the [`store`](Self::store), for a
    /// [`PolicySpace`](crate::PolicySpace): reading them costs no request of its own. A path has no slash at its end. By default none are kept.
    ///
    /// Up to 8 MiB are kept. All programs that share a store had better name the same paths: one that names more than the last has to read the
    /// state from its beginning.
    #[must_use]
    pub fn keeping_state(mut self, paths: &'static [&'static str]) -> Self {
        self.kept_state = paths;
        self
    }

    pub(crate) fn kept_state(&self) -> &'static [&'static str] {
        self.kept_state
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(super) fn kept_in(&self) -> Option<&Arc<dyn Store>> {
        self.store.as_ref()
    }

    /// Sets the user's own key if none is set.
    pub(crate) fn user_key_unless_set(mut self, key: Option<&Key>) -> Self {
        if self.user_key.is_none() {
            self.user_key = key.cloned();
        }
        self
    }

    /// Another space at `base_url`, over the network of `space` and with its local store.
    pub(crate) fn beside(space: &Space, base_url: &str) -> Self {
        Self {
            transport: Some(Arc::clone(&space.inner.transport)),
            store: space.inner.store.as_ref().map(Records::store).cloned(),
            silence: space.inner.silence,
            ..Self::new(base_url)
        }
    }

    /// The same without a local store.
    pub(crate) fn without_store(self) -> Self {
        Self {
            store: None,
            ..self
        }
    }

    /// The same server and network, without the settings that belong to one member.
    pub(crate) fn for_another_member(&self) -> Self {
        Self {
            transport: self.transport.clone(),
            jitter_seed: self.jitter_seed,
            silence: self.silence,
            ..Self::new(&self.base_url)
        }
    }

    /// Opens the space `id` as `member`, whose key is `identity`. Nothing is sent yet.
    pub fn open(
        self,
        id: SpaceId,
        member: MemberId,
        identity: Identity,
        symmetric_root: &Key,
    ) -> Result<Space, ClientError> {
        let transport = match self.transport {
            Some(transport) => transport,
            None => system()?,
        };
        let part = format!("spaces/{id}");
        let mut connection = Connection::new(
            Arc::clone(&transport),
            &self.base_url,
            &part,
            member,
            identity,
        )?;
        connection.sign_in_by_hand = self.sign_in_by_hand;
        let connection = Arc::new(connection);
        let source = match self.source {
            Some(source) => source,
            None => Arc::new(Server::new(Arc::clone(&connection))),
        };
        let jitter = Arc::new(Jitter::new(self.jitter_seed));
        let inner = Inner {
            id,
            symmetric_root: symmetric_root.clone(),
            keys: SpaceKeys::derive(symmetric_root, &id),
            user_key: self.user_key,
            transport,
            base_url: self.base_url,
            connection,
            hub: Arc::new(Hub::new(id, Arc::clone(&source), Arc::clone(&jitter))),
            jitter,
            source,
            replica: Mutex::new(Replica::new(id)),
            heads: Heads::default(),
            account_turn: tokio::sync::Mutex::default(),
            data_turns: Turns::default(),
            state_rounds: Rounds::default(),
            outbox: outbox::Shared::default(),
            store: self.store.map(|store| Records::new(store, id)),
            takes_blobs: AtomicBool::new(false),
            silence: self.silence,
        };
        Ok(Space {
            inner: Arc::new(inner),
        })
    }
}

impl fmt::Debug for SpaceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address may hold a password until it is refused.
        f.debug_struct("SpaceBuilder").finish_non_exhaustive()
    }
}
