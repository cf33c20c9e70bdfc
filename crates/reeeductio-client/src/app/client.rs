//! A client of an app.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reeeductio_core::Identity;
use reeeductio_core::app::AppKey;
use reeeductio_proto::{MemberId, SpaceId};

use super::directory::{self, Directory};
use super::error::AppError;
use super::signed_in::SignedIn;
use super::{Auth, User, keep};
use crate::error::ClientError;
use crate::platform::system;
use crate::policy_space::PolicySpace;
use crate::space::{Space, SpaceBuilder};
use crate::store::{Records, Store};
use crate::transport::Transport;

/// A client of an app: nobody is signed in to it, or one user is. Clones share everything.
///
/// ```no_run
/// # async fn example() -> Result<(), reeeductio_client::ClientError> {
/// use reeeductio_client::Client;
///
/// let client = Client::builder("https://example.org", "rk_…")?.open()?;
/// let user = client.auth().register("ada", "a long password of hers").await?;
/// println!("{} is {}", user.username, user.id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// How an app is reached.
#[derive(Clone)]
pub struct ClientBuilder {
    key: AppKey,
    builder: SpaceBuilder,
    base_url: String,
    transport: Option<Arc<dyn Transport>>,
    store: Option<Arc<dyn Store>>,
}

pub(super) struct Shared {
    pub(super) key: AppKey,
    pub(super) base_url: String,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) store: Option<Arc<dyn Store>>,
    /// For each space, without a store.
    builder: SpaceBuilder,
    account: Mutex<Account>,
    /// One change of who is signed in at a time.
    pub(super) turn: tokio::sync::Mutex<()>,
    /// The app as its key sees it.
    visitor: tokio::sync::Mutex<Option<PolicySpace>>,
}

/// The user that is signed in, if there is one.
#[derive(Clone)]
pub(super) enum Account {
    Nobody,
    Locked(User),
    SignedIn(Arc<SignedIn>),
}

impl ClientBuilder {
    /// Uses this network: one with a proxy, or one that several clients share.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Remembers here who is signed in, and what was seen of the app and its channels. Each user has a part of its own, which logging out clears.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Time after which a stream that hears nothing connects again.
    #[must_use]
    pub fn silence(mut self, silence: Duration) -> Self {
        self.builder = self.builder.silence(silence);
        self
    }

    /// Seeds the random part of pauses, for runs that are to be repeated.
    #[must_use]
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.builder = self.builder.jitter_seed(seed);
        self
    }

    /// The client. Nothing is sent yet.
    pub fn open(self) -> Result<Client, ClientError> {
        let transport = match self.transport {
            Some(transport) => transport,
            None => system()?,
        };
        let builder = self.builder.transport(Arc::clone(&transport));
        Ok(Client {
            shared: Arc::new(Shared {
                key: self.key,
                base_url: self.base_url,
                transport,
                store: self.store,
                builder,
                account: Mutex::new(Account::Nobody),
                turn: tokio::sync::Mutex::default(),
                visitor: tokio::sync::Mutex::default(),
            }),
        })
    }
}

impl Client {
    /// A client of the app of `app_key` on the server at `base_url`.
    pub fn builder(base_url: &str, app_key: &str) -> Result<ClientBuilder, ClientError> {
        Ok(ClientBuilder {
            key: AppKey::parse(app_key)?,
            builder: Space::builder(base_url),
            base_url: base_url.to_owned(),
            transport: None,
            store: None,
        })
    }

    /// The app.
    pub fn app(&self) -> SpaceId {
        self.shared.key.app()
    }

    /// Signing up, in and out.
    pub fn auth(&self) -> Auth {
        Auth(self.clone())
    }

    /// The user that is signed in, locked or not.
    pub fn user(&self) -> Option<User> {
        match self.account() {
            Account::Nobody => None,
            Account::Locked(user) => Some(user),
            Account::SignedIn(signed_in) => Some(signed_in.user().clone()),
        }
    }

    /// Returns whether a user is signed in whose key is not at hand.
    pub fn is_locked(&self) -> bool {
        matches!(self.account(), Account::Locked(_))
    }

    /// The app's users and channels, by the key of the app or of the user that is signed in.
    pub async fn directory(&self) -> Result<Directory, ClientError> {
        match self.account() {
            Account::SignedIn(signed_in) => Ok(signed_in.directory().clone()),
            Account::Nobody | Account::Locked(_) => Ok(Directory::of(self.visitor().await?)),
        }
    }

    /// Ends all connections. The user stays signed in on this machine, locked.
    pub async fn close(&self) {
        let _turn = self.shared.turn.lock().await;
        self.lock_account();
        *self.shared.visitor.lock().await = None;
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn account(&self) -> Account {
        let account = self.shared.account.lock();
        account.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces who is signed in. Handles of the one before end.
    pub(super) fn set_account(&self, account: Account) {
        let mut present = (self.shared.account.lock()).unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *present, account);
        drop(present);
        if let Account::SignedIn(signed_in) = before {
            signed_in.end();
        }
    }

    /// Forgets the key of the user that is signed in.
    pub(super) fn lock_account(&self) {
        if let Account::SignedIn(signed_in) = self.account() {
            self.set_account(Account::Locked(signed_in.user().clone()));
        }
    }

    /// The user that is signed in, with its key.
    pub(super) fn signed_in(&self) -> Result<Arc<SignedIn>, ClientError> {
        match self.account() {
            Account::SignedIn(signed_in) => Ok(signed_in),
            Account::Locked(user) => Err(AppError::Locked(user.username).into()),
            Account::Nobody => Err(AppError::SignedOut.into()),
        }
    }

    /// The app as its key sees it.
    pub(super) async fn visitor(&self) -> Result<PolicySpace, ClientError> {
        let mut visitor = self.shared.visitor.lock().await;
        if let Some(visitor) = &*visitor {
            return Ok(visitor.clone());
        }
        let keys = self.shared.key.tool();
        let opened = self.open_app(keys.tool_id(), keys).await?;
        *visitor = Some(opened.clone());
        Ok(opened)
    }

    /// Opens the app as a member of it.
    pub(super) async fn open_app(
        &self,
        member: MemberId,
        identity: Identity,
    ) -> Result<PolicySpace, ClientError> {
        let builder = self.builder_for(&member).keeping_state(directory::KEPT);
        PolicySpace::open(builder, self.app(), member, identity).await
    }

    /// The way to a space, with the member's part of the store.
    pub(super) fn builder_for(&self, member: &MemberId) -> SpaceBuilder {
        let builder = self.shared.builder.clone();
        match keep::part_of(self.shared.store.as_ref(), member) {
            Some(part) => builder.store(part),
            None => builder,
        }
    }

    /// The record of who is signed in.
    pub(super) fn records(&self) -> Option<Records> {
        let store = self.shared.store.as_ref()?;
        Some(Records::new(Arc::clone(store), self.app()))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("app", &self.app())
            .field("user", &self.user())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
