//! Members, roles and rights.

use reeeductio_client::{Capability, ClientError, MemberId, MemberKind, Space, ToolLimits};

use super::operations;
use crate::answer::Answer;

operations! {
    /// Adds a user.
    AddUser { user_id: MemberId, description: Option<String> } -> Position,
    /// Adds a tool.
    CreateTool {
        tool_id: MemberId,
        description: Option<String>,
        use_limit: Option<u32>,
        expires_at: Option<i64>,
    } -> Position,
    /// Removes a user or tool.
    RemoveMember { member_id: MemberId } -> Position,
    /// Ends the tokens of a member, or of all members.
    RevokeTokens { member_id: Option<MemberId> } -> Position,
    /// Gives the ids of all users, or of all tools.
    Members { tools: bool } -> Texts,
    /// Defines a role.
    CreateRole { role_name: String, description: Option<String> } -> Position,
    /// Gives a role a right.
    GrantToRole { role_name: String, cap_id: String, capability: Capability } -> Position,
    /// Gives a user or tool a right.
    GrantToMember { member_id: MemberId, cap_id: String, capability: Capability } -> Position,
    /// Takes a right back from a role.
    RevokeFromRole { role_name: String, cap_id: String } -> Position,
    /// Takes a right back from a user or tool.
    RevokeFromMember { member_id: MemberId, cap_id: String } -> Position,
    /// Gives a user a role.
    AssignRole { user_id: MemberId, role_name: String, expires_at: Option<i64> } -> Position,
    /// Takes a role back from a user.
    UnassignRole { user_id: MemberId, role_name: String } -> Position,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        let members = space.members();
        let position = match self {
            Self::AddUser {
                user_id,
                description,
            } => members.add_user(&user_id, description.as_deref()).await,
            Self::CreateTool {
                tool_id,
                description,
                use_limit,
                expires_at,
            } => {
                let limits = ToolLimits {
                    use_limit: use_limit.map(Into::into),
                    expires_at,
                };
                members
                    .create_tool(&tool_id, description.as_deref(), limits)
                    .await
            }
            Self::RemoveMember { member_id } => members.remove(&member_id).await,
            Self::RevokeTokens { member_id } => match member_id {
                Some(member_id) => members.revoke_tokens(&member_id).await,
                None => members.revoke_all_tokens().await,
            },
            Self::Members { tools } => {
                let kind = if tools {
                    MemberKind::Tool
                } else {
                    MemberKind::User
                };
                let all = members.list(kind).await?;
                return Ok(Answer::Texts(all.iter().map(ToString::to_string).collect()));
            }
            Self::CreateRole {
                role_name,
                description,
            } => {
                members
                    .create_role(&role_name, description.as_deref())
                    .await
            }
            Self::GrantToRole {
                role_name,
                cap_id,
                capability,
            } => {
                members
                    .grant_to_role(&role_name, &cap_id, &capability)
                    .await
            }
            Self::GrantToMember {
                member_id,
                cap_id,
                capability,
            } => {
                members
                    .grant_to_member(&member_id, &cap_id, &capability)
                    .await
            }
            Self::RevokeFromRole { role_name, cap_id } => {
                members.revoke_from_role(&role_name, &cap_id).await
            }
            Self::RevokeFromMember { member_id, cap_id } => {
                members.revoke_from_member(&member_id, &cap_id).await
            }
            Self::AssignRole {
                user_id,
                role_name,
                expires_at,
            } => members.assign_role(&user_id, &role_name, expires_at).await,
            Self::UnassignRole { user_id, role_name } => {
                members.unassign_role(&user_id, &role_name).await
            }
        };
        Ok(position?.into())
    }
}
