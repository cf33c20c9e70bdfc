//! Invite links of version 1.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use reeeductio_core::{Epoch, LinkSecret, state_entry};
use reeeductio_proto::{LinkState, LinkTerms, MemberId, MemberKind, View};

use super::members::{removal, wrap};
use super::new_epoch::Carry;
use super::{PolicyError, PolicySpace};
use crate::argument;
use crate::error::ClientError;
use crate::link::{AnchoredLink, LinkAnchor};
use crate::platform::{compute, random};

/// The invite links of a space with a policy. Clones share everything.
#[derive(Clone, Debug)]
pub struct PolicyLinks(pub(super) PolicySpace);

/// The terms of a new link.
#[derive(Clone)]
pub struct NewLink {
    /// The role of those who join by it.
    pub role: String,
    /// How many may join, 1 to 1,000,000.
    pub uses: u32,
    /// When it ends, Unix milliseconds; not seconds, which are refused. Guests that have joined by then stay.
    pub expires_at: i64,
    /// Without it the link opens nothing; it is told by another way than the link.
    pub password: Option<String>,
    /// URL of the page or app that opens the link; the server's address by default.
    pub page: Option<String>,
}

/// A link as the state has it. Its secret is with those who were given it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LinkSummary {
    /// The link's tool, by which it is [revoked](PolicyLinks::revoke).
    pub tool: MemberId,
    /// Role, uses and end.
    pub state: LinkState,
}

impl PolicyLinks {
    /// Makes a link, in one command: its tool, the tool's encryption key, and the wrap of the newest epoch's root.
    ///
    /// Needs the rights to create users and to assign the role: among the roles of [`create`](PolicySpace::create), the owner's alone. The link ends at
    /// its time, when it is revoked, and when any member is removed or leaves.
    pub async fn create(&self, new: &NewLink) -> Result<AnchoredLink, ClientError> {
        let space = &self.0;
        let secret = LinkSecret::new(random()?);
        let (id, password) = (space.id(), new.password.clone());
        let keys = {
            let secret = secret.clone();
            compute(move || secret.tool(&id, password.as_deref())).await??
        };
        let tool = keys.tool_id();
        let key = keys.decryption_key(0).encryption_key();
        let key = key.ok_or_else(|| ClientError::argument("link", "gives no encryption key"))?;
        let signature = keys.sign_encryption_key(&id, &tool, &key);
        let terms = LinkTerms {
            uses: new.uses,
            role: new.role.clone(),
        };
        let now = space.base().source().now().await?;
        argument::end("expires_at", new.expires_at, now)?;
        space.sending_epoch().await?;
        let definition = state_entry::link(tool, None, &terms, new.expires_at)?;
        let published = state_entry::encryption_key(tool, &key.to_published(), &signature)?;
        let issuer = space.member();
        let anchored = Mutex::new(0);
        let entries = |_: &View, epoch: Option<&Epoch>| {
            let epoch = epoch.ok_or(PolicyError::Waiting)?;
            *anchored.lock().unwrap_or_else(PoisonError::into_inner) = epoch.number();
            let wrap = wrap(epoch, &key, tool, issuer)?;
            Ok(vec![definition.clone(), published.clone(), wrap])
        };
        let made = space.write(entries).await?;
        let epoch = *anchored.lock().unwrap_or_else(PoisonError::into_inner);
        // A state that does not hold the link itself is from before it was made.
        let anchor = LinkAnchor::new(epoch, &made);
        AnchoredLink::new(
            id,
            secret,
            anchor,
            new.password.is_some(),
            space.base().base_url(),
            new.page.as_deref(),
        )
    }

    /// The links that are in the state, ended ones too if they were not revoked, sorted by their ids.
    pub async fn list(&self) -> Result<Vec<LinkSummary>, ClientError> {
        self.0.follow_state().await?;
        let mut links: Vec<LinkSummary> = self.0.with_view(|view| {
            let tools = view
                .members()
                .filter(|member| member.kind() == MemberKind::Tool);
            let links = tools.filter_map(|tool| {
                let state = view.link(tool)?;
                Some(LinkSummary { tool: *tool, state })
            });
            links.collect()
        });
        links.sort_unstable_by_key(|link| link.tool.to_bytes());
        Ok(links)
    }

    /// Removes a link. If it has the root of the newest epoch, another epoch begins in the same command. One that was removed before is no
    /// error: an answer may have been lost.
    pub async fn revoke(&self, tool: MemberId) -> Result<(), ClientError> {
        let space = &self.0;
        space.follow_state().await?;
        let (link, is_there) = space.with_view(|view| (view.link(&tool), view.knows(&tool)));
        let link = link.ok_or_else(|| {
            let problem = "is no link of this space; `members().remove` removes a member";
            ClientError::argument("tool", problem)
        })?;
        if !is_there {
            return Ok(());
        }
        let removal = removal(tool)?;
        if !link.ended {
            // Whether it was in the roster of the newest epoch, or was wrapped to since, does not matter: it may have the root.
            let entries = |view: &View| view.knows(&tool).then(|| vec![removal.clone()]);
            return space.write_with_epoch(entries, Carry::Root, None).await;
        }
        space.write(|_, _| Ok(vec![removal.clone()])).await?;
        Ok(())
    }
}

impl fmt::Debug for NewLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewLink")
            .field("role", &self.role)
            .field("uses", &self.uses)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_link_is_not_printed() {
        let link = NewLink {
            role: "viewer".to_owned(),
            uses: 1,
            expires_at: 2,
            password: Some("secret".to_owned()),
            page: Some("https://page/?token=secret".to_owned()),
        };
        let printed = r#"NewLink { role: "viewer", uses: 1, expires_at: 2, .. }"#;
        assert_eq!(format!("{link:?}"), printed);
    }
}
