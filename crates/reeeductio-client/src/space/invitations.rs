//! Inviting: a tool that lets its holder in (wire.md 8.8).

use reeeductio_core::{Identity, Key, state_entry};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId, ToolLimits};

use super::admission::ENTRIES_PER_GUEST;
use super::{Space, SpaceBuilder};
use crate::error::ClientError;
use crate::link::{InviteLink, check_parts};
use crate::platform::random;

/// The secrets by which a guest lets itself into a space. Anybody who holds them can: hand them over in confidence.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The space.
    pub space: SpaceId,
    /// The key of the tool that lets in.
    pub key: Identity,
    /// The space's root.
    pub symmetric_root: Key,
}

/// How far an invitation goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct InvitationLimits {
    /// How many guests may use it, at least one; `None` for any number.
    pub guests: Option<u32>,
    /// Until when, Unix milliseconds; `None` for ever.
    pub expires_at: Option<i64>,
}

/// The role, the limits and the address of an invite link.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LinkOptions<'a> {
    /// URL of the page or app that opens the link, without a fragment; `None` for the server's address.
    pub page: Option<&'a str>,
    /// The role that guests get, which must exist; `None` for the role `user`.
    pub role: Option<&'a str>,
    /// How many guests may use it, at least one; `None` for any number.
    pub guests: Option<u32>,
    /// Until when, Unix milliseconds; `None` for ever.
    pub expires_at: Option<i64>,
    /// A note in the list of tools, which every member can read.
    pub description: Option<&'a str>,
}

/// The invitations of a space. Clones share everything.
#[derive(Clone, Debug)]
pub struct Invitations(pub(super) Space);

impl Invitations {
    /// Makes a tool that may add users and give them the role `user`, and nothing else. Define that role first:
    /// its definition ends what older invitations may do.
    ///
    /// Three entries are written, one after the other. To take the invitation back, remove the tool with
    /// [`Members::remove`](crate::Members::remove).
    pub async fn create(
        &self,
        description: Option<&str>,
        limits: InvitationLimits,
    ) -> Result<Invitation, ClientError> {
        self.invite_to(state_entry::INVITED_ROLE, description, limits)
            .await
    }

    /// Makes an invitation as text: whoever has the link can join as a user with the role, by [`Space::join`].
    ///
    /// This member must be able to add users, and to give the role itself. To take the link back, remove its tool, whose id
    /// is in the list of tools: those who joined stay.
    pub async fn link(&self, options: LinkOptions<'_>) -> Result<InviteLink, ClientError> {
        let role = options.role.unwrap_or(state_entry::INVITED_ROLE);
        self.0.check_role_exists("role", role).await?;
        let limits = InvitationLimits {
            guests: options.guests,
            expires_at: options.expires_at,
        };
        let server = &self.0.inner.base_url;
        check_parts(role, server, options.page)?;
        let invitation = self.invite_to(role, options.description, limits).await?;
        InviteLink::new(invitation, role, server, options.page)
    }

    async fn invite_to(
        &self,
        role: &str,
        description: Option<&str>,
        limits: InvitationLimits,
    ) -> Result<Invitation, ClientError> {
        if limits.guests == Some(0) {
            return Err(ClientError::argument("guests", "must be at least one"));
        }
        // By the server's clock: the one of this machine may be wrong.
        let reached = self.0.source().reached();
        if (limits.expires_at).is_some_and(|end| reached.is_some_and(|reached| end <= reached)) {
            return Err(ClientError::argument(
                "expires_at",
                "is in the past: nobody could join",
            ));
        }
        let limits = ToolLimits {
            use_limit: limits
                .guests
                .map(|guests| u64::from(guests) * ENTRIES_PER_GUEST),
            expires_at: limits.expires_at,
        };
        let key = Identity::from_seed(&random()?);
        let tool = key.tool_id();
        let [definition, rights @ ..] = state_entry::invitation(tool, role, description, limits)?;
        self.0.state().set_entry(&definition).await?;
        for right in rights {
            if let Err(error) = self.0.state().set_entry(&right).await {
                // A tool that nobody has the key of is of no use. If it cannot be removed, it does no harm.
                let _removed = self.0.members().remove(&tool).await;
                return Err(error);
            }
        }
        Ok(Invitation {
            space: self.0.id(),
            key,
            symmetric_root: self.0.inner.symmetric_root.clone(),
        })
    }
}

impl Space {
    /// Refuses a role that does not exist, as a server would.
    pub(super) async fn check_role_exists(
        &self,
        field: &'static str,
        role: &str,
    ) -> Result<(), ClientError> {
        self.follow_state().await?;
        if self.with_replica(|replica| replica.state().view().has_role(role)) {
            return Ok(());
        }
        Err(ClientError::Invalid {
            code: ErrorCode::AuthInvalidEntry,
            field,
            message: format!("there is no role {role} in this space; create it first"),
        })
    }
}

impl SpaceBuilder {
    /// Lets the holder of `identity` into the space of the invitation, with the role `user`, and opens it. Steps that an earlier
    /// attempt has taken are not taken again: keep `identity` before.
    pub async fn accept(
        self,
        invitation: &Invitation,
        identity: Identity,
    ) -> Result<Space, ClientError> {
        let (space, root) = (invitation.space, &invitation.symmetric_root);
        let guest = identity.user_id();
        self.admit(invitation, guest, state_entry::INVITED_ROLE)
            .await?;
        self.open(space, guest, identity, root)
    }

    /// Lets a guest in, by the tool of the invitation.
    pub(super) async fn admit(
        &self,
        invitation: &Invitation,
        guest: MemberId,
        role: &str,
    ) -> Result<(), ClientError> {
        let (space, root) = (invitation.space, &invitation.symmetric_root);
        let (tool, key) = (invitation.key.tool_id(), invitation.key.clone());
        let door = self.for_another_member().open(space, tool, key, root)?;
        door.admit(guest, role).await
    }
}
