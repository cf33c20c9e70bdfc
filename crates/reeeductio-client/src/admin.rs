//! Operating a server (wire.md 7.1).

mod spaces;

pub use spaces::{PurgeStep, SpacePage, SpaceStatus, Stored};

use std::sync::Arc;

use reeeductio_core::Identity;
use reeeductio_proto::api::AdminSpaceBody;
use reeeductio_proto::{BlobId, SpaceId};

use crate::connection::Connection;
use crate::error::ClientError;
use crate::platform::system;
use crate::session::Session;
use crate::transport::Transport;

/// A member of the admin space, acting on the server as a whole.
#[derive(Debug)]
pub struct AdminClient {
    connection: Arc<Connection>,
}

impl AdminClient {
    /// Acts as the user with this key on the server at `base_url`. Nothing is sent yet.
    pub fn new(identity: Identity, base_url: &str) -> Result<Self, ClientError> {
        Self::over(system()?, identity, base_url)
    }

    /// [`new`](Self::new) over a network of one's own.
    pub fn over(
        transport: Arc<dyn Transport>,
        identity: Identity,
        base_url: &str,
    ) -> Result<Self, ClientError> {
        let member = identity.user_id();
        let connection = Connection::new(transport, base_url, "admin", member, identity)?;
        Ok(Self {
            connection: Arc::new(connection),
        })
    }

    /// The member's session at the server.
    pub fn session(&self) -> Session {
        Session(Arc::clone(&self.connection))
    }

    /// The id of the admin space.
    pub async fn space_id(&self) -> Result<SpaceId, ClientError> {
        let body: AdminSpaceBody = self.connection.get("space").await?;
        SpaceId::parse(&body.space_id).map_err(|error| ClientError::answer("space_id", error))
    }

    /// Removes a blob from all spaces.
    pub async fn delete_blob(&self, blob: &BlobId) -> Result<(), ClientError> {
        self.connection.delete(&format!("blobs/{blob}")).await
    }
}
