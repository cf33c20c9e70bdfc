//! Invite links of a channel.

use std::fmt;

use reeeductio_core::{Key, open_in, seal_in};
use reeeductio_proto::{LinkState, MemberId, StatePath, lp};
use zeroize::Zeroizing;

use super::channel::Channel;
use crate::error::ClientError;
use crate::link::AnchoredLink;
use crate::platform::random;
use crate::policy_space::NewLink;

/// Beginning of the places of sealed links.
const LINKS: &str = "channel/links/";

/// The terms of a new link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewChannelLink {
    /// The role of those who join by it: `viewer` or `editor`.
    pub role: String,
    /// How many may join.
    pub uses: u32,
    /// After how many seconds it ends.
    pub seconds: u32,
}

impl Default for NewChannelLink {
    /// For one viewer, within a week.
    fn default() -> Self {
        Self {
            role: "viewer".to_owned(),
            uses: 1,
            seconds: 7 * 86_400,
        }
    }
}

/// An invite link of a channel.
#[derive(Clone, Eq, PartialEq)]
pub struct ChannelLink {
    /// The secret by which anybody joins, for those who are to join; `None` if another user made the link.
    pub token: Option<Zeroizing<String>>,
    /// The link's tool.
    pub tool: MemberId,
    /// Role, uses and end.
    pub state: LinkState,
}

impl Channel {
    /// Makes an invite link. Its token belongs into the part of an address after the `#`, which browsers do not send.
    pub async fn create_link(&self, new: &NewChannelLink) -> Result<ChannelLink, ClientError> {
        self.check()?;
        let space = self.space();
        let now = space.base().source().now().await?;
        let expires_at = now.saturating_add(i64::from(new.seconds).saturating_mul(1000));
        let terms = NewLink {
            role: new.role.clone(),
            uses: new.uses,
            expires_at,
            password: None,
            page: None,
        };
        let link = space.links().create(&terms).await?;
        let tool = link.tool()?;
        let path = path_of(tool)?;
        let sealed = seal_in(
            path.as_str().as_bytes(),
            &self.links_key(),
            random()?,
            token_of(&link).as_bytes(),
        )?;
        space.state().put(&path, &sealed).await?;
        Ok(ChannelLink {
            token: Some(token_of(&link)),
            tool,
            state: LinkState {
                role: new.role.clone(),
                uses: new.uses,
                used: 0,
                expires_at,
                ended: false,
            },
        })
    }

    /// The links that still let somebody in, sorted by their tools.
    pub async fn links(&self) -> Result<Vec<ChannelLink>, ClientError> {
        self.check()?;
        let space = self.space();
        let (listed, now) = (space.links().list().await?, space.server_time());
        let mut links = Vec::new();
        for link in listed {
            let state = link.state;
            if state.ended || state.used >= state.uses || state.expires_at <= now {
                continue;
            }
            let path = path_of(link.tool)?;
            let sealed = space.state().get(&path).await?;
            let opened = sealed.and_then(|sealed| {
                let token =
                    open_in(path.as_str().as_bytes(), &self.links_key(), &sealed.value).ok()?;
                String::from_utf8(token).ok().map(Zeroizing::new)
            });
            links.push(ChannelLink {
                token: opened,
                tool: link.tool,
                state,
            });
        }
        Ok(links)
    }

    /// Ends a link by its token, or by the id of its tool. Those who have joined stay.
    pub async fn revoke_link(&self, link: &str) -> Result<(), ClientError> {
        self.check()?;
        let tool = match MemberId::parse(link) {
            Ok(tool) => tool,
            Err(_) => AnchoredLink::parse(link)?.tool()?,
        };
        self.space().links().revoke(tool).await?;
        self.space().state().remove(&path_of(tool)?).await
    }

    /// Seals the tokens of the links that this user made: to nobody else.
    fn links_key(&self) -> Key {
        let info = lp([b"reeeductio/own-links/v1".as_slice(), &self.id().to_bytes()]);
        self.signed_in().identity().own_key(&info)
    }
}

/// The part of a link that its address need not have.
fn token_of(link: &AnchoredLink) -> Zeroizing<String> {
    let text = link.expose();
    let token = text.split_once('#').map_or(text, |(_, token)| token);
    Zeroizing::new(token.to_owned())
}

fn path_of(tool: MemberId) -> Result<StatePath, ClientError> {
    StatePath::parse(&format!("{LINKS}{tool}"))
        .map_err(|error| ClientError::argument("link", error))
}

impl fmt::Debug for ChannelLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelLink")
            .field("tool", &self.tool)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
