//! An app, as its owner sees it.

use reeeductio_core::app::AppKey;
use reeeductio_core::password::password_server_setup;
use reeeductio_core::{EncryptionKey, Epoch, Identity, state_entry};
use reeeductio_proto::{MemberId, MemberKind, Signature, SpaceId, View, encoding, opaque};
use serde::Deserialize;

use super::directory::{self, ChannelSummary, Directory};
use super::{User, founding};
use crate::error::ClientError;
use crate::platform::random;
use crate::policy_space::{NewSpace, PolicyError, PolicySpace, wrap};
use crate::space::{Content, SpaceBuilder};

/// An app, as its owner sees it. Clones share everything.
#[derive(Clone, Debug)]
pub struct App {
    space: PolicySpace,
}

/// A new app.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// Its name for people.
    pub name: String,
    /// Rules of its space.
    pub space: NewSpace,
}

/// A key of an app. The key itself is with those who were given it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AppKeySummary {
    /// The tool, by which it is [revoked](App::revoke_key).
    pub tool: MemberId,
    /// The name that its owner gave it.
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct ToolBody {
    description: Option<String>,
}

impl NewApp {
    /// An app of this name, with the usual rules.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            space: NewSpace::default(),
        }
    }
}

impl App {
    /// Makes the app of `owner`'s key: its space with roles and directory, passwords for its users, and a first key. One that is there
    /// already is opened, and gets another key: an answer may have been lost.
    pub async fn create(
        builder: SpaceBuilder,
        owner: Identity,
        new: &NewApp,
    ) -> Result<(Self, AppKey), ClientError> {
        let key = AppKey::new(owner.space_id(), random()?);
        let app = Self::create_with_key(builder, owner, new, &key).await?;
        Ok((app, key))
    }

    /// [Creates](Self::create) the app with a key that is kept already. Doing so again with the same owner and key completes what was cut short, and
    /// changes nothing else.
    pub async fn create_with_key(
        builder: SpaceBuilder,
        owner: Identity,
        new: &NewApp,
        key: &AppKey,
    ) -> Result<Self, ClientError> {
        if key.app() != owner.space_id() {
            return Err(ClientError::argument("key", "is of another app"));
        }
        let entries = founding::app(&new.name, key)?;
        let builder = builder.keeping_state(directory::KEPT);
        let space = PolicySpace::create_with(builder, owner, new.space, entries).await?;
        let app = Self { space };
        app.enable_passwords().await?;
        let tool = key.tool().tool_id();
        if !app.space.with_view(|view| view.knows(&tool)) {
            app.add_key(key, "another").await?;
        }
        Ok(app)
    }

    /// Opens an app as its owner.
    pub async fn open(builder: SpaceBuilder, owner: Identity) -> Result<Self, ClientError> {
        let (id, member) = (owner.space_id(), owner.user_id());
        let builder = builder.keeping_state(directory::KEPT);
        let space = PolicySpace::open(builder, id, member, owner).await?;
        Ok(Self { space })
    }

    /// The id of the app.
    pub fn id(&self) -> SpaceId {
        self.space.id()
    }

    /// Its space.
    pub fn space(&self) -> &PolicySpace {
        &self.space
    }

    /// Its users and channels.
    pub fn directory(&self) -> Directory {
        Directory::of(self.space.clone())
    }

    /// Makes another key. `name` says what it is for.
    pub async fn create_key(&self, name: &str) -> Result<AppKey, ClientError> {
        let key = AppKey::new(self.id(), random()?);
        self.add_key(&key, name).await?;
        Ok(key)
    }

    async fn add_key(&self, key: &AppKey, name: &str) -> Result<(), ClientError> {
        let (tool, issuer) = (key.tool(), self.space.member());
        let entries = founding::app_key(key, name)?;
        let public = tool.decryption_key(0).encryption_key();
        let public = public.ok_or_else(|| ClientError::argument("key", "cannot be used"))?;
        let entries = |_: &View, epoch: Option<&Epoch>| {
            let epoch = epoch.ok_or(PolicyError::Waiting)?;
            let mut entries = entries.clone();
            entries.push(wrap(epoch, &public, tool.tool_id(), issuer)?);
            Ok(entries)
        };
        self.space.write(entries).await.map(drop)
    }

