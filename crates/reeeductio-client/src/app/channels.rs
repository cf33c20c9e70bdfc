//! Making, finding and opening channels.

use std::sync::Arc;
use std::time::Duration;

use reeeductio_core::app::{
    Admits, Asks, ChannelEntry, ChannelProfile, DirectoryName, KEEP, KeepNote, KeeperPowers,
};
use reeeductio_core::{EncryptionKey, Identity};
use reeeductio_proto::{ErrorCode, History, MemberId, SpaceId};

use super::channel::Channel;
use super::client::Client;
use super::directory::ChannelSummary;
use super::error::AppError;
use super::founding;
use super::signed_in::SignedIn;
use crate::error::ClientError;
use crate::platform::random;
use crate::policy_space::{EDITOR, NewSpace, PolicySpace};

/// Places of a channel's state that are kept at hand.
pub(super) const KEPT: &[&str] = &["channel"];

/// The channels of an app, as the user that is signed in sees them. Clones share everything.
#[derive(Clone, Debug)]
pub struct Channels(pub(super) Client);

/// Rules of a new channel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChannelOptions {
    /// Whether newcomers read what was written before they came.
    pub history: History,
    /// Whether the channel is in no listing, and the keeper lets in only those whom a member has [invited](Channel::invite).
    pub is_private: bool,
    /// Whether the keeper lets newcomers in. Otherwise the user that made the channel [does](Channel::admit).
    pub has_keeper: bool,
}

impl Default for ChannelOptions {
    /// Every user of the app finds and joins it, and reads it from the beginning.
    fn default() -> Self {
        Self {
            history: History::Static,
            is_private: false,
            has_keeper: true,
        }
    }
}

impl Client {
    /// The channels.
    pub fn channels(&self) -> Channels {
        Channels(self.clone())
    }
}

impl Channels {
    /// Makes a channel. Its name is reserved first, so a name that is taken (`channel.exists`) leaves nothing behind. If this was cut short, calling it again with
    /// the same name completes the channel.
    pub async fn create(
        &self,
        name: &str,
        options: ChannelOptions,
    ) -> Result<Channel, ClientError> {
        let signed_in = self.0.signed_in()?;
        let directory = signed_in.directory();
        let known = directory.channel(name).await?;
        let entry = match known {
            Some((_, entry)) if entry.creator == signed_in.user().id => {
                if self.open(&signed_in, entry.space).await?.is_some() {
                    return Err(exists(name));
                }
                // It was cut short.
                entry
            }
            Some(_) => return Err(exists(name)),
            None => {
                let at = if options.is_private {
                    directory.private_name(name).await?
                } else {
                    DirectoryName::Channel(name.to_owned())
                };
                let entry = self.reserve(&signed_in, &at, options).await;
                let entry = entry.map_err(|error| {
                    if super::is_there(&error) {
                        exists(name)
                    } else {
                        error
                    }
                })?;
                // Somebody may have taken the name in the other listing meanwhile: the first one counts.
                match directory.channel(name).await? {
                    Some((_, first)) if first.space == entry.space => {}
                    _ => return Err(exists(name)),
                }
                entry
            }
        };
        Box::pin(self.found(&signed_in, &entry, options)).await
    }

    /// The channel of a name: joined if there is one, and made if there is none.
    pub async fn get_or_create(
        &self,
        name: &str,
        options: ChannelOptions,
        timeout: Duration,
    ) -> Result<Channel, ClientError> {
        match self.create(name, options).await {
            Err(ClientError::App(AppError::ChannelExists(_))) => self.join(name, timeout).await,
            other => other,
        }
    }

    /// Makes a channel that has no name: others find it by its id.
    pub async fn create_space(&self, options: ChannelOptions) -> Result<Channel, ClientError> {
        let signed_in = self.0.signed_in()?;
        let salt = random()?;
        let space = signed_in.identity().space_key(&salt).space_id();
        let entry = self
            .reserve_as(&signed_in, &DirectoryName::Space(space), options, salt)
            .await?;
        Box::pin(self.found(&signed_in, &entry, options)).await
    }

    /// Opens a channel that this user is in.
    pub async fn get(&self, space: SpaceId) -> Result<Channel, ClientError> {
        let signed_in = self.0.signed_in()?;
        let opened = self.open(&signed_in, space).await?;
        opened.ok_or_else(|| AppError::ChannelNotFound(space.to_string()).into())
    }

    /// The channels that everybody may find, sorted by their names. Nobody need be signed in.
    pub async fn list(&self) -> Result<Vec<ChannelSummary>, ClientError> {
        self.0.directory().await?.channels().await
    }

    /// The space of a name; `None` if there is none. Nobody need be signed in. A private channel is found by its name alone.
    pub async fn resolve(&self, name: &str) -> Result<Option<SpaceId>, ClientError> {
        let found = self.0.directory().await?.channel(name).await?;
        Ok(found.map(|(_, entry)| entry.space))
    }

    async fn reserve(
        &self,
        signed_in: &SignedIn,
        at: &DirectoryName,
        options: ChannelOptions,
    ) -> Result<ChannelEntry, ClientError> {
        self.reserve_as(signed_in, at, options, random()?).await
    }

