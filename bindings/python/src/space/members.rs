//! Members, roles, rights and invitations.

use pyo3::prelude::*;
use reeeductio_client::{ClientError, Invitation, InvitationLimits, argument};
use reeeductio_proto::{MemberKind, ToolLimits};

use super::Space;
use crate::failure::Failure;
use crate::network::transport;
use crate::pending::Pending;
use crate::record;

#[pymethods]
impl Space {
    fn add_user(&self, user: &str, description: Option<String>) -> Result<Pending, Failure> {
        let (space, user) = (self.0.clone(), argument::member("user_id", user)?);
        Ok(Pending::new(async move {
            let posted = space
                .members()
                .add_user(&user, description.as_deref())
                .await?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }

    fn create_tool(
        &self,
        tool: &str,
        description: Option<String>,
        use_limit: Option<u64>,
        expires_at: Option<i64>,
    ) -> Result<Pending, Failure> {
        let (space, tool) = (self.0.clone(), argument::member("tool_id", tool)?);
        let limits = ToolLimits {
            use_limit,
            expires_at,
        };
        Ok(Pending::new(async move {
            let posted = space
                .members()
                .create_tool(&tool, description.as_deref(), limits)
                .await?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }

    fn remove_member(&self, member: &str) -> Result<Pending, Failure> {
        let (space, member) = (self.0.clone(), argument::member("member_id", member)?);
        Ok(Pending::new(async move {
            let posted = space.members().remove(&member).await?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }

    /// The ids of all users, or of all tools.
    fn members(&self, tools: bool) -> Pending {
        let space = self.0.clone();
        let kind = if tools {
            MemberKind::Tool
        } else {
            MemberKind::User
        };
        Pending::new(async move {
            let members = space.members().list(kind).await?;
            Ok::<_, ClientError>(
                members
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<String>>(),
            )
        })
    }

    fn create_role(&self, role: String, description: Option<String>) -> Pending {
        let space = self.0.clone();
        Pending::new(async move {
            let posted = space
                .members()
                .create_role(&role, description.as_deref())
                .await?;
            Ok::<_, ClientError>(record::posted(posted))
        })
    }

    fn grant_to_role(
        &self,
        role: String,
        name: String,
        capability: &str,
    ) -> Result<Pending, Failure> {
        let (space, right) = (self.0.clone(), argument::capability(capability)?);
        Ok(Pending::new(async move {
            let posted = space.members().grant_to_role(&role, &name, &right).await?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }

    fn grant_to_member(
        &self,
        member: &str,
        name: String,
        capability: &str,
    ) -> Result<Pending, Failure> {
        let (space, right) = (self.0.clone(), argument::capability(capability)?);
        let member = argument::member("member_id", member)?;
        Ok(Pending::new(async move {
            let posted = space
                .members()
                .grant_to_member(&member, &name, &right)
                .await?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }

    fn revoke_from_role(&self, role: String, name: String) -> Pending {
        let space = self.0.clone();
        Pending::new(async move {
            let posted = space.members().revoke_from_role(&role, &name).await?;
            Ok::<_, ClientError>(record::posted(posted))
        })
    }

    fn revoke_from_member(&self, member: &str, name: String) -> Result<Pending, Failure> {
        let (space, member) = (self.0.clone(), argument::member("member_id", member)?);
        Ok(Pending::new(async move {
            let posted = space.members().revoke_from_member(&member, &name).await?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }

    fn assign_role(
        &self,
        user: &str,
        role: String,
        expires_at: Option<i64>,
    ) -> Result<Pending, Failure> {
        let (space, user) = (self.0.clone(), argument::member("user_id", user)?);
        Ok(Pending::new(async move {
            let posted = match expires_at {
                None => space.members().assign_role(&user, &role, None).await,
                Some(until) => space.members().assign_role(&user, &role, Some(until)).await,
            }?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }

    fn unassign_role(&self, user: &str, role: String) -> Result<Pending, Failure> {
        let (space, user) = (self.0.clone(), argument::member("user_id", user)?);
        Ok(Pending::new(async move {
            let posted = space.members().unassign_role(&user, &role).await?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }

    /// The private key of the invitation's tool.
    fn create_invitation(
        &self,
        description: Option<String>,
        guests: Option<u32>,
        expires_at: Option<i64>,
    ) -> Pending {
        let space = self.0.clone();
        let limits = InvitationLimits { guests, expires_at };
        Pending::new(async move {
            let invitation = space
                .invitations()
                .create(description.as_deref(), limits)
                .await?;
            Ok::<_, ClientError>(invitation.key.seed().to_vec())
        })
    }

    /// Lets the holder of `private_key` in.
    #[staticmethod]
    fn accept_invitation(
        space_id: &str,
        invitation_key: &[u8],
        symmetric_root: &[u8],
        private_key: &[u8],
        base_url: &str,
    ) -> Result<Pending, Failure> {
        let invitation = Invitation {
            space: argument::space(space_id)?,
            key: argument::identity("invitation", invitation_key)?,
            symmetric_root: argument::key("symmetric_root", symmetric_root)?,
        };
        let identity = argument::identity("private_key", private_key)?;
        let builder = reeeductio_client::Space::builder(base_url).transport(transport()?);
        Ok(Pending::new(async move {
            builder.accept(&invitation, identity).await?;
            Ok::<_, ClientError>(())
        }))
    }

    /// On the admin space: registers the space that the key owns.
    fn create_space(&self, private_key: &[u8]) -> Result<Pending, Failure> {
        let space = self.0.clone();
        let owner = argument::identity("space_keypair", private_key)?;
        Ok(Pending::new(async move {
            let id = space.registrations().create(&owner).await?;
            Ok::<_, ClientError>(id.to_string())
        }))
    }
}
