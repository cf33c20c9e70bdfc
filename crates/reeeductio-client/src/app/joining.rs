//! Joining channels.

use std::sync::Arc;
use std::time::Duration;

use reeeductio_core::JoinRequest;
use reeeductio_core::app::{ASK, AskNote, Asks, ChannelEntry, ChannelProfile};
use reeeductio_proto::{MemberId, SpaceId};
use tokio::sync::broadcast;

use super::channel::Channel;
use super::channels::Channels;
use super::error::AppError;
use super::mail::Asked;
use super::signed_in::SignedIn;
use crate::error::ClientError;
use crate::link::AnchoredLink;
use crate::platform::{random, within};
use crate::policy_space::{PolicyError, PolicySpace};

impl Channels {
    /// Joins a channel by its name, or by the id of its space: asks the keeper, or the user that made it, and waits for the answer. One that this user
    /// is in already is opened.
    ///
    /// Fails with `channel.not_found`, with `channel.refused`, and with `channel.timeout` if no answer has come: the request stays, so a later call may
    /// find the user let in.
    pub async fn join(&self, name: &str, timeout: Duration) -> Result<Channel, ClientError> {
        let signed_in = self.0.signed_in()?;
        if let Some((_, entry)) = signed_in.directory().channel(name).await? {
            return Box::pin(self.ask(&signed_in, &entry, timeout)).await;
        }
        match SpaceId::parse(name) {
            Ok(space) => self.join_space(space, timeout).await,
            Err(_) => Err(AppError::ChannelNotFound(name.to_owned()).into()),
        }
    }

    /// Joins a channel by the id of its space.
    pub async fn join_space(
        &self,
        space: SpaceId,
        timeout: Duration,
    ) -> Result<Channel, ClientError> {
        let signed_in = self.0.signed_in()?;
        match signed_in.directory().channel_of(space).await? {
            Some(entry) => Box::pin(self.ask(&signed_in, &entry, timeout)).await,
            None => self.get(space).await,
        }
    }

    /// Joins a channel by an invite link of it: its text, or the token of [`ChannelLink`](super::ChannelLink). No keeper is needed. Call it by a gesture of the user
    /// alone: whatever opens links by itself would spend their uses.
    pub async fn join_by_link(
        &self,
        link: &str,
        password: Option<&str>,
    ) -> Result<Channel, ClientError> {
        let signed_in = self.0.signed_in()?;
        let link = AnchoredLink::parse(link)?;
        if let Some(channel) = self.open(&signed_in, link.space()).await? {
            return Ok(channel);
        }
        let user = signed_in.identity();
        let builder = self.0.builder_for(&user.user_id());
        let builder = builder.keeping_state(super::channels::KEPT);
        let joined = PolicySpace::redeem(builder, &link, password, user.clone());
        let joined = Box::pin(joined).await?;
        Ok(signed_in.share(Channel::new(Arc::clone(&signed_in), joined)?))
    }

    async fn ask(
        &self,
        signed_in: &Arc<SignedIn>,
        entry: &ChannelEntry,
        timeout: Duration,
    ) -> Result<Channel, ClientError> {
        if let Some(channel) = self.open(signed_in, entry.space).await? {
            channel.check_profile(self.0.app()).await?;
            return Ok(channel);
        }
        let to = match entry.asks {
            Asks::Keeper => signed_in
                .directory()
                .keeper_as_read()
                .await?
                .ok_or(AppError::NoKeeper)?,
            Asks::Creator => entry.creator,
        };
        let now = signed_in.app().server_time();
        let now = u64::try_from(now).unwrap_or_default();
        let request = JoinRequest::new(entry.space, signed_in.identity(), 0, now, random()?);
        let request =
            request.ok_or_else(|| ClientError::argument("identity", "gives no encryption key"))?;
        let mail = signed_in.mail().await?;
        let answered = mail.await_answer(request.hash(), to);
        let inbox = signed_in.app().inbox();
        let note = AskNote { request };
        let item = inbox.seal(to, ASK, &note.to_bytes(), None).await?;
        inbox.leave(&item).await?;
        let Some(Ok(answer)) = within(timeout, answered).await else {
            signed_in.check()?;
            return Err(AppError::JoinTimeout.into());
        };
        if let Some(code) = answer.refused {
            return Err(AppError::JoinRefused(code).into());
        }
        let opened = self.open(signed_in, entry.space).await?;
        let channel = opened.ok_or_else(|| AppError::ChannelNotFound(entry.space.to_string()))?;
        channel.check_profile(self.0.app()).await?;
        channel.check_key().await?;
        Ok(channel)
    }
}

impl Channel {
    /// Requests to join the channel, if this user made it: those who ask know of no other.
    pub(super) async fn requests(
        &self,
    ) -> Result<Option<(Vec<Asked>, broadcast::Receiver<Asked>)>, ClientError> {
        let is_creator = self
            .profile()
            .await?
            .is_some_and(|profile| self.is_of(&profile));
        if !is_creator {
            return Ok(None);
        }
        Ok(Some(self.signed_in().mail().await?.requests(self.id())))
    }

    pub(super) fn is_of(&self, profile: &ChannelProfile) -> bool {
        profile.creator == self.user()
    }

    /// Refuses a space that says to be of another app.
    async fn check_profile(&self, app: SpaceId) -> Result<(), ClientError> {
        match self.profile().await? {
            Some(profile) if profile.app == app => Ok(()),
            _ => Err(AppError::ChannelNotFound(self.id().to_string()).into()),
        }
    }

    /// Refuses a channel into which this user was let without the key of what is written there now.
    async fn check_key(&self) -> Result<(), ClientError> {
        let space = self.space();
        space.find_newest_root().await?;
        if space.newest_root().is_some() {
            return Ok(());
        }
        let newest = space.with_view(|view| view.newest_epoch().map(|newest| newest.entry.number));
        let epoch = newest.unwrap_or_default();
        Err(PolicyError::KeyMissing { epoch }.into())
    }

    /// [`tend_keeper`](Self::tend_keeper) after an epoch has begun: a keeper that has not come yet would not have its root. An error is none of the
    /// caller's: opening the channel does it again.
    pub(super) async fn tend_keeper_later(&self) {
        let _later = Box::pin(self.tend_keeper()).await;
    }

    /// Has the keeper get what it needs, if this user made the channel: a note that was lost is left again, and the root of an epoch that began before
    /// it came is given to it.
    pub(super) async fn tend_keeper(&self) -> Result<(), ClientError> {
        let Some(profile) = self.profile().await? else {
            return Ok(());
        };
        let Some(powers) = self.powers().await?.filter(|_| self.is_of(&profile)) else {
            return Ok(());
        };
        let space = self.space();
        if space.with_view(|view| view.encryption_key(&powers.keeper).is_none()) {
            let keeper = MemberId::user(*powers.keeper.public_key());
            return super::channels::give_to_keeper(self.signed_in(), space, keeper).await;
        }
        if space.lacks_newest_root(&powers.keeper)? {
            space.members().give_key(powers.keeper).await?;
        }
        Ok(())
    }
}
