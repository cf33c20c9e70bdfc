//! Making a space with a policy.

use reeeductio_core::{Identity, StateEntry, state_entry};
use reeeductio_proto::{Capability, History, Operation, Policy, Settings};

use super::command::Outcome;
use super::new_epoch::Carry;
use super::{PolicySpace, requests::no_policy};
use crate::error::ClientError;
use crate::space::SpaceBuilder;

/// Name of the role of members that read.
pub(crate) const VIEWER: &str = "viewer";
/// Name of the role of members that read and write.
pub(crate) const EDITOR: &str = "editor";

/// Rights of a viewer.
pub(crate) const READS: [(Operation, &str); 5] = [
    (Operation::Read, "topics/{any}"),
    (Operation::Read, "state/{...}"),
    (Operation::Read, "data/{...}"),
    (Operation::Read, "blobs/{any}"),
    (Operation::Read, "signals/{any}"),
];
/// Further rights of an editor. Its own messages every member edits and deletes. It begins epochs, so that those who write need not wait
/// for somebody else when a member has left or a link has ended.
pub(crate) const WRITES: [(Operation, &str); 6] = [
    (Operation::Create, "state/keyring/{any}"),
    (Operation::Create, "topics/{any}"),
    (Operation::Create, "blobs/{any}"),
    (Operation::Write, "data/{...}"),
    (Operation::Create, "signals/{any}"),
    (Operation::Create, "inbox/{any}"),
];

/// The rules of a new space.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NewSpace {
    /// Whether newcomers read what was written before them. It is never changed. [`SpaceHistory`](crate::SpaceHistory) by its name here.
    pub history: History,
    /// Whether messages can be edited and deleted.
    pub mutable: bool,
    /// Days after which the server removes payloads; `None` for never.
    pub retention_days: Option<u32>,
    /// Key by which the server's operator signs that a backup was restored. Without one members take a restore for a rollback.
    pub operator_key: Option<[u8; 32]>,
}

impl Default for NewSpace {
    /// Newcomers read everything, messages can be edited, and nothing is removed by time.
    fn default() -> Self {
        Self {
            history: History::Static,
            mutable: true,
            retention_days: None,
            operator_key: None,
        }
    }
}

impl PolicySpace {
    /// Makes the space of `owner`'s key: its policy and settings, the roles `viewer` and `editor`, the owner's encryption key and the
    /// first epoch, in one command. A space that is there already is opened: a command whose answer was lost made it.
    ///
    /// The server's name and key are its word here; from now on they are the owner's.
    pub async fn create(
        builder: SpaceBuilder,
        owner: Identity,
        new: NewSpace,
    ) -> Result<Self, ClientError> {
        Self::create_with(builder, owner, new, Vec::new()).await
    }

    /// [`create`](Self::create) with further entries, which come before the first epoch.
    pub(crate) async fn create_with(
        builder: SpaceBuilder,
        owner: Identity,
        new: NewSpace,
        beside: Vec<StateEntry>,
    ) -> Result<Self, ClientError> {
        let (id, member) = (owner.space_id(), owner.user_id());
        let space = Self::at(builder, id, member, owner).await?;
        space.follow_state().await?;
        if space.with(|known| known.state.is_empty()) {
            let mut entries = space.founding(new).await?;
            entries.extend(beside);
            match space.try_with_epoch(entries, Carry::Root, None).await? {
                Outcome::Stored => {}
                // Another device of the owner was faster. Its space is this one.
                Outcome::Moved => space.follow_state().await?,
            }
        }
        if space.with_view(|view| view.policy().is_none()) {
            return Err(no_policy());
        }
        Ok(space)
    }

    /// The entries of a new space before its first epoch.
    async fn founding(&self, new: NewSpace) -> Result<Vec<StateEntry>, ClientError> {
        let settings = Settings {
            mutable: new.mutable,
            retention_days: new.retention_days,
            server: Some(self.log_server().await?),
            operator_key: new.operator_key,
            ..Settings::default()
        };
        let mut entries = vec![
            state_entry::policy(&Policy::new(new.history))?,
            state_entry::settings(&settings)?,
        ];
        for role in [VIEWER, EDITOR] {
            let writes = WRITES.iter().filter(|_| role == EDITOR);
            entries.extend(role_with(role, READS.iter().chain(writes))?);
        }
        entries.push(self.key_entry(0)?);
        Ok(entries)
    }

    /// The entry with this member's encryption key of a generation.
    pub(super) fn key_entry(&self, generation: u32) -> Result<StateEntry, ClientError> {
        let (identity, member) = (self.identity(), self.member());
        let key = identity.decryption_key(generation).encryption_key();
        let key =
            key.ok_or_else(|| ClientError::argument("identity", "gives no encryption key"))?;
        let signature = identity.sign_encryption_key(&self.id(), &member, &key);
        Ok(state_entry::encryption_key(
            member,
            &key.to_published(),
            &signature,
        )?)
    }
}

/// The definition of a role, and its rights. The name of a right says what it allows.
pub(crate) fn role_with<'a>(
    role: &str,
    rights: impl IntoIterator<Item = &'a (Operation, &'a str)>,
) -> Result<Vec<StateEntry>, ClientError> {
    let mut entries = vec![state_entry::role(role, None)?];
    for (op, path) in rights {
        let right =
            Capability::new(*op, path).map_err(|error| ClientError::argument("role", error))?;
        let place = path.replace("{...}", "all").replace(['{', '}'], "");
        let name = format!("{}_{}", op.as_str(), place.replace('/', "."));
        entries.push(state_entry::right_of_role(role, &name, &right)?);
    }
    Ok(entries)
}
