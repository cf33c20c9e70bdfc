//! The directory of an app: entries of its state (`spec/apps.md`, "Directory").

use std::fmt;

use reeeductio_proto::{
    MemberId, MemberKind, PublicKey, Signature, SpaceId, StatePath, encoding, lp,
};
use serde::{Deserialize, Serialize};

use super::name::{NameError, from_segment, to_segment};
use crate::epoch::Epoch;
use crate::identity::Identity;
use crate::keys::Key;
use crate::{StateEntry, state_entry::EntryError};

/// Version of the entries.
const VERSION: u8 = 1;

/// A name in the directory of an app, or a space without one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DirectoryName {
    /// A user.
    User(String),
    /// A channel that everybody may list.
    Channel(String),
    /// A channel that only those find who know its name, by the segment that stands for it.
    Private(String),
    /// A space without a name.
    Space(SpaceId),
}

/// Why an entry of the directory does not count.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// It is not in the format.
    #[error("the entry of the directory is not in the format")]
    Format,
    /// Of a later release.
    #[error("the entry of the directory has version {0}, which is not read here")]
    Version(u64),
    /// Somebody else than its user or creator wrote it.
    #[error("somebody else than the one it names wrote the entry of the directory")]
    Sender,
    /// The space does not say that it is the one of this name.
    #[error("the space has not signed the entry of the directory")]
    Signature,
    /// The name is none.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// The user of a name. It counts if that user wrote it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UserEntry {
    /// The user.
    pub user: MemberId,
}

/// Those who hear the requests to join a space.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Asks {
    /// The app's keeper, at any time.
    Keeper,
    /// The space's creator, when one of its programs runs.
    Creator,
}

/// The space of a channel. It counts if its creator wrote it and its key signed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelEntry {
    /// The space.
    pub space: SpaceId,
    /// The user that made it.
    pub creator: MemberId,
    /// The salt from which its creator derives its [key](Identity::space_key).
    pub salt: [u8; 16],
    /// Those who hear the requests to join it.
    pub asks: Asks,
    signature: Signature,
}

/// Hides the names of private channels: whoever has the root of an app's first epoch finds the segment of a name, nobody finds the name of a
/// segment.
#[derive(Clone)]
pub struct PrivateNames {
    key: Key,
    app: SpaceId,
}

#[derive(Deserialize, Serialize)]
struct UserBody {
    version: u64,
    user: String,
}

#[derive(Deserialize, Serialize)]
struct ChannelBody {
    version: u64,
    space: String,
    creator: String,
    salt: String,
    asks: Asks,
    signature: String,
}

#[derive(Deserialize, Serialize)]
struct ProfileBody {
    version: u64,
    name: String,
}

#[derive(Deserialize, Serialize)]
struct KeeperBody {
    version: u64,
    keeper: String,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

impl DirectoryName {
    /// The place in the state of the app.
    pub fn path(&self) -> Result<StatePath, NameError> {
        let text = match self {
            Self::User(name) => format!("directory/users/{}", to_segment(name)?),
            Self::Channel(name) => format!("directory/channels/{}", to_segment(name)?),
            Self::Private(segment) => format!("directory/private/{segment}"),
            Self::Space(space) => format!("directory/spaces/{space}"),
        };
        // Every segment has characters of paths alone.
        StatePath::parse(&text).map_err(|_| NameError::Character)
    }
}

/// The name that a path of the app's state stands for; `None` for other paths.
pub fn name_at(path: &StatePath) -> Option<DirectoryName> {
    let rest = path.as_str().strip_prefix("directory/")?;
    let (kind, segment) = rest.split_once('/')?;
    match kind {
        "users" => from_segment(segment).map(DirectoryName::User),
        "channels" => from_segment(segment).map(DirectoryName::Channel),
        "private" if segment.len() == 43 && !segment.contains('/') => {
            Some(DirectoryName::Private(segment.to_owned()))
        }
        "spaces" => SpaceId::parse(segment).ok().map(DirectoryName::Space),
        _ => None,
    }
}

impl UserEntry {
    /// The entry by which a user takes a name.
    pub fn entry(&self, name: &str) -> Result<StateEntry, DirectoryError> {
        let body = UserBody {
            version: VERSION.into(),
            user: self.user.to_string(),
        };
        let path = DirectoryName::User(name.to_owned()).path()?;
        Ok(state_value(path, &body))
    }

    /// Reads an entry that `sender` wrote.
    pub fn read(sender: &MemberId, json: &[u8]) -> Result<Self, DirectoryError> {
        let body: UserBody = read(json)?;
        let user = user_id(&body.user)?;
        if user != *sender {
            return Err(DirectoryError::Sender);
        }
        Ok(Self { user })
    }
}

impl ChannelEntry {
    /// The entry of a space, whose key derives from the creator's and `salt`. It is for one name in one app.
    pub fn new(
        app: SpaceId,
        name: &DirectoryName,
        creator: &Identity,
        salt: [u8; 16],
        asks: Asks,
    ) -> Result<Self, DirectoryError> {
        let key = creator.space_key(&salt);
        let (space, user) = (key.space_id(), creator.user_id());
        let signature = key.sign(&statement(&app, &name.path()?, &space, &user));
        Ok(Self {
            space,
            creator: user,
            salt,
            asks,
            signature,
        })
    }

