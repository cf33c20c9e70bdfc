//! Inviting: a tool that lets its holder in (wire.md 8.8).

use reeeductio_core::{Identity, Key, state_entry};
use reeeductio_proto::{ErrorCode, SpaceId, ToolLimits};

use super::{Space, SpaceBuilder};
use crate::error::ClientError;
use crate::platform::random;

/// Entries that letting one guest in takes: the user and the role.
const ENTRIES_PER_GUEST: u64 = 2;

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
        if limits.guests == Some(0) {
            return Err(ClientError::argument("guests", "must be at least one"));
        }
        let limits = ToolLimits {
            use_limit: limits
                .guests
                .map(|guests| u64::from(guests) * ENTRIES_PER_GUEST),
            expires_at: limits.expires_at,
        };
        let key = Identity::from_seed(&random()?);
        for entry in state_entry::invitation(key.tool_id(), description, limits)? {
            self.0.state().set_entry(&entry).await?;
        }
        Ok(Invitation {
            space: self.0.id(),
            key,
            symmetric_root: self.0.inner.symmetric_root.clone(),
        })
    }
}

impl SpaceBuilder {
    /// Lets the holder of `identity` into the space of the invitation and opens it. Steps that an earlier attempt has taken
    /// are not taken again.
    pub async fn accept(
        self,
        invitation: &Invitation,
        identity: Identity,
    ) -> Result<Space, ClientError> {
        let (space, root) = (invitation.space, &invitation.symmetric_root);
        let (tool, key) = (invitation.key.tool_id(), invitation.key.clone());
        let door = self.for_another_member().open(space, tool, key, root)?;
        let (guest, role) = (identity.user_id(), state_entry::INVITED_ROLE);
        let member = state_entry::member_path(guest)?;
        let grant = state_entry::grant_path(guest, role)?;
        let let_in = async {
            if !door.is_written(&member).await? {
                door.members().add_user(&guest, None).await?;
            }
            if !door.is_written(&grant).await? {
                door.members().assign_role(&guest, role, None).await?;
            }
            Ok(())
        };
        let_in.await.map_err(of_invitation)?;
        self.open(space, guest, identity, root)
    }
}

/// Tells a guest about the invitation, where the server speaks of the tool behind it. Code and status stay.
fn of_invitation(error: ClientError) -> ClientError {
    let message = match error.code() {
        Some(ErrorCode::ToolUseLimit) => {
            "the invitation is used up: as many have joined as it is for"
        }
        Some(ErrorCode::MemberUnknown | ErrorCode::TokenRevoked) => {
            "the invitation has expired, was taken back or is for another space"
        }
        Some(ErrorCode::PermissionDenied | ErrorCode::GrantEscalation) => {
            "the invitation does not let anybody in any more"
        }
        _ => return error,
    };
    match error {
        ClientError::Refused(mut refusal) => {
            refusal.message = format!("{message}; ask for a new one");
            ClientError::Refused(refusal)
        }
        other => other,
    }
}
