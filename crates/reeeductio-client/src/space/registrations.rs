//! Registering spaces, for a handle on the server's admin space (wire.md 7.1).

use reeeductio_core::{Identity, register_space, state_entry};
use reeeductio_proto::{ErrorCode, MemberId, Position, SpaceId, SpaceRegistration};

use super::Space;
use crate::error::ClientError;

/// The spaces that are registered on a server, for a handle on its admin space. Clones share everything.
#[derive(Clone, Debug)]
pub struct Registrations(pub(super) Space);

impl Registrations {
    /// Registers the space that `owner` has the key of, so that the server serves it. The member must be allowed to register.
    ///
    /// Two entries are written, one after the other. If the second fails the space is registered, and
    /// calling this again completes it.
    pub async fn create(&self, owner: &Identity) -> Result<SpaceId, ClientError> {
        let now = self.0.source().now().await?;
        let registration = register_space(owner, self.0.member(), now);
        for entry in state_entry::registration(&registration)? {
            self.0.state().set_entry(&entry).await?;
        }
        Ok(registration.space_id)
    }

    /// Takes the registration of a space back: the server serves it no more, keeps what it holds, and serves it again
    /// once it is registered again. The member must be allowed to `delete` the registration.
    ///
    /// The entry in the index of the member that registered the space is removed first, if this member may. If the next step
    /// fails the space is still registered, and calling this again completes it.
    ///
    /// A space that was never registered, because the server used to serve every space, gets the entry of one whose
    /// registration was taken back: without it the server does not purge the space.
    pub async fn remove(&self, space: SpaceId) -> Result<Position, ClientError> {
        let created_by = match self.registered_by(space).await {
            // Its own, then, which it may remove even if it cannot read it.
            Err(error) if is_denied(&error) => self.0.member(),
            Err(error) if error.code() == Some(ErrorCode::StateNotFound) => {
                let [path, _] = state_entry::registration_paths(&space, &self.0.member())?;
                return self.0.state().delete(&path).await;
            }
            other => other?,
        };
        let [path, index] = state_entry::registration_paths(&space, &created_by)?;
        match self.0.state().delete(&index).await {
            Err(error) if is_denied(&error) => {}
            other => drop(other?),
        }
        self.0.state().delete(&path).await
    }

    /// The member that has registered a space. Fails with `state.not_found` if there is no entry.
    async fn registered_by(&self, space: SpaceId) -> Result<MemberId, ClientError> {
        let [path, _] = state_entry::registration_paths(&space, &self.0.member())?;
        let entry = self.0.state().value(&path).await?;
        if entry.is_empty() {
            return Err(ClientError::argument("space", "is not registered"));
        }
        let registration: SpaceRegistration = serde_json::from_slice(&entry)
            .map_err(|error| ClientError::answer("registration", error))?;
        Ok(registration.created_by)
    }
}

fn is_denied(error: &ClientError) -> bool {
    error.code() == Some(ErrorCode::PermissionDenied)
}
