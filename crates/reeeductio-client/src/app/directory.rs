//! The directory of an app, as its state has it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use reeeductio_core::app::{
    ChannelEntry, DirectoryName, PrivateNames, UserEntry, keeper_of, name_at,
};
use reeeductio_proto::{MemberId, PathPrefix, SpaceId, StatePath};

use super::User;
use super::error::AppError;
use super::keep::Pins;
use crate::error::ClientError;
use crate::policy_space::{PolicyError, PolicySpace, StateValue};

/// Places of the app's state that are kept at hand.
pub(super) const KEPT: &[&str] = &["app", "directory"];

/// The users and channels of an app. Each entry counts if the one that it names has signed it, and the first one of a user is its name.
#[derive(Clone, Debug)]
pub struct Directory {
    space: PolicySpace,
    pins: Arc<Pins>,
}

/// A channel of the directory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelSummary {
    /// Its name.
    pub name: String,
    /// Its space.
    pub space: SpaceId,
    /// The user that made it.
    pub creator: MemberId,
}

impl Directory {
    /// The directory of an app that is open.
    pub(super) fn of(space: PolicySpace) -> Self {
        let pins = Arc::new(Pins::new(None, space.id()));
        Self { space, pins }
    }

    /// The directory of an app, with what its names stood for before.
    pub(super) fn pinning(space: PolicySpace, pins: Arc<Pins>) -> Self {
        Self { space, pins }
    }

    /// All users that have a name and are still there, sorted by their names.
    pub async fn users(&self) -> Result<Vec<User>, ClientError> {
        let mut users = self.named_users().await?;
        users.retain(|user| self.space.with_view(|view| view.knows(&user.id)));
        users.sort_unstable_by(|one, other| one.username.cmp(&other.username));
        Ok(users)
    }

    /// The user of a name, or of an id. One that was removed from the app is not found.
    pub async fn user(&self, user: &str) -> Result<User, ClientError> {
        let found = self.ever_named(user).await?;
        if self.space.with_view(|view| view.knows(&found.id)) {
            return Ok(found);
        }
        Err(AppError::UserNotFound(user.to_owned()).into())
    }

    /// [`user`](Self::user), also one that was removed.
    pub(super) async fn ever_named(&self, user: &str) -> Result<User, ClientError> {
        let users = self.named_users().await?;
        let id = MemberId::parse(user).ok();
        let found = users
            .into_iter()
            .find(|known| Some(known.id) == id || (id.is_none() && known.username == user));
        let found = found.ok_or_else(|| AppError::UserNotFound(user.to_owned()))?;
        let path = DirectoryName::User(found.username.clone()).path()?;
        self.pins.check(&found.username, &path, found.id).await?;
        Ok(found)
    }

    /// The names of all users, also of those that were removed.
    pub(super) async fn usernames(&self) -> Result<HashMap<MemberId, String>, ClientError> {
        let users = self.named_users().await?.into_iter();
        Ok(users.map(|user| (user.id, user.username)).collect())
    }

    /// The name of a user, also of one that was removed.
    pub async fn username(&self, user: &MemberId) -> Result<Option<String>, ClientError> {
        let users = self.named_users().await?;
        let found = users.into_iter().find(|known| known.id == *user);
        Ok(found.map(|user| user.username))
    }

    /// Returns whether a name is taken, whether or not its user is still there.
    pub(super) async fn is_taken(&self, username: &str) -> Result<bool, ClientError> {
        let path = DirectoryName::User(username.to_owned()).path()?;
        self.space.follow_state().await?;
        Ok(self.space.state().was_written(&path))
    }

    /// The channels that everybody may list, sorted by their names.
    pub async fn channels(&self) -> Result<Vec<ChannelSummary>, ClientError> {
        let listed = self.values("directory/channels").await?;
        let channels = listed.iter().filter_map(|value| {
            let DirectoryName::Channel(name) = name_at(&value.path)? else {
                return None;
            };
            let entry = self.read(value).ok()?;
            Some(ChannelSummary {
                name,
                space: entry.space,
                creator: entry.creator,
            })
        });
        let mut channels: Vec<ChannelSummary> = channels.collect();
        channels.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(channels)
    }

