//! A member's handle on a space.

mod authority;
mod blobs;
mod data;
mod heads;
mod live;
mod members;
mod messages;
mod posting;
mod reader;
mod registration;
mod state;

use std::sync::Arc;

use reeeductio_core::{Identity, Key, SpaceKeys, StateChain};
use reeeductio_proto::{MemberId, SpaceId};
use tokio::sync::Mutex;

pub use blobs::BlobDownload;
pub use live::{Frame, LiveMessages};
pub use messages::{MessagePage, Range};
pub use posting::Posted;
pub use reader::Reader;

use crate::connection::Connection;
use crate::error::ClientError;
use crate::transport::{Native, Timeouts, Transport};
use data::SignedTimes;
use heads::Heads;

/// A member's handle on a space. Signs in when needed; clones share everything.
#[derive(Clone, Debug)]
pub struct Space {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: SpaceId,
    keys: SpaceKeys,
    connection: Connection,
    heads: Heads,
    signed_times: SignedTimes,
    /// The space's state as far as it was read: who may do what, and what is newest at each path.
    state: Mutex<StateChain>,
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
        let transport = Arc::new(Native::new(Timeouts::default())?);
        Self::over(transport, id, member, identity, symmetric_root, base_url)
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
        let part = format!("spaces/{id}");
        let inner = Inner {
            id,
            keys: SpaceKeys::derive(symmetric_root, &id),
            connection: Connection::new(transport, base_url, &part, member, identity)?,
            heads: Heads::default(),
            signed_times: SignedTimes::default(),
            state: Mutex::new(StateChain::new(id)),
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

    /// Signs in, also if a token is at hand. Everything else signs in by itself when needed.
    pub async fn authenticate(&self) -> Result<(), ClientError> {
        self.connection().sign_in().await
    }

    fn connection(&self) -> &Connection {
        &self.inner.connection
    }
}
