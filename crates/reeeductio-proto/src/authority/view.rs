//! The `auth/` state of a space, indexed for judging. Grows with that state only; one message costs the
//! same however many there are.

use std::collections::HashMap;

use super::definition::{Body, ToolLimits};
use super::judge::{StateRefusal, StateWrite, judge_state_write};
use super::path::AuthPath;
use crate::capability::Capability;
use crate::id::{MemberId, MemberKind, SpaceId};
use crate::message::Message;
use crate::path::StatePath;
use crate::signature::PublicKey;

/// The `auth/` state of a space, indexed for judging.
#[derive(Clone, Debug)]
pub struct View {
    space: SpaceId,
    owner_key: Option<PublicKey>,
    members: HashMap<MemberId, Member>,
    roles: HashMap<String, Role>,
    entries: HashMap<String, Entry>,
    version: u64,
}

/// The newest entry at an `auth/` path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Who wrote it.
    pub sender: MemberId,
    /// Whether it is a tombstone.
    pub deleted: bool,
}

/// What became of a message that was applied.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub enum Applied {
    /// The view changed.
    Changed,
    /// It had no authority, or is not an entry: the view stays as it was.
    Ignored(StateRefusal),
    /// Not below `auth/`.
    Unrelated,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Member {
    /// `None` until the member is defined, and again after it was removed.
    pub(super) definition: Option<Definition>,
    pub(super) rights: HashMap<String, Capability>,
    pub(super) grants: HashMap<String, Grant>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Definition {
    pub(super) key: PublicKey,
    pub(super) limits: ToolLimits,
}

#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) role: String,
    /// Unix milliseconds.
    pub(super) expires_at: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub(super) rights: HashMap<String, Capability>,
}

impl View {
    /// A space in which nothing was written yet.
    pub fn new(space: SpaceId) -> Self {
        Self {
            space,
            owner_key: PublicKey::parse(space.public_key()).ok(),
            members: HashMap::new(),
            roles: HashMap::new(),
            entries: HashMap::new(),
            version: 0,
        }
    }

    /// Takes in the next message of the topic `state`, whose hash and signature are known to be right.
    /// It is judged by the view as it stands, that is at its own position in the chain.
    pub fn apply(&mut self, message: &Message) -> Applied {
        if !message.kind.starts_with("auth/") {
            return Applied::Unrelated;
        }
        let Ok(path) = StatePath::parse(&message.kind) else {
            return Applied::Unrelated;
        };
        let Some(auth) = AuthPath::read(path.as_str()) else {
            return Applied::Unrelated;
        };
        let write = StateWrite {
            path: &path,
            data: &message.data,
            existing: self.entry(&path).map(|entry| entry.sender),
        };
        let judged = judge_state_write(self, &message.sender, &write, message.server_timestamp)
            .and_then(|()| {
                if message.data.is_empty() {
                    Ok(None)
                } else {
                    Body::read(&auth, &message.data).map(Some)
                }
            });
        match judged {
            Err(refusal) => return Applied::Ignored(refusal),
            Ok(Some(body)) => self.set(&auth, body),
            Ok(None) => self.remove(&auth),
        }
        self.entries.insert(
            path.as_str().to_owned(),
            Entry {
                sender: message.sender,
                deleted: message.data.is_empty(),
            },
        );
        self.version += 1;
        Applied::Changed
    }

