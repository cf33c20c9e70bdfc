//! What an operator does to a server (wire.md 7.1).

mod spaces;

pub use spaces::{PurgeStep, SpacePage, SpaceStatus, Stored};

use std::sync::Arc;

use reeeductio_core::Identity;
use reeeductio_proto::api::AdminSpaceBody;
use reeeductio_proto::{BlobId, SpaceId};

use crate::connection::Connection;
use crate::error::ClientError;
use crate::platform::system;
use crate::transport::{Bearer, Transport};

/// A member of the admin space, acting on the server as a whole.
#[derive(Debug)]
pub struct AdminClient {
    connection: Connection,
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
        Ok(Self { connection })
    }

    /// Signs in, also if a token is at hand, and returns the new one. Everything else signs in by itself
    /// when needed.
    pub async fn authenticate(&self) -> Result<Bearer, ClientError> {
        self.connection.sign_in().await
    }

    /// A token that is valid for a while yet, signing in if there is none.
    pub async fn token(&self) -> Result<Bearer, ClientError> {
        self.connection.bearer().await
    }

    /// The token at hand, if it is valid for a minute yet. Asks no server.
    pub async fn held_token(&self) -> Option<Bearer> {
        self.connection.held().await
    }

    /// Whether a token is at hand that is valid for a minute yet.
    pub async fn is_authenticated(&self) -> bool {
        self.held_token().await.is_some()
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
