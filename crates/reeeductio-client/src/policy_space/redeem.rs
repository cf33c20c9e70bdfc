//! Joining by an invite link.

use reeeductio_core::{Identity, state_entry};
use reeeductio_proto::MemberId;

use super::roots::is_missing;
use super::{PolicyError, PolicySpace};
use crate::error::ClientError;
use crate::link::{AnchoredLink, LinkAnchor};
use crate::platform::compute;
use crate::space::SpaceBuilder;

impl PolicySpace {
    /// Joins the space of a link, at the builder's address, as the user whose key is `identity`: the link defines the user with its
    /// role, the user publishes its encryption key, and the link gives it the root of the newest epoch.
    ///
    /// Keep the identity first: a guest that joined and lost its key has used the link up. Calling this again with the same identity
    /// completes a join that was cut short, and uses the link no further. Call it by a gesture of the user alone: whatever opens
    /// links by itself would spend their uses.
    ///
    /// Fails with `link.stale_state` if the server shows a state from before the link was made, and with `tool.use_limit` if the link is used up. A
    /// wrong password is `member.unknown`, as a link that has ended or never was: the password is a part of the link's key, so nobody
    /// can tell these apart.
    pub async fn redeem(
        builder: SpaceBuilder,
        link: &AnchoredLink,
        password: Option<&str>,
        identity: Identity,
    ) -> Result<Self, ClientError> {
        if link.needs_password() != password.is_some() {
            let problem = "is needed for a link that has one, and for no other";
            return Err(ClientError::argument("password", problem));
        }
        let (id, user) = (link.space(), identity.user_id());
        let (secret, password) = (link.secret().clone(), password.map(str::to_owned));
        let keys = compute(move || secret.tool(&id, password.as_deref())).await??;
        let tool = keys.tool_id();
        // Nothing of the link's is kept.
        let guest = Self::open(builder.for_another_member(), id, tool, keys).await?;
        guest.check_anchor(link.anchor())?;
        if !guest.with_view(|view| view.knows(&user)) {
            guest.let_in(user).await?;
        }
        let joined = Self::open(builder, id, user, identity).await?;
        joined.check_anchor(link.anchor())?;
        joined.members().publish_key().await?;
        joined.find_newest_root().await?;
        if joined.newest_root().is_none() {
            match guest.members().give_key(user).await {
                // The link has not the newest root: another member gives it.
                Err(error) if is_missing(&error) => {}
                other => other?,
            }
            joined.follow_state().await?;
            joined.find_newest_root().await?;
        }
        Ok(joined)
    }

    /// Defines a user with the role of the link that this handle acts as.
    async fn let_in(&self, user: MemberId) -> Result<(), ClientError> {
        let tool = self.member();
        let role = self.with_view(|view| view.link(&tool).map(|link| link.role));
        let role = role.ok_or_else(|| ClientError::argument("link", "is none in this space"))?;
        let definition = vec![
            state_entry::user(user, None)?,
            state_entry::role_grant(user, &role, None)?,
        ];
        self.write(|_, _| Ok(definition.clone())).await?;
        Ok(())
    }

    /// Refuses a state that does not hold the message, or the epoch, that an anchor names.
    fn check_anchor(&self, anchor: LinkAnchor) -> Result<(), ClientError> {
        let holds = self.with(|known| known.state.ids().any(|id| anchor.is_at(id)));
        if holds && self.with_view(|view| view.epoch(anchor.epoch).is_some()) {
            return Ok(());
        }
        Err(PolicyError::StaleLink.into())
    }
}