    /// [`apply`](Self::apply) for messages from a store, which may have been tampered with: one whose
    /// hash or signature is wrong is ignored.
    pub fn replay(&mut self, message: &Message) -> Applied {
        let key = self
            .public_key(&message.sender)
            .map_or_else(|| PublicKey::parse(message.sender.public_key()), Ok);
        let verified = key
            .map_err(crate::message::MessageError::from)
            .and_then(|key| message.verify(&self.space, &key));
        match verified {
            Ok(()) => self.apply(message),
            Err(error) => Applied::Ignored(StateRefusal::new(
                crate::ErrorCode::StorageCorrupt,
                error.to_string(),
            )),
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

    /// Whether the id may act in the space at `now` (Unix milliseconds): the owner, or defined and not
    /// removed; for a tool, also not expired.
    pub fn is_member(&self, member: &MemberId, now: i64) -> bool {
        self.space.is_owned_by(member)
            || self
                .defined(member)
                .is_some_and(|definition| definition.limits.expires_at.is_none_or(|at| now <= at))
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

    /// The newest entry at a path below `auth/`.
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

    fn defined(&self, member: &MemberId) -> Option<&Definition> {
        self.members.get(member)?.definition.as_ref()
    }

    /// The rights that count for a member at `now`, each with the time it lapses: its own, and for a
    /// user those of the roles it holds.
    pub(super) fn rights<'a>(
        &'a self,
        id: &MemberId,
        now: i64,
    ) -> impl Iterator<Item = (&'a Capability, Option<i64>)> {
        let member = self
            .members
            .get(id)
            .filter(|member| member.definition.is_some());
        let direct = member.into_iter().flat_map(|member| member.rights.values());
        let by_role = member
            .into_iter()
            .flat_map(|member| member.grants.values())
            .filter(move |grant| grant.expires_at.is_none_or(|at| now <= at))
            .flat_map(|grant| {
                self.role_rights(&grant.role)
                    .map(move |right| (right, sooner(right.expires_at, grant.expires_at)))
            });
        direct.map(|right| (right, right.expires_at)).chain(by_role)
    }

    pub(super) fn role_rights(&self, role: &str) -> impl Iterator<Item = &Capability> {
        self.roles
            .get(role)
            .into_iter()
            .flat_map(|role| role.rights.values())
    }

    fn set(&mut self, path: &AuthPath<'_>, body: Body) {
        match (path, body) {
            (AuthPath::Definition(id), body) => {
                let limits = match body {
                    Body::Tool(limits) => limits,
                    _ => ToolLimits::default(),
                };
                // A key that cannot verify anything makes no member.
                let definition = PublicKey::parse(id.public_key())
                    .ok()
                    .map(|key| Definition { key, limits });
                self.members.entry(*id).or_default().definition = definition;
            }
            (AuthPath::Grant { user, role, key }, Body::Grant { expires_at }) => {
                let grant = Grant {
                    role: (*role).to_owned(),
                    expires_at,
                };
                let member = self.members.entry(*user).or_default();
                member.grants.insert((*key).to_owned(), grant);
            }
            (AuthPath::MemberRight { member, key }, Body::Right(right)) => {
                let member = self.members.entry(*member).or_default();
                member.rights.insert((*key).to_owned(), right);
            }
            (AuthPath::RoleRight { role, key }, Body::Right(right)) => {
                let role = self.roles.entry((*role).to_owned()).or_default();
                role.rights.insert((*key).to_owned(), right);
            }
            _ => {}
        }
    }

    fn remove(&mut self, path: &AuthPath<'_>) {
        match path {
            // What a removed member or role held does not come back with its name.
            AuthPath::Definition(id) => {
                self.members.remove(id);
            }
            AuthPath::Role(role) => {
                self.roles.remove(*role);
                for member in self.members.values_mut() {
                    member.grants.retain(|_, grant| grant.role != *role);
                }
            }
            AuthPath::Grant { user, key, .. } => {
                if let Some(member) = self.members.get_mut(user) {
                    member.grants.remove(*key);
                }
            }
            AuthPath::MemberRight { member, key } => {
                if let Some(member) = self.members.get_mut(member) {
                    member.rights.remove(*key);
                }
            }
            AuthPath::RoleRight { role, key } => {
                if let Some(role) = self.roles.get_mut(*role) {
                    role.rights.remove(*key);
                }
            }
            AuthPath::Tokens(_) | AuthPath::Other | AuthPath::WrongId => {}
        }
    }
}

/// The earlier of two times at which something lapses.
pub(super) fn sooner(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
