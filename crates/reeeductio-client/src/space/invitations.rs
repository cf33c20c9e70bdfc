//! Inviting: a tool that lets its holder in (wire.md 8.8).

use reeeductio_core::{Identity, Key, state_entry};
use reeeductio_proto::{SpaceId, ToolLimits};

use super::{Space, SpaceOptions};
use crate::error::ClientError;
use crate::platform::random;

/// Entries that letting one guest in takes: the user and the role.
const ENTRIES_PER_GUEST: u64 = 2;

/// What somebody needs to let itself into a space. Whoever holds it can: hand it over in confidence.
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

impl Space {
    /// Makes a tool that may add users and give them the role `user`, and nothing else. Define that role first:
    /// its definition ends what older invitations may do.
    ///
    /// Three entries are written, one after the other. To take the invitation back, remove the tool with
    /// [`remove_member`](Self::remove_member).
    pub async fn create_invitation(
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
            self.set_entry(&entry).await?;
        }
        Ok(Invitation {
            space: self.id(),
            key,
            symmetric_root: self.inner.symmetric_root.clone(),
        })
    }

    /// Lets the holder of `identity` in and returns its handle. What was done already, by an attempt that
    /// was cut short, is not done again.
    pub async fn accept_invitation(
        invitation: &Invitation,
        identity: Identity,
        base_url: &str,
        options: SpaceOptions,
    ) -> Result<Self, ClientError> {
        let guest = identity.user_id();
        let door = Self::open(
            invitation.space,
            invitation.key.tool_id(),
            invitation.key.clone(),
            &invitation.symmetric_root,
            base_url,
            SpaceOptions {
                store: None,
                user_key: None,
                ..options.clone()
            },
        )?;
        let role = state_entry::INVITED_ROLE;
        if !door.is_written(&state_entry::member_path(guest)?).await? {
            door.add_user(&guest, None).await?;
        }
        if !door
            .is_written(&state_entry::grant_path(guest, role)?)
            .await?
        {
            door.assign_role(&guest, role).await?;
        }
        Self::open(
            invitation.space,
            guest,
            identity,
            &invitation.symmetric_root,
            base_url,
            options,
        )
    }
}