    async fn reserve_as(
        &self,
        signed_in: &SignedIn,
        at: &DirectoryName,
        options: ChannelOptions,
        salt: [u8; 16],
    ) -> Result<ChannelEntry, ClientError> {
        let (app, user) = (self.0.app(), signed_in.identity());
        let asks = if options.has_keeper {
            Asks::Keeper
        } else {
            Asks::Creator
        };
        let entry = ChannelEntry::new(app, at, user, salt, asks)?;
        let value = entry.entry(at)?;
        let state = signed_in.app().state();
        state.create(&value.path, value.value.as_bytes()).await?;
        Ok(entry)
    }

    /// Makes the space of an entry, gives it to the keeper, and opens it.
    async fn found(
        &self,
        signed_in: &Arc<SignedIn>,
        entry: &ChannelEntry,
        options: ChannelOptions,
    ) -> Result<Channel, ClientError> {
        let keeper = match entry.asks {
            Asks::Keeper => signed_in.directory().keeper().await?,
            Asks::Creator => None,
        };
        let powers = keeper.map(|keeper| KeeperPowers {
            keeper: MemberId::tool(*keeper.public_key()),
            admits: if options.is_private {
                Admits::Invited
            } else {
                Admits::Users
            },
            role: EDITOR.to_owned(),
        });
        let user = signed_in.identity();
        let profile = ChannelProfile {
            app: self.0.app(),
            creator: user.user_id(),
            salt: entry.salt,
        };
        let owner = user.space_key(&entry.salt);
        let beside = founding::channel(entry.space, user, &profile, powers.as_ref())?;
        let new = NewSpace {
            history: options.history,
            ..NewSpace::default()
        };
        let builder = self.0.builder_for(&owner.user_id());
        let made = PolicySpace::create_with(builder.clone(), owner.clone(), new, beside.clone());
        let made = match made.await {
            Err(error) if error.code() == Some(ErrorCode::SpaceUnknown) => {
                // The server lets users of the app make spaces, once they say so in the app.
                self.register(signed_in, &owner).await?;
                PolicySpace::create_with(builder, owner, new, beside).await?
            }
            other => other?,
        };
        if let Some(keeper) = keeper {
            give_to_keeper(signed_in, &made, keeper).await?;
        }
        let opened = self.open_as_it_is(signed_in, entry.space).await?;
        opened.ok_or_else(|| AppError::ChannelNotFound(entry.space.to_string()).into())
    }

    async fn register(&self, signed_in: &SignedIn, owner: &Identity) -> Result<(), ClientError> {
        let now = signed_in.app().server_time();
        let entry = reeeductio_core::register_space(owner, signed_in.user().id, now);
        let entry = reeeductio_proto::state_entry::app_registration(&entry)?;
        let state = signed_in.app().state();
        state.put(&entry.path, entry.value.as_bytes()).await
    }

    /// Opens a channel; `None` if this user is no member, or the server has no such space.
    pub(super) async fn open(
        &self,
        signed_in: &Arc<SignedIn>,
        space: SpaceId,
    ) -> Result<Option<Channel>, ClientError> {
        let opened = self.open_as_it_is(signed_in, space).await?;
        if let Some(channel) = &opened {
            channel.tend_keeper().await?;
        }
        Ok(opened)
    }

    async fn open_as_it_is(
        &self,
        signed_in: &Arc<SignedIn>,
        space: SpaceId,
    ) -> Result<Option<Channel>, ClientError> {
        signed_in.check()?;
        if let Some(channel) = signed_in.channel(space) {
            return Ok(Some(channel));
        }
        let user = signed_in.identity();
        let member = user.user_id();
        let builder = self.0.builder_for(&member).keeping_state(KEPT);
        let opened = Box::pin(PolicySpace::open(builder, space, member, user.clone())).await;
        let opened = match opened {
            Err(error) if is_no_member(&error) => return Ok(None),
            other => other?,
        };
        let channel = Channel::new(Arc::clone(signed_in), opened)?;
        Ok(Some(signed_in.share(channel)))
    }
}

/// Gives the keeper the root of the newest epoch, in a note that it finds whenever it comes.
pub(super) async fn give_to_keeper(
    signed_in: &SignedIn,
    space: &PolicySpace,
    keeper: MemberId,
) -> Result<(), ClientError> {
    let app = signed_in.app();
    let key = app.with_view(|view| {
        view.encryption_key(&keeper)
            .and_then(EncryptionKey::published)
    });
    let key = key.ok_or(AppError::NoKeeper)?;
    // A space that was opened just now has looked for none.
    space.find_newest_root().await?;
    let Some(epoch) = space.newest_root() else {
        return Ok(());
    };
    let (tool, issuer) = (MemberId::tool(*keeper.public_key()), space.member());
    let wrap = key.wrap(&epoch, &tool, &issuer, &random()?);
    let note = KeepNote {
        channel: space.id(),
        epoch: epoch.number(),
        issuer,
        wrap: wrap.ok_or(AppError::NoKeeper)?,
    };
    let inbox = app.inbox();
    let item = inbox.seal(keeper, KEEP, &note.to_bytes(), None).await?;
    inbox.leave(&item).await.map(drop)
}

/// Returns whether the member is unknown, or the whole space is.
pub(super) fn is_no_member(error: &ClientError) -> bool {
    matches!(
        error.code(),
        Some(ErrorCode::MemberUnknown | ErrorCode::SpaceUnknown)
    )
}

fn exists(name: &str) -> ClientError {
    AppError::ChannelExists(name.to_owned()).into()
}