    /// The keys that count, sorted by their tools.
    pub async fn keys(&self) -> Result<Vec<AppKeySummary>, ClientError> {
        let mut keys = Vec::new();
        for tool in self.space.members().list().await? {
            if tool.kind() != MemberKind::Tool
                || self.space.with_view(|view| view.link(&tool).is_some())
            {
                continue;
            }
            let entry = self
                .space
                .state_data(&state_entry::member_path(tool)?)
                .await?;
            let json = entry.map(|entry| encoding::decode(&entry.data).unwrap_or_default());
            let body = json.and_then(|json| serde_json::from_slice::<ToolBody>(&json).ok());
            keys.push(AppKeySummary {
                tool,
                name: body.and_then(|body| body.description),
            });
        }
        Ok(keys)
    }

    /// Ends a key: nobody registers or reads the directory by it any more. Users that have registered stay.
    pub async fn revoke_key(&self, tool: MemberId) -> Result<(), ClientError> {
        if tool.kind() != MemberKind::Tool {
            return Err(ClientError::argument("tool", "is the id of a tool, T…"));
        }
        self.space.members().remove(tool).await
    }

    /// The users, sorted by their names.
    pub async fn users(&self) -> Result<Vec<User>, ClientError> {
        self.directory().users().await
    }

    /// The channels that have a name, sorted by it.
    pub async fn channels(&self) -> Result<Vec<ChannelSummary>, ClientError> {
        self.directory().channels().await
    }

    /// Removes a user from the app, by its name or id; a keeper, too, by its id. It keeps its place in channels, whose owners remove it there; and its
    /// name, which nobody else gets.
    pub async fn remove_user(&self, user: &str) -> Result<(), ClientError> {
        self.space.follow_state().await?;
        // One without a name: a keeper, or a user whose signing up was cut short.
        let known = MemberId::parse(user).ok().filter(|id| {
            id.kind() == MemberKind::User && self.space.with_view(|view| view.knows(id))
        });
        let user = match known {
            Some(id) => id,
            None => self.directory().user(user).await?.id,
        };
        self.space.members().remove(user).await
    }

    /// Makes a user of the app its keeper, with its encryption key and the signature of that. Channels that were made before do not have it.
    pub async fn set_keeper(
        &self,
        keeper: MemberId,
        (key, signature): (EncryptionKey, Signature),
    ) -> Result<(), ClientError> {
        let definition = founding::keeper(keeper)?;
        let published = state_entry::encryption_key(keeper, &key.to_published(), &signature)?;
        let issuer = self.space.member();
        let entries = |view: &View, epoch: Option<&Epoch>| {
            let epoch = epoch.ok_or(PolicyError::Waiting)?;
            let mut entries = Vec::new();
            if view.was_removed(&keeper) {
                return Err(ClientError::argument(
                    "keeper",
                    "was removed; make another one",
                ));
            }
            if !view.knows(&keeper) {
                entries.extend_from_slice(&definition);
                entries.push(published.clone());
                entries.push(wrap(epoch, &key, keeper, issuer)?);
            }
            Ok(entries)
        };
        self.space.write(entries).await.map(drop)
    }

    /// The keeper.
    pub async fn keeper(&self) -> Result<Option<MemberId>, ClientError> {
        self.directory().keeper().await
    }

    async fn enable_passwords(&self) -> Result<(), ClientError> {
        let data = self.space.base().data();
        let path = opaque::setup_path().map_err(|error| ClientError::argument("path", error))?;
        // One that is there decides all logins.
        match self.space.base().source().data(&path).await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
        let setup = password_server_setup(random()?);
        data.set(&path, Content::Plain(&setup)).await.map(drop)
    }
}
