//! A member's handle on a space.

mod auth;
mod blobs;
mod data;
mod live;
mod members;
mod messages;
mod state;

use reeeductio_core::{Identity, Key, SpaceKeys};
use reeeductio_proto::{MemberId, SpaceId};
use tokio::sync::Mutex;

pub use live::LiveMessages;

use crate::error::ClientError;
use crate::platform::tls;
use auth::Session;

/// A member's handle on a space. Signs in when needed.
#[derive(Debug)]
pub struct Space {
    http: reqwest::Client,
    base_url: String,
    id: SpaceId,
    member: MemberId,
    identity: Identity,
    keys: SpaceKeys,
    session: Mutex<Option<Session>>,
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
        if *member.public_key() != identity.public_key() {
            return Err(ClientError::Argument {
                field: "member",
                message: "is not the id of the key".to_owned(),
            });
        }
        Ok(Self {
            http: reqwest::Client::builder()
                .tls_backend_preconfigured(tls()?)
                .build()?,
            base_url: base_url.trim_end_matches('/').to_owned(),
            keys: SpaceKeys::derive(symmetric_root, &id),
            id,
            member,
            identity,
            session: Mutex::new(None),
        })
    }

    /// The space.
    pub fn id(&self) -> SpaceId {
        self.id
    }

    /// Who acts.
    pub fn member(&self) -> MemberId {
        self.member
    }

    fn url(&self, path: &str) -> String {
        format!("{}/spaces/{}/{path}", self.base_url, self.id)
    }
}
