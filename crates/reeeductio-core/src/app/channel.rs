//! Entries in the state of a channel (`spec/apps.md`, "Channels").

use reeeductio_proto::{MemberId, MemberKind, SpaceId, StatePath, encoding};
use serde::{Deserialize, Serialize};

use super::directory::{DirectoryError, read, state_value, user_id};
use crate::StateEntry;
use crate::state_entry::EntryError;

const VERSION: u8 = 1;
/// Place of the profile.
const PROFILE: &str = "channel/profile";
/// Place of the keeper's powers.
pub(super) const KEEPER: &str = "channel/keeper";
/// Beginning of the places of those who are invited.
pub(super) const INVITED: &str = "channel/invited/";

/// The app of a channel, and who made it. Its owner writes it once, when the space is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelProfile {
    /// The app.
    pub app: SpaceId,
    /// The user that made it.
    pub creator: MemberId,
    /// The salt from which the creator derives the space's [key](crate::Identity::space_key).
    pub salt: [u8; 16],
}

/// Those whom the keeper lets in when they ask.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Admits {
    /// Every user of the app.
    Users,
    /// Those whom a member has invited.
    Invited,
    /// Nobody.
    Nobody,
}

/// The powers of the keeper in a channel, as the channel's owner has written them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeeperPowers {
    /// The keeper, a tool of the channel.
    pub keeper: MemberId,
    /// Those whom it lets in.
    pub admits: Admits,
    /// The role that it gives them.
    pub role: String,
}

#[derive(Deserialize, Serialize)]
struct ProfileBody {
    version: u64,
    app: String,
    creator: String,
    salt: String,
}

#[derive(Deserialize, Serialize)]
struct PowersBody {
    version: u64,
    keeper: String,
    admits: Admits,
    role: String,
}

#[derive(Serialize)]
struct InvitationBody {
    version: u64,
}

impl ChannelProfile {
    /// Where it is.
    pub fn path() -> Result<StatePath, EntryError> {
        Ok(StatePath::parse(PROFILE)?)
    }

    /// The entry.
    pub fn entry(&self) -> Result<StateEntry, EntryError> {
        let body = ProfileBody {
            version: VERSION.into(),
            app: self.app.to_string(),
            creator: self.creator.to_string(),
            salt: encoding::encode(&self.salt),
        };
        Ok(state_value(Self::path()?, &body))
    }

    /// Reads an entry that `sender` wrote in the state of `channel`. It counts if the owner wrote it.
    pub fn read(channel: SpaceId, sender: &MemberId, json: &[u8]) -> Result<Self, DirectoryError> {
        if !channel.is_owned_by(sender) {
            return Err(DirectoryError::Sender);
        }
        let body: ProfileBody = read(json)?;
        Ok(Self {
            app: SpaceId::parse(&body.app).map_err(|_| DirectoryError::Format)?,
            creator: user_id(&body.creator)?,
            salt: encoding::decode_array(&body.salt).map_err(|_| DirectoryError::Format)?,
        })
    }
}

impl KeeperPowers {
    /// Where they are.
    pub fn path() -> Result<StatePath, EntryError> {
        Ok(StatePath::parse(KEEPER)?)
    }

    /// The entry.
    pub fn entry(&self) -> Result<StateEntry, EntryError> {
        let body = PowersBody {
            version: VERSION.into(),
            keeper: self.keeper.to_string(),
            admits: self.admits,
            role: self.role.clone(),
        };
        Ok(state_value(Self::path()?, &body))
    }

    /// Reads an entry.
    pub fn read(json: &[u8]) -> Result<Self, DirectoryError> {
        let body: PowersBody = read(json)?;
        let keeper = MemberId::parse(&body.keeper).map_err(|_| DirectoryError::Format)?;
        if keeper.kind() != MemberKind::Tool {
            return Err(DirectoryError::Format);
        }
        Ok(Self {
            keeper,
            admits: body.admits,
            role: body.role,
        })
    }
}

/// The entry by which a member invites a user of the app.
pub fn invitation(user: MemberId) -> Result<StateEntry, EntryError> {
    let body = InvitationBody {
        version: VERSION.into(),
    };
    Ok(state_value(invitation_path(user)?, &body))
}

/// Where the invitation of a user is.
pub fn invitation_path(user: MemberId) -> Result<StatePath, EntryError> {
    Ok(StatePath::parse(&format!("{INVITED}{user}"))?)
}

/// The user that a path of a channel's state invites.
pub fn invited_user(path: &str) -> Option<MemberId> {
    let user = path.strip_prefix(INVITED)?;
    user_id(user).ok()
}
