//! Entries that found an app or a channel: roles, rights, tools.

use reeeductio_core::app::{AppKey, ChannelProfile, KeeperPowers, keeper_entry, profile_entry};
use reeeductio_core::{Identity, StateEntry, state_entry};
use reeeductio_proto::{Capability, MemberId, Operation, SpaceId, ToolLimits, opaque};

use crate::error::ClientError;
use crate::policy_space::{EDITOR, role_with};

/// Name of the role of an app's users.
pub(super) const USER: &str = "user";
/// Name of the role of an app's keeper.
pub(super) const KEEPER: &str = "keeper";
/// Name of the role of a channel's creator.
pub(super) const OWNER: &str = "owner";

/// Rights of a user in the app's space.
const OF_USERS: [(Operation, &str); 10] = [
    (Operation::Read, "state/{...}"),
    (Operation::Read, "blobs/{any}"),
    (Operation::Read, "signals/{any}"),
    (Operation::Create, "signals/{any}"),
    (Operation::Create, "inbox/{any}"),
    (Operation::Create, "state/directory/users/{any}"),
    (Operation::Create, "state/directory/channels/{any}"),
    (Operation::Create, "state/directory/private/{any}"),
    (Operation::Create, "state/directory/spaces/{any}"),
    (Operation::Create, "state/spaces/{any}"),
];
/// Rights of the keeper in the app's space. It begins epochs, since users do not.
const OF_KEEPERS: [(Operation, &str); 6] = [
    (Operation::Read, "state/{...}"),
    (Operation::Read, "blobs/{any}"),
    (Operation::Create, "inbox/{any}"),
    (Operation::Create, "blobs/{any}"),
    (Operation::Create, "state/keyring/{any}"),
    (Operation::Create, "state/keyring/{any}/{any}"),
];
/// Rights of an app key's tool: those of a client that nobody is signed in to.
const OF_APP_KEYS: [(Operation, &str); 6] = [
    (Operation::Read, "state/{...}"),
    (Operation::Read, "blobs/{any}"),
    (Operation::Create, "state/auth/users/{any}"),
    (Operation::Create, "state/auth/users/{any}/roles/user"),
    (Operation::Create, "state/auth/keys/{any}"),
    (Operation::Create, "state/keyring/{any}/{any}"),
];
/// Rights of a channel's creator: all that do not need the key of the space itself.
const OF_OWNERS: [(Operation, &str); 6] = [
    (Operation::Write, "topics/{any}"),
    (Operation::Write, "state/{...}"),
    (Operation::Write, "data/{...}"),
    (Operation::Write, "blobs/{any}"),
    (Operation::Write, "signals/{any}"),
    (Operation::Write, "inbox/{any}"),
];
/// Rights of a channel's keeper, besides that to give one role. It cannot post, and removes nobody.
const OF_CHANNEL_KEEPERS: [(Operation, &str); 6] = [
    (Operation::Read, "state/{...}"),
    (Operation::Read, "blobs/{any}"),
    (Operation::Create, "state/auth/users/{any}"),
    (Operation::Create, "state/auth/keys/{any}"),
    (Operation::Create, "state/keyring/{any}/{any}"),
    (Operation::Create, "state/channel/admissions/{any}"),
];

/// The entries of a new app, before its first epoch.
pub(super) fn app(name: &str, key: &AppKey) -> Result<Vec<StateEntry>, ClientError> {
    let mut entries = vec![profile_entry(name)?];
    entries.extend(role_with(USER, &OF_USERS)?);
    entries.extend(opaque::rights_of_role(USER)?);
    entries.extend(role_with(KEEPER, &OF_KEEPERS)?);
    entries.extend(app_key(key, "first")?);
    Ok(entries)
}

/// The tool of an app key, which gets the root of the app's epochs: it gives it to those who register.
pub(super) fn app_key(key: &AppKey, name: &str) -> Result<Vec<StateEntry>, ClientError> {
    let keys = key.tool();
    let mut entries = tool(keys.tool_id(), Some(name), &OF_APP_KEYS)?;
    entries.push(published(&key.app(), &keys, keys.tool_id())?);
    Ok(entries)
}

/// The definition of a keeper in the app, and the entry that names it.
pub(super) fn keeper(keeper: MemberId) -> Result<[StateEntry; 3], ClientError> {
    Ok([
        state_entry::user(keeper, None)?,
        state_entry::role_grant(keeper, KEEPER, None)?,
        keeper_entry(keeper)?,
    ])
}

/// The entries of a new channel, before its first epoch: its creator, who acts with its own key, and the keeper.
pub(super) fn channel(
    space: SpaceId,
    creator: &Identity,
    profile: &ChannelProfile,
    powers: Option<&KeeperPowers>,
) -> Result<Vec<StateEntry>, ClientError> {
    let user = creator.user_id();
    let mut entries = vec![profile.entry()?];
    entries.extend(role_with(OWNER, &OF_OWNERS)?);
    // Those who write invite others.
    entries.push(state_entry::right_of_role(
        EDITOR,
        "create_state.channel.invited",
        &right(Operation::Create, "state/channel/invited/{any}")?,
    )?);
    entries.push(state_entry::user(user, None)?);
    entries.push(state_entry::role_grant(user, OWNER, None)?);
    entries.push(published(&space, creator, user)?);
    if let Some(powers) = powers {
        entries.extend(tool(powers.keeper, Some(KEEPER), &OF_CHANNEL_KEEPERS)?);
        let assign = format!("state/auth/users/{{any}}/roles/{}", powers.role);
        let assign = right(Operation::Create, &assign)?;
        entries.push(state_entry::right_of_member(
            powers.keeper,
            "assign",
            &assign,
        )?);
        entries.push(powers.entry()?);
    }
    Ok(entries)
}

/// The entry with the encryption key of a member whose key is at hand.
pub(super) fn published(
    space: &SpaceId,
    keys: &Identity,
    member: MemberId,
) -> Result<StateEntry, ClientError> {
    let key = keys.decryption_key(0).encryption_key();
    let key = key.ok_or_else(|| ClientError::argument("identity", "gives no encryption key"))?;
    let signature = keys.sign_encryption_key(space, &member, &key);
    Ok(state_entry::encryption_key(
        member,
        &key.to_published(),
        &signature,
    )?)
}

fn tool(
    id: MemberId,
    name: Option<&str>,
    rights: &[(Operation, &str)],
) -> Result<Vec<StateEntry>, ClientError> {
    let mut entries = vec![state_entry::tool(id, name, ToolLimits::default())?];
    for (number, (op, path)) in rights.iter().enumerate() {
        let name = format!("{}_{number}", op.as_str());
        entries.push(state_entry::right_of_member(id, &name, &right(*op, path)?)?);
    }
    Ok(entries)
}

fn right(op: Operation, path: &str) -> Result<Capability, ClientError> {
    Capability::new(op, path).map_err(|error| ClientError::argument("path", error))
}
