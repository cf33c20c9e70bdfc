//! The `auth/` state of a space, indexed for judging. Grows with that state only; one message costs the
//! same however many there are, except for a new epoch, which costs as much as there are members.

mod apply;
mod change;
mod epochs;
mod links;
mod names;
mod rights;
mod with_policy;

use std::collections::HashMap;

use super::body::ToolLimits;
use super::refusal::StateRefusal;
use crate::capability::Capability;
use crate::chain::Position;
use crate::id::{MemberId, MemberKind, SpaceId};
use crate::path::StatePath;
use crate::signature::PublicKey;
pub use names::RoleGrant;
use with_policy::Founding;

/// The `auth/` state of a space, indexed for judging; in a space with a policy, also its settings and epochs.
#[derive(Clone, Debug)]
pub struct View {
    space: SpaceId,
    owner_key: Option<PublicKey>,
    members: HashMap<MemberId, Member>,
    roles: HashMap<String, Role>,
    ended: EndedTokens,
    entries: HashMap<String, Entry>,
    version: u64,
    founding: Founding,
    run: Option<StateRun>,
}

/// The newest entry at a path that has a meaning here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The member that wrote it.
    pub sender: MemberId,
    /// Whether it is a tombstone.
    pub deleted: bool,
}

/// The newest message that a view was given, whatever it was, and those before it by the same sender.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StateRun {
    /// The message.
    pub newest: Position,
    /// Its sender.
    pub sender: MemberId,
    /// The time of the message before those that the sender wrote in one run, Unix milliseconds; 0 if there is none.
    pub before: i64,
}

/// Outcome of applying a message.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub enum Applied {
    /// Its sender had authority for it, and the view has taken it in.
    Changed,
    /// It had no authority, or is not an entry: the view stays as it was.
    Ignored(StateRefusal),
    /// Not below `auth/`; in a space with a policy, also not below `keyring/`, nor the policy or the settings.
    Unrelated,
}

#[derive(Clone, Debug, Default)]
struct Member {
    /// `None` until the member is defined, and again after it was removed.
    definition: Option<Definition>,
    rights: HashMap<String, Right>,
    grants: HashMap<String, Grant>,
}

#[derive(Clone, Copy, Debug)]
struct Definition {
    key: PublicKey,
    limits: ToolLimits,
}

/// A right as it was given.
#[derive(Clone, Debug)]
struct Right {
    capability: Capability,
    /// For a right that assigns one role by its name: the definition of the role at that time.
    names: Option<Generation>,
}

/// A role given to a user.
#[derive(Clone, Debug)]
struct Grant {
    role: String,
    /// The definition of the role at that time.
    of: Generation,
    /// Unix milliseconds.
    expires_at: Option<i64>,
}

#[derive(Clone, Debug, Default)]
struct Role {
    /// Whether it is defined, and not removed.
    exists: bool,
    generation: Generation,
    rights: HashMap<String, Right>,
}

/// Which role of a name is meant: the number of times the name was defined while there was no such role.
/// Grants of one generation, and rights to assign it, do not count for the next.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Generation(u64);

/// The times up to which sign-ins were ended, Unix milliseconds.
#[derive(Clone, Debug, Default)]
struct EndedTokens {
    all: Option<i64>,
    by_member: HashMap<MemberId, i64>,
}

impl View {
    /// A space in which nothing was written yet.
    pub fn new(space: SpaceId) -> Self {
        Self {
            space,
            owner_key: PublicKey::parse(space.public_key()).ok(),
            members: HashMap::new(),
            roles: HashMap::new(),
            ended: EndedTokens::default(),
            entries: HashMap::new(),
            version: 0,
            founding: Founding::default(),
            run: None,
        }
    }

    /// The space.
    pub fn space(&self) -> SpaceId {
        self.space
    }

    /// Grows with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns whether the id may act in the space at `now` (Unix milliseconds): the owner, or defined and not
    /// removed; for a tool, also not expired; for an invite link, also not ended.
    pub fn is_member(&self, member: &MemberId, now: i64) -> bool {
        self.space.is_owned_by(member)
            || self
                .defined(member)
                .is_some_and(|definition| definition.limits.expires_at.is_none_or(|at| now <= at))
                && !self.is_ended_link(member)
    }

    /// The member's key, ready for checking signatures.
    pub fn public_key(&self, member: &MemberId) -> Option<PublicKey> {
        if self.space.is_owned_by(member) {
            return self.owner_key;
        }
        self.defined(member).map(|definition| definition.key)
    }

    /// How far a tool may be used, `None` if it is not a tool of the space.
    pub fn tool_limits(&self, member: &MemberId) -> Option<ToolLimits> {
        (member.kind() == MemberKind::Tool)
            .then(|| self.defined(member))
            .flatten()
            .map(|definition| definition.limits)
    }

    /// The newest entry at a path below `auth/`; in a space with a policy, also below `keyring/`, and that of the policy and
    /// of the settings.
    pub fn entry(&self, path: &StatePath) -> Option<Entry> {
        self.entries.get(path.as_str()).copied()
    }

    /// The members, without the owner, in no particular order.
    pub fn members(&self) -> impl Iterator<Item = &MemberId> {
        self.members
            .iter()
            .filter(|(_, member)| member.definition.is_some())
            .map(|(id, _)| id)
    }

    /// Returns whether something can be given to the id: the owner, or a member that is defined and not removed.
    pub fn knows(&self, member: &MemberId) -> bool {
        self.space.is_owned_by(member) || self.defined(member).is_some()
    }

    /// Returns whether a role of this name is defined, and not removed.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.get(role).is_some_and(|role| role.exists)
    }

    /// The time, in Unix milliseconds, before which sign-ins of the member do not count any more: that of
    /// the newest entry at `auth/tokens/{member}` or `auth/tokens/all`, a tombstone included. It never
    /// goes back. `None` if nobody ended any.
    pub fn tokens_valid_from(&self, member: &MemberId) -> Option<i64> {
        let own = self.tokens_key(member);
        let own = own.and_then(|id| self.ended.by_member.get(&id).copied());
        self.ended.all.max(own)
    }

    /// Under which id the ended tokens of a member are kept; `None` for what names no member of the space:
    /// the id of another space.
    pub(super) fn tokens_key(&self, member: &MemberId) -> Option<MemberId> {
        match member.kind() {
            MemberKind::Tool | MemberKind::User => Some(*member),
            MemberKind::Space => self
                .space
                .is_owned_by(member)
                .then(|| MemberId::user(*member.public_key())),
        }
    }

    fn defined(&self, member: &MemberId) -> Option<&Definition> {
        self.members.get(member)?.definition.as_ref()
    }
}
