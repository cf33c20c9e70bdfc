//! A member's handle on a space.

mod account;
mod admission;
mod authority;
mod blobs;
mod builder;
mod content;
mod data;
mod data_list;
mod data_watch;
mod follow;
mod heads;
mod history;
mod invitations;
mod joining;
pub(crate) mod live;
mod members;
mod messages;
mod outbox;
mod passwords;
mod posting;
mod registrations;
mod remembering;
pub(crate) mod retry;
mod rights;
pub(crate) mod rounds;
mod state;
mod state_list;
pub(crate) mod steps;
mod topic;
pub(crate) mod turns;
mod update;
mod user_data;
mod watches;

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reeeductio_core::replica::Replica;
use reeeductio_core::{Key, SpaceKeys, open};
use reeeductio_proto::{DataPath, MemberId, Message, SpaceId, TopicId, encoding};
use tokio::sync::watch;

pub use account::Account;
pub use blobs::{BlobDownload, BlobPieces, Blobs, Transferred, UploadedBlob};
pub use builder::SpaceBuilder;
pub use content::Content;
pub use data::Data;
pub use data_list::{DataListing, RefusedData};
pub use data_watch::DataChange;
pub use history::History;
pub use invitations::{Invitation, InvitationLimits, Invitations, LinkOptions};
pub use live::{Frame, LiveMessages, LiveOptions, Status};
pub use members::Members;
pub use messages::MessagePage;
pub use outbox::{Outbox, Sent, Waiting};
pub use passwords::{Passwords, PasswordsEnabled};
pub use registrations::Registrations;
pub(crate) use remembering::no_store;
pub use state::State;
pub use topic::{Place, PostOptions, Topic};
pub use update::Protection;
pub use user_data::UserData;
pub use watches::Watch;

use crate::connection::Connection;
use crate::error::ClientError;
use crate::jitter::Jitter;
use crate::session::Session;
use crate::source::Source;
use crate::store::Records;
use crate::transport::Transport;
use heads::Heads;
pub(crate) use live::Hub;
use rounds::Rounds;
use turns::Turns;

/// A member's handle on a space. Signs in when needed; clones share everything.
#[derive(Clone)]
pub struct Space {
    inner: Arc<Inner>,
}

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
    /// The state machine of the space. Locked for the time of a look only, never across an await.
    replica: Mutex<Replica>,
    heads: Heads,
    /// One change of the account at a time.
    account_turn: tokio::sync::Mutex<()>,
    /// One write at a time to each data path.
    data_turns: Turns<DataPath>,
    /// Readings of the state, which all share that need one.
    state_rounds: Rounds,
    hub: Arc<Hub>,
    outbox: outbox::Shared,
    store: Option<Records>,
    /// Whether the server is known to take blobs itself, instead of giving an address of where they go.
    takes_blobs: AtomicBool,
    /// How long streams hear nothing before they connect again.
    silence: Duration,
}

impl Space {
    /// Begins to open a space on the server at `base_url`.
    pub fn builder(base_url: &str) -> SpaceBuilder {
        SpaceBuilder::new(base_url)
    }

    /// The space's id.
    pub fn id(&self) -> SpaceId {
        self.inner.id
    }

    /// The member that acts.
    pub fn member(&self) -> MemberId {
        self.connection().member()
    }

    /// The keys of the space.
    pub fn keys(&self) -> &SpaceKeys {
        &self.inner.keys
    }

    /// Opens a message that was sealed with its topic's key.
    pub fn open_message(&self, message: &Message) -> Result<Vec<u8>, ClientError> {
        let sealed =
            encoding::decode(&message.data).map_err(|error| ClientError::answer("data", error))?;
        Ok(open(&self.keys().topic(&message.topic_id), &sealed)?)
    }

    /// The member's session at the server.
    pub fn session(&self) -> Session {
        Session(Arc::clone(&self.inner.connection))
    }

    /// A topic. Bind the handle to a name where its futures are not awaited in the same statement.
    pub fn topic(&self, id: &TopicId) -> Topic {
        Topic {
            space: self.clone(),
            id: id.clone(),
        }
    }

    /// The shared state.
    pub fn state(&self) -> State {
        State(self.clone())
    }

    /// The data entries.
    pub fn data(&self) -> Data {
        Data(self.clone())
    }

    /// The data entries that the member keeps for itself. Needs the user's own key.
    pub fn user_data(&self) -> UserData {
        UserData(self.clone())
    }

    /// The blobs.
    pub fn blobs(&self) -> Blobs {
        Blobs(self.clone())
    }

    /// The members, their roles and rights.
    pub fn members(&self) -> Members {
        Members(self.clone())
    }

    /// The invitations.
    pub fn invitations(&self) -> Invitations {
        Invitations(self.clone())
    }

    /// The passwords.
    pub fn passwords(&self) -> Passwords {
        Passwords(self.clone())
    }

    /// The spaces that are registered on the server. This handle must be on the server's admin space.
    pub fn registrations(&self) -> Registrations {
        Registrations(self.clone())
    }

    /// The messages that wait to be sent. Needs a local store.
    pub fn outbox(&self) -> Outbox {
        Outbox(self.clone())
    }

    /// Every message stored from now on that this member may read, as it is stored.
    pub async fn live(&self) -> Result<LiveMessages, ClientError> {
        self.live_with(self.live_options()).await
    }

    /// [`live`](Self::live) with options. Those of the first stream hold for the connection that all share.
    pub async fn live_with(&self, options: LiveOptions) -> Result<LiveMessages, ClientError> {
        self.open_live(options, None).await
    }

    /// The usual options, with what the [builder](SpaceBuilder::silence) said.
    pub fn live_options(&self) -> LiveOptions {
        LiveOptions {
            silence: self.inner.silence,
            ..LiveOptions::default()
        }
    }

    /// The status of the connection that the live streams share, to be watched.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.inner.hub.status()
    }

    /// Takes the server's present history for the true one. For a server that its operator has restored from a backup, and says so: it
    /// has lost what was written since, which is otherwise an error for ever, as it is when a server lies.
    ///
    /// Forgets what was seen, here and in the local store. Messages stay in the store as if the program had put them there; messages
    /// that wait in the outbox are sent. Other handles on the store, and streams that are open, go on as before: open them anew.
    pub async fn accept_restore(&self) -> Result<(), ClientError> {
        if let Some(records) = self.records() {
            records.forget_seen().await?;
        }
        let id = self.id();
        self.with_replica(|replica| *replica = Replica::new(id));
        self.inner.heads.forget().await;
        Ok(())
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.inner.connection
    }

    pub(crate) fn source(&self) -> &dyn Source {
        &*self.inner.source
    }

    pub(crate) fn jitter(&self) -> &Jitter {
        &self.inner.jitter
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.inner.hub
    }

    pub(crate) fn transport(&self) -> &Arc<dyn Transport> {
        &self.inner.transport
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    /// Looks at the replica, or changes it.
    fn with_replica<T>(&self, look: impl FnOnce(&mut Replica) -> T) -> T {
        // The replica is changed in steps that do not panic.
        let mut replica = self
            .inner
            .replica
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        look(&mut replica)
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Space")
            .field("id", &self.id())
            .field("member", &self.member())
            .finish_non_exhaustive()
    }
}