    /// The entry of the state at its name.
    pub fn entry(&self, name: &DirectoryName) -> Result<StateEntry, DirectoryError> {
        let body = ChannelBody {
            version: VERSION.into(),
            space: self.space.to_string(),
            creator: self.creator.to_string(),
            salt: encoding::encode(&self.salt),
            asks: self.asks,
            signature: self.signature.to_string(),
        };
        Ok(state_value(name.path()?, &body))
    }

    /// Reads an entry that `sender` wrote at `path` of the app's state.
    pub fn read(
        app: SpaceId,
        path: &StatePath,
        sender: &MemberId,
        json: &[u8],
    ) -> Result<Self, DirectoryError> {
        let body: ChannelBody = read(json)?;
        let space = SpaceId::parse(&body.space).map_err(|_| DirectoryError::Format)?;
        let creator = user_id(&body.creator)?;
        let salt = encoding::decode_array(&body.salt).map_err(|_| DirectoryError::Format)?;
        let signature = Signature::parse(&body.signature).map_err(|_| DirectoryError::Format)?;
        if creator != *sender {
            return Err(DirectoryError::Sender);
        }
        if let Some(DirectoryName::Space(named)) = name_at(path)
            && named != space
        {
            return Err(DirectoryError::Signature);
        }
        let signer = PublicKey::parse(space.public_key()).map_err(|_| DirectoryError::Signature)?;
        signer
            .verify(&statement(&app, path, &space, &creator), &signature)
            .map_err(|_| DirectoryError::Signature)?;
        Ok(Self {
            space,
            creator,
            salt,
            asks: body.asks,
            signature,
        })
    }
}

impl PrivateNames {
    /// The names of an app, whose first epoch is `first`.
    pub fn new(first: &Epoch) -> Self {
        let app = first.space();
        let info = lp([b"reeeductio/private-names/v1".as_slice(), &app.to_bytes()]);
        Self {
            key: Key::derive_bytes(first.root().expose(), &info),
            app,
        }
    }

    /// The entry of a private channel of this name.
    pub fn find(&self, name: &str) -> Result<DirectoryName, NameError> {
        super::name::check_name(name)?;
        let info = lp([
            b"reeeductio/private-name/v1".as_slice(),
            &self.app.to_bytes(),
            name.as_bytes(),
        ]);
        let hidden = Key::derive_bytes(self.key.expose(), &info);
        Ok(DirectoryName::Private(encoding::encode_url(
            hidden.expose(),
        )))
    }
}

impl fmt::Debug for PrivateNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateNames(..)")
    }
}

impl Identity {
    /// The key of a space that this user makes. `salt` is 16 fresh random bytes, and is published: whoever has the user's key has the keys of all
    /// spaces that it made, and nobody else any of them.
    #[must_use]
    pub fn space_key(&self, salt: &[u8; 16]) -> Self {
        let info = lp([b"reeeductio/space-key/v1".as_slice(), salt]);
        Self::from_seed(Key::derive_bytes(self.seed().as_slice(), &info).expose())
    }
}

/// The entry that gives the app a name for people.
pub fn profile_entry(name: &str) -> Result<StateEntry, EntryError> {
    let body = ProfileBody {
        version: VERSION.into(),
        name: name.to_owned(),
    };
    Ok(state_value(StatePath::parse("app/profile")?, &body))
}

/// The entry that names the app's keeper, a user of the app.
pub fn keeper_entry(keeper: MemberId) -> Result<StateEntry, EntryError> {
    let body = KeeperBody {
        version: VERSION.into(),
        keeper: keeper.to_string(),
    };
    Ok(state_value(StatePath::parse("app/keeper")?, &body))
}

/// The keeper that `app/keeper` names. It counts if the app's owner wrote it.
pub fn keeper_of(app: SpaceId, sender: &MemberId, json: &[u8]) -> Result<MemberId, DirectoryError> {
    if !app.is_owned_by(sender) {
        return Err(DirectoryError::Sender);
    }
    let body: KeeperBody = read(json)?;
    user_id(&body.keeper)
}

fn statement(app: &SpaceId, path: &StatePath, space: &SpaceId, creator: &MemberId) -> Vec<u8> {
    lp([
        b"reeeductio/directory/v1".as_slice(),
        &app.to_bytes(),
        path.as_str().as_bytes(),
        &space.to_bytes(),
        &creator.to_bytes(),
    ])
}

/// Reads a body of the version that is known here.
pub(super) fn read<T: for<'a> Deserialize<'a>>(json: &[u8]) -> Result<T, DirectoryError> {
    let Version { version } = serde_json::from_slice(json).map_err(|_| DirectoryError::Format)?;
    if version != u64::from(VERSION) {
        return Err(DirectoryError::Version(version));
    }
    serde_json::from_slice(json).map_err(|_| DirectoryError::Format)
}

pub(super) fn user_id(text: &str) -> Result<MemberId, DirectoryError> {
    let user = MemberId::parse(text).map_err(|_| DirectoryError::Format)?;
    match user.kind() {
        MemberKind::User => Ok(user),
        MemberKind::Space | MemberKind::Tool => Err(DirectoryError::Format),
    }
}

#[expect(
    clippy::expect_used,
    reason = "structs of strings and numbers always turn into JSON"
)]
pub(super) fn state_value(path: StatePath, body: &impl Serialize) -> StateEntry {
    let value = serde_json::to_string(body).expect("plain fields");
    StateEntry { path, value }
}

#[cfg(test)]
mod tests;
