//! Users, tools, roles and rights: entries of the state below `auth/`, which the server reads.

use reeeductio_core::state_entry;
use reeeductio_proto::{Capability, ErrorCode, MemberId, MemberKind, Position, ToolLimits, View};

use super::Space;
use crate::error::ClientError;

/// The members of a space, their roles and rights. Clones share everything.
///
/// Every change is an entry of the state below `auth/`.
#[derive(Clone, Debug)]
pub struct Members(pub(super) Space);

impl Members {
    /// Makes an id a user of the space.
    pub async fn add_user(
        &self,
        user: &MemberId,
        description: Option<&str>,
    ) -> Result<Position, ClientError> {
        self.0
            .state()
            .set_entry(&state_entry::user(*user, description)?)
            .await
    }

    /// Makes an id a tool of the space, limited in uses and time if `limits` say so.
    pub async fn create_tool(
        &self,
        tool: &MemberId,
        description: Option<&str>,
        limits: ToolLimits,
    ) -> Result<Position, ClientError> {
        self.0
            .state()
            .set_entry(&state_entry::tool(*tool, description, limits)?)
            .await
    }

    /// Removes a user or tool, and everything it was given. Its tokens stop working at once.
    pub async fn remove(&self, member: &MemberId) -> Result<Position, ClientError> {
        self.0
            .state()
            .delete(&state_entry::member_path(*member)?)
            .await
    }

    /// Revokes the tokens that a member has now: requests with them are refused and its live streams end. A holder of
    /// the member's key can sign in again; to keep a member out, [`remove`](Self::remove) it.
    pub async fn revoke_tokens(&self, member: &MemberId) -> Result<Position, ClientError> {
        self.0
            .state()
            .set_entry(&state_entry::ended_tokens(*member)?)
            .await
    }

    /// [`revoke_tokens`](Self::revoke_tokens) of everybody in the space, the caller included.
    pub async fn revoke_all_tokens(&self) -> Result<Position, ClientError> {
        self.0
            .state()
            .set_entry(&state_entry::all_ended_tokens()?)
            .await
    }

    /// The users and tools of the space, without its owner, sorted by id.
    pub async fn list(&self, kind: MemberKind) -> Result<Vec<MemberId>, ClientError> {
        self.0.follow_state().await?;
        let mut found: Vec<MemberId> = self
            .0
            .with_replica(|replica| replica.state().view().members().copied().collect());
        found.retain(|member| member.kind() == kind);
        found.sort_by_key(MemberId::to_bytes);
        Ok(found)
    }

    /// Defines a role. Over one that exists this changes the description only. Otherwise what was written for a
    /// role of this name before gives nothing: assign it, and make invitations into it, afterwards.
    pub async fn create_role(
        &self,
        role: &str,
        description: Option<&str>,
    ) -> Result<Position, ClientError> {
        self.0
            .state()
            .set_entry(&state_entry::role(role, description)?)
            .await
    }

    /// Gives a role, which must exist, a right. The name serves to take it back.
    pub async fn grant_to_role(
        &self,
        role: &str,
        name: &str,
        right: &Capability,
    ) -> Result<Position, ClientError> {
        let entry = state_entry::right_of_role(role, name, right)?;
        self.check_role(role).await?;
        self.0.state().set_entry(&entry).await
    }

    /// Takes a right from a role.
    pub async fn revoke_from_role(&self, role: &str, name: &str) -> Result<Position, ClientError> {
        self.0
            .state()
            .delete(&state_entry::role_right_path(role, name)?)
            .await
    }

    /// Gives a user or tool a right of its own. The name serves to take it back.
    pub async fn grant_to_member(
        &self,
        member: &MemberId,
        name: &str,
        right: &Capability,
    ) -> Result<Position, ClientError> {
        self.0
            .state()
            .set_entry(&state_entry::right_of_member(*member, name, right)?)
            .await
    }

    /// Takes a right of its own from a user or tool.
    pub async fn revoke_from_member(
        &self,
        member: &MemberId,
        name: &str,
    ) -> Result<Position, ClientError> {
        self.0
            .state()
            .delete(&state_entry::member_right_path(*member, name)?)
            .await
    }

    /// Assigns a role, which must exist, to a user: until `expires_at`, Unix milliseconds, or with `None` until it is taken back.
    pub async fn assign_role(
        &self,
        user: &MemberId,
        role: &str,
        expires_at: Option<i64>,
    ) -> Result<Position, ClientError> {
        let entry = state_entry::role_grant(*user, role, expires_at)?;
        // The tool of an invitation may assign a role that is not defined: the published clients make such invitations.
        if self.0.member().kind() != MemberKind::Tool {
            self.check_role(role).await?;
        }
        self.0.state().set_entry(&entry).await
    }

    /// Takes a role from a user.
    pub async fn unassign_role(
        &self,
        user: &MemberId,
        role: &str,
    ) -> Result<Position, ClientError> {
        self.0
            .state()
            .delete(&state_entry::grant_path(*user, role)?)
            .await
    }

    /// Returns the rights of all members: the state below `auth/`, read up to now and checked.
    pub async fn authority(&self) -> Result<View, ClientError> {
        self.0.follow_state().await?;
        Ok(self
            .0
            .with_replica(|replica| replica.state().view().clone()))
    }

    /// Refuses a role that is not there. Servers of the first release take what is written for one, and it gives nothing.
    async fn check_role(&self, role: &str) -> Result<(), ClientError> {
        self.0.follow_state().await?;
        if self
            .0
            .with_replica(|replica| replica.state().view().has_role(role))
        {
            return Ok(());
        }
        Err(ClientError::Invalid {
            code: ErrorCode::AuthInvalidEntry,
            field: "role",
            message: format!("there is no role {role:?} in this space; create it first"),
        })
    }
}
