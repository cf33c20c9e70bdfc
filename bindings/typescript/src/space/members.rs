//! Members, roles, rights, invitations, and new spaces.

use reeeductio_client::{Invitation, InvitationLimits, argument};
use reeeductio_proto::{MemberKind, ToolLimits};
use wasm_bindgen::prelude::*;

use super::{Client, Space};
use crate::failure::Failure;
use crate::network::{Network, carried_by};
use crate::pending::Pending;
use crate::record;

#[wasm_bindgen]
impl Space {
    #[wasm_bindgen(js_name = addUser)]
    pub fn add_user(&self, user: &str, description: Option<String>) -> Result<Pending, Failure> {
        let user = argument::member("user_id", user)?;
        Ok(self.begin_post(async move |space| {
            space
                .members()
                .add_user(&user, description.as_deref())
                .await
        }))
    }

    #[wasm_bindgen(js_name = createTool)]
    pub fn create_tool(
        &self,
        tool: &str,
        description: Option<String>,
        use_limit: Option<u32>,
        expires_at: Option<f64>,
    ) -> Result<Pending, Failure> {
        let tool = argument::member("tool_id", tool)?;
        let limits = ToolLimits {
            use_limit: use_limit.map(Into::into),
            expires_at: expires_at.map(record::millis),
        };
        Ok(self.begin_post(async move |space| {
            space
                .members()
                .create_tool(&tool, description.as_deref(), limits)
                .await
        }))
    }

    #[wasm_bindgen(js_name = removeMember)]
    pub fn remove_member(&self, member: &str) -> Result<Pending, Failure> {
        let member = argument::member("member_id", member)?;
        Ok(self.begin_post(async move |space| space.members().remove(&member).await))
    }

    /// The ids of all users, or of all tools.
    pub fn members(&self, tools: bool) -> Pending {
        let kind = if tools {
            MemberKind::Tool
        } else {
            MemberKind::User
        };
        self.begin(async move |space| Ok(record::texts(space.members().list(kind).await?)))
    }

    #[wasm_bindgen(js_name = createRole)]
    pub fn create_role(&self, role: String, description: Option<String>) -> Pending {
        self.begin_post(async move |space| {
            space
                .members()
                .create_role(&role, description.as_deref())
                .await
        })
    }

    #[wasm_bindgen(js_name = grantToRole)]
    pub fn grant_to_role(
        &self,
        role: String,
        name: String,
        capability: &str,
    ) -> Result<Pending, Failure> {
        let right = argument::capability(capability)?;
        Ok(self.begin_post(async move |space| {
            space.members().grant_to_role(&role, &name, &right).await
        }))
    }

    #[wasm_bindgen(js_name = grantToMember)]
    pub fn grant_to_member(
        &self,
        member: &str,
        name: String,
        capability: &str,
    ) -> Result<Pending, Failure> {
        let member = argument::member("member_id", member)?;
        let right = argument::capability(capability)?;
        Ok(self.begin_post(async move |space| {
            space
                .members()
                .grant_to_member(&member, &name, &right)
                .await
        }))
    }

    #[wasm_bindgen(js_name = revokeFromRole)]
    pub fn revoke_from_role(&self, role: String, name: String) -> Pending {
        self.begin_post(async move |space| space.members().revoke_from_role(&role, &name).await)
    }

    #[wasm_bindgen(js_name = revokeFromMember)]
    pub fn revoke_from_member(&self, member: &str, name: String) -> Result<Pending, Failure> {
        let member = argument::member("member_id", member)?;
        Ok(self.begin_post(async move |space| {
            space.members().revoke_from_member(&member, &name).await
        }))
    }

    #[wasm_bindgen(js_name = assignRole)]
    pub fn assign_role(
        &self,
        user: &str,
        role: String,
        expires_at: Option<f64>,
    ) -> Result<Pending, Failure> {
        let user = argument::member("user_id", user)?;
        Ok(self.begin_post(async move |space| match expires_at {
            None => space.members().assign_role(&user, &role, None).await,
            Some(until) => {
                space
                    .members()
                    .assign_role(&user, &role, Some(record::millis(until)))
                    .await
            }
        }))
    }

    #[wasm_bindgen(js_name = unassignRole)]
    pub fn unassign_role(&self, user: &str, role: String) -> Result<Pending, Failure> {
        let user = argument::member("user_id", user)?;
        Ok(self.begin_post(async move |space| space.members().unassign_role(&user, &role).await))
    }

    /// The private key of the invitation's tool.
    #[wasm_bindgen(js_name = createInvitation)]
    pub fn create_invitation(
        &self,
        description: Option<String>,
        guests: Option<u32>,
        expires_at: Option<f64>,
    ) -> Pending {
        let limits = InvitationLimits {
            guests,
            expires_at: expires_at.map(record::millis),
        };
        self.begin(async move |space| {
            let invitation = space
                .invitations()
                .create(description.as_deref(), limits)
                .await?;
            Ok(record::bytes(&*invitation.key.seed()))
        })
    }

    /// Lets the holder of `private_key` in.
    #[wasm_bindgen(js_name = acceptInvitation)]
    pub fn accept_invitation(
        space_id: &str,
        invitation_key: &[u8],
        symmetric_root: &[u8],
        private_key: &[u8],
        base_url: &str,
        network: Network,
    ) -> Result<Pending, Failure> {
        let invitation = Invitation {
            space: argument::space(space_id)?,
            key: argument::identity("invitation", invitation_key)?,
            symmetric_root: argument::key("symmetric_root", symmetric_root)?,
        };
        let identity = argument::identity("private_key", private_key)?;
        let builder = Client::builder(base_url).transport(carried_by(network));
        Ok(Pending::silent(async move {
            builder.accept(&invitation, identity).await.map(drop)
        }))
    }

    /// On the admin space: registers the space that the key owns.
    #[wasm_bindgen(js_name = createSpace)]
    pub fn create_space(&self, private_key: &[u8]) -> Result<Pending, Failure> {
        let owner = argument::identity("space_keypair", private_key)?;
        Ok(self
            .begin(async move |space| Ok(space.registrations().create(&owner).await?.to_string())))
    }
}
