//! The members of a channel and their roles.

use reeeductio_core::app::{Audited, KeeperPowers};
use reeeductio_proto::{MemberId, MemberKind};

use super::channel::Channel;
use crate::error::ClientError;

/// A member of a channel.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelMember {
    /// Its id.
    pub id: MemberId,
    /// Its name in the app; `None` if it has none.
    pub username: Option<String>,
    /// Its role: `owner`, `editor`, `viewer`, or another one of the channel.
    pub role: String,
}

impl Channel {
    /// The members with their roles, sorted by their names. The keeper is none: [`keeper`](Self::keeper) names it.
    pub async fn members(&self) -> Result<Vec<ChannelMember>, ClientError> {
        self.check()?;
        let mut names = self.directory().usernames().await?;
        let listed = self.space().members().with_roles().await?;
        let users = listed
            .into_iter()
            .filter(|member| member.member.kind() == MemberKind::User);
        let mut members: Vec<ChannelMember> = users
            .map(|member| ChannelMember {
                id: member.member,
                username: names.remove(&member.member),
                role: member.roles.into_iter().next().unwrap_or_default(),
            })
            .collect();
        members.sort_by(|one, other| one.username.cmp(&other.username));
        Ok(members)
    }

    /// Gives a member another role. For the channel's owner.
    pub async fn set_role(&self, user: &str, role: &str) -> Result<(), ClientError> {
        self.check()?;
        let user = self.member_named(user).await?;
        self.space().members().set_role(user, role).await
    }

    /// The keeper's powers here; `None` if the channel has none.
    pub async fn keeper(&self) -> Result<Option<KeeperPowers>, ClientError> {
        self.check()?;
        self.space().follow_state().await?;
        self.powers().await
    }

    /// Judges every admission by the keeper, by what held when it was made. Reads the whole state of the channel anew.
    pub async fn audit(&self) -> Result<Vec<Audited>, ClientError> {
        self.check()?;
        let audit = self.space().audit().await?;
        let app = self.signed_in().app();
        app.follow_state().await?;
        Ok(app.with_view(|view| {
            audit.judge(self.id(), |user| view.knows(user) || view.was_removed(user))
        }))
    }

    /// The keeper's powers, by the state as it was read.
    pub(super) async fn powers(&self) -> Result<Option<KeeperPowers>, ClientError> {
        let path = KeeperPowers::path()?;
        let value = self.space().state().get_as_read(&path).await?;
        let powers = value.map(|value| KeeperPowers::read(&value.value));
        Ok(powers.transpose()?)
    }
}