    /// The channel of a name: one that everybody may list, or a private one.
    pub(super) async fn channel(
        &self,
        name: &str,
    ) -> Result<Option<(DirectoryName, ChannelEntry)>, ClientError> {
        self.space.follow_state().await?;
        let mut found = vec![self.placed(DirectoryName::Channel(name.to_owned())).await];
        // Without the root nobody finds a private one.
        if let Some(names) = self.private_names().await? {
            found.push(self.placed(names.find(name)?).await);
        }
        let (counting, refused): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
        // Nobody takes the place of a channel by putting another one of its name into the other listing, or something that is none.
        let counting = counting
            .into_iter()
            .filter_map(|placed| placed.ok().flatten());
        let first = counting.min_by_key(|(time, ..)| *time);
        let Some((_, at, entry)) = first else {
            return refused
                .into_iter()
                .next()
                .map_or(Ok(None), |error| error.map(|_| None));
        };
        self.check_pin(name, &at, &entry).await?;
        Ok(Some((at, entry)))
    }

    /// An entry, and when it was written.
    async fn placed(
        &self,
        at: DirectoryName,
    ) -> Result<Option<(i64, DirectoryName, ChannelEntry)>, ClientError> {
        let value = self.space.state().get_as_read(&at.path()?).await?;
        let Some(value) = value else {
            return Ok(None);
        };
        let entry = self.read(&value)?;
        Ok(Some((value.position.timestamp, at, entry)))
    }

    async fn check_pin(
        &self,
        name: &str,
        at: &DirectoryName,
        entry: &ChannelEntry,
    ) -> Result<(), ClientError> {
        let owner = MemberId::user(*entry.space.public_key());
        self.pins.check(name, &at.path()?, owner).await
    }

    /// The entry of a space, whatever its name.
    pub(super) async fn channel_of(
        &self,
        space: SpaceId,
    ) -> Result<Option<ChannelEntry>, ClientError> {
        // Anybody may write something at the place of a space that has a name, which counts for nothing.
        for below in [
            "directory/spaces",
            "directory/channels",
            "directory/private",
        ] {
            let listed = self.values(below).await?;
            let mut found = listed.iter().filter_map(|value| self.read(value).ok());
            if let Some(entry) = found.find(|entry| entry.space == space) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    fn read(&self, value: &StateValue) -> Result<ChannelEntry, ClientError> {
        let app = self.space.id();
        Ok(ChannelEntry::read(
            app,
            &value.path,
            &value.sender,
            &value.value,
        )?)
    }

    /// The names of private channels, for those who have the root of the app's first epoch.
    pub(super) async fn private_names(&self) -> Result<Option<PrivateNames>, ClientError> {
        Ok(self
            .space
            .first_root()
            .await?
            .as_ref()
            .map(PrivateNames::new))
    }

    /// The entry of a new private channel.
    pub(super) async fn private_name(&self, name: &str) -> Result<DirectoryName, ClientError> {
        let names = self.private_names().await?;
        let names = names.ok_or(PolicyError::KeyMissing { epoch: 0 })?;
        Ok(names.find(name)?)
    }

    /// The keeper of the app.
    pub async fn keeper(&self) -> Result<Option<MemberId>, ClientError> {
        self.space.follow_state().await?;
        self.keeper_as_read().await
    }

    /// [`keeper`](Self::keeper), by the state as it was read.
    pub(super) async fn keeper_as_read(&self) -> Result<Option<MemberId>, ClientError> {
        let path = StatePath::parse("app/keeper");
        let path = path.map_err(|error| ClientError::argument("path", error))?;
        let Some(value) = self.space.state().get_as_read(&path).await? else {
            return Ok(None);
        };
        let keeper = keeper_of(self.space.id(), &value.sender, &value.value)?;
        Ok(Some(keeper).filter(|keeper| self.space.with_view(|view| view.knows(keeper))))
    }

    /// Users by the order in which they took their names, each with its first one.
    async fn named_users(&self) -> Result<Vec<User>, ClientError> {
        let mut listed = self.values("directory/users").await?;
        listed.sort_by_key(|value| value.position.timestamp);
        let mut seen = HashSet::new();
        let users = listed.iter().filter_map(|value| {
            let DirectoryName::User(username) = name_at(&value.path)? else {
                return None;
            };
            let entry = UserEntry::read(&value.sender, &value.value).ok()?;
            seen.insert(entry.user).then_some(User {
                id: entry.user,
                username,
            })
        });
        Ok(users.collect())
    }

    async fn values(&self, below: &str) -> Result<Vec<StateValue>, ClientError> {
        let prefix = PathPrefix::parse(below);
        let prefix = prefix.map_err(|error| ClientError::argument("prefix", error))?;
        self.space.state().list(&prefix).await
    }
}
