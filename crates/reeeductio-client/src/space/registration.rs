//! Registering spaces, for a handle on the server's admin space (wire.md 7.1).

use reeeductio_core::{Identity, register_space, state_entry};
use reeeductio_proto::SpaceId;

use super::Space;
use crate::error::ClientError;
use crate::platform::now;

impl Space {
    /// Registers the space that `owner` has the key of, so that the server serves it. This handle must be on
    /// the admin space, and its member allowed to register.
    ///
    /// Two entries are written, one after the other. If the second fails the space is registered, and
    /// calling this again completes it.
    pub async fn create_space(&self, owner: &Identity) -> Result<SpaceId, ClientError> {
        let registration = register_space(owner, self.member(), now());
        for entry in state_entry::registration(&registration)? {
            self.set_entry(&entry).await?;
        }
        Ok(registration.space_id)
    }
}
