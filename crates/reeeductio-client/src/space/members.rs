//! Users, tools, roles and rights: entries of the state below `auth/`, which the server reads.

use reeeductio_core::Identity;
use reeeductio_core::StateEntry;
use reeeductio_core::state_entry;
use reeeductio_proto::{Capability, MemberId, Operation, ToolLimits};

use super::Space;
use super::posting::Posted;
use crate::error::ClientError;
use crate::platform::random;

impl Space {
    /// Makes an id a user of the space.
    pub async fn add_user(&self, user: &MemberId) -> Result<Posted, ClientError> {
        self.set_entry(&state_entry::user(*user, None)?).await
    }

    /// Makes an id a tool of the space, limited in uses and time if `limits` say so.
    pub async fn create_tool(
        &self,
        tool: &MemberId,
        description: Option<&str>,
        limits: ToolLimits,
    ) -> Result<Posted, ClientError> {
        self.set_entry(&state_entry::tool(*tool, description, limits)?)
            .await
    }

    /// Removes a user or tool, and everything it was given. Its tokens stop working at once.
    pub async fn remove_member(&self, member: &MemberId) -> Result<Posted, ClientError> {
        self.delete_state(&state_entry::member_path(*member)?).await
    }

    /// Defines a role.
    pub async fn create_role(&self, role: &str, description: &str) -> Result<Posted, ClientError> {
        self.set_entry(&state_entry::role(role, Some(description))?)
            .await
    }

    /// Gives a role a right: `op` on the resources of the pattern `path`. The name serves to take it back.
    pub async fn grant_to_role(
        &self,
        role: &str,
        name: &str,
        op: Operation,
        path: &str,
    ) -> Result<Posted, ClientError> {
        let right = capability(op, path)?;
        self.set_entry(&state_entry::right_of_role(role, name, &right)?)
            .await
    }

    /// Gives a user or tool a right of its own.
    pub async fn grant_to_member(
        &self,
        member: &MemberId,
        name: &str,
        op: Operation,
        path: &str,
    ) -> Result<Posted, ClientError> {
        let right = capability(op, path)?;
        self.set_entry(&state_entry::right_of_member(*member, name, &right)?)
            .await
    }

    /// Gives a user a role.
    pub async fn assign_role(&self, user: &MemberId, role: &str) -> Result<Posted, ClientError> {
        self.set_entry(&state_entry::role_grant(*user, role, None)?)
            .await
    }

    /// Takes a role from a user.
    pub async fn unassign_role(&self, user: &MemberId, role: &str) -> Result<Posted, ClientError> {
        self.delete_state(&state_entry::grant_path(*user, role)?)
            .await
    }

    /// Makes a tool that may add users and give them the role `user`. Whoever is to be invited needs its
    /// key, the space's id and the symmetric root.
    pub async fn create_invitation(
        &self,
        description: Option<&str>,
        limits: ToolLimits,
    ) -> Result<Identity, ClientError> {
        let identity = Identity::from_seed(&random()?);
        for entry in state_entry::invitation(identity.tool_id(), description, limits)? {
            self.set_entry(&entry).await?;
        }
        Ok(identity)
    }

    /// Writes an entry below `auth/` or in the admin space.
    pub async fn set_entry(&self, entry: &StateEntry) -> Result<Posted, ClientError> {
        self.set_plaintext_state(&entry.path, entry.value.as_bytes())
            .await
    }
}

fn capability(op: Operation, path: &str) -> Result<Capability, ClientError> {
    Ok(Capability {
        op,
        path: reeeductio_proto::Pattern::parse(path)
            .map_err(|error| ClientError::argument("path", error))?,
        must_be_owner: false,
        expires_at: None,
    })
}
