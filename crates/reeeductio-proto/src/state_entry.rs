//! The entries below `auth/` and in the admin space: path and JSON of each (wire.md 7.1 and 8.1).
//!
//! The server reads these, so they are never sealed. An entry is taken back by writing an empty value to
//! its path.

mod policy;

pub use policy::{encryption_key, epoch, leave, link, policy, settings, wrap};
use serde::Serialize;

use crate::admin::{IndexEntry, SpaceRegistration, registration_path};
use crate::authority::ToolLimits;
use crate::authority::body::{GrantBody, RoleBody, TokensBody, ToolBody, UserBody};
use crate::authority::path::{AuthPath, Holder};
use crate::capability::{Capability, Operation};
use crate::id::{MemberId, MemberKind, SpaceId};
use crate::path::{PathError, StatePath};
use crate::pattern::{Pattern, PatternError};
use crate::time::{TimeError, check_time};

/// Name of the role that invited users are given.
pub const INVITED_ROLE: &str = "user";

/// A state path and the plain value to write there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StateEntry {
    /// Where.
    pub path: StatePath,
    /// JSON.
    pub value: String,
}

/// An entry cannot be made of these names.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The wrong kind of id.
    #[error("{id} is not the id of a {expected}")]
    Kind {
        /// The id.
        id: MemberId,
        /// The required kind of member.
        expected: &'static str,
    },
    /// A name is one segment of a path.
    #[error("the name {0:?} contains a slash")]
    Slash(String),
    /// The path is not one.
    #[error("the name does not fit into a path: {0}")]
    Path(#[from] PathError),
    /// A time that is plainly in seconds.
    #[error("expires_at: {0}")]
    Time(#[from] TimeError),
    /// The pattern of a right is not one.
    #[error("the name does not fit into a right: {0}")]
    Pattern(#[from] PatternError),
}

/// Defines a user.
pub fn user(id: MemberId, description: Option<&str>) -> Result<StateEntry, EntryError> {
    Ok(entry(
        member_path(of_kind(id, MemberKind::User)?)?,
        &UserBody {
            user_id: Some(id.to_string()),
            description: description.map(str::to_owned),
            ..UserBody::default()
        },
    ))
}

/// Defines a tool, which may be limited in uses and time.
pub fn tool(
    id: MemberId,
    description: Option<&str>,
    limits: ToolLimits,
) -> Result<StateEntry, EntryError> {
    check_time(limits.expires_at)?;
    Ok(entry(
        member_path(of_kind(id, MemberKind::Tool)?)?,
        &ToolBody {
            tool_id: Some(id.to_string()),
            description: description.map(str::to_owned),
            use_limit: limits.use_limit,
            expires_at: limits.expires_at,
            ..ToolBody::default()
        },
    ))
}

/// Defines a role.
pub fn role(name: &str, description: Option<&str>) -> Result<StateEntry, EntryError> {
    Ok(entry(
        role_path(name)?,
        &RoleBody {
            role_id: Some(name.to_owned()),
            description: description.map(str::to_owned),
        },
    ))
}

/// Gives a user or tool a right of its own, under a name by which it can be taken back.
pub fn right_of_member(
    member: MemberId,
    name: &str,
    right: &Capability,
) -> Result<StateEntry, EntryError> {
    check_time(right.expires_at)?;
    Ok(entry(member_right_path(member, name)?, &right.body()))
}

/// Gives a role a right.
pub fn right_of_role(role: &str, name: &str, right: &Capability) -> Result<StateEntry, EntryError> {
    check_time(right.expires_at)?;
    Ok(entry(role_right_path(role, name)?, &right.body()))
}

/// Assigns a role to a user, until `expires_at` (Unix milliseconds) if given.
pub fn role_grant(
    user: MemberId,
    role: &str,
    expires_at: Option<i64>,
) -> Result<StateEntry, EntryError> {
    check_time(expires_at)?;
    Ok(entry(
        grant_path(user, role)?,
        &GrantBody {
            user_id: user.to_string(),
            role_id: role.to_owned(),
            expires_at,
        },
    ))
}

/// An invitation: a tool that may add users and give them this one role, and nothing else. The name of a role holds no
/// wildcard, so the right is for this role alone.
pub fn invitation(
    tool_id: MemberId,
    role: &str,
    description: Option<&str>,
    limits: ToolLimits,
) -> Result<[StateEntry; 3], EntryError> {
    role_path(role)?;
    let create = |path: Pattern| Capability {
        op: Operation::Create,
        path,
        must_be_owner: false,
        expires_at: None,
    };
    let assign = Pattern::parse(&format!("state/auth/users/{{any}}/roles/{role}"))?;
    Ok([
        tool(tool_id, description, limits)?,
        right_of_member(
            tool_id,
            "can_create_user",
            &create(pattern("state/auth/users/{any}")),
        )?,
        right_of_member(tool_id, "can_grant_user_role", &create(assign))?,
    ])
}

/// Registers a space in the admin space: the registration and the entry in its creator's index.
pub fn registration(registration: &SpaceRegistration) -> Result<[StateEntry; 2], EntryError> {
    let space = registration.space_id;
    let [path, index] = registration_paths(&space, &registration.created_by)?;
    Ok([
        entry(path, registration),
        entry(
            index,
            &IndexEntry {
                space_id: space.to_string(),
            },
        ),
    ])
}

/// Registers a space in that of an app whose users may make spaces.
pub fn app_registration(registration: &SpaceRegistration) -> Result<StateEntry, EntryError> {
    let path = StatePath::parse(&registration_path(&registration.space_id))?;
    Ok(entry(path, registration))
}

/// Returns the paths of a registration and of its entry in the index of the member that made it.
pub fn registration_paths(
    space: &SpaceId,
    created_by: &MemberId,
) -> Result<[StatePath; 2], EntryError> {
    Ok([
        StatePath::parse(&registration_path(space))?,
        StatePath::parse(&format!("users/{created_by}/spaces/{space}"))?,
    ])
}

/// Ends the sign-ins of a member up to now: its tokens stop working, and it may sign in again. The owner may
/// be named by either of its ids.
pub fn ended_tokens(member: MemberId) -> Result<StateEntry, EntryError> {
    let path = AuthPath::Tokens(Holder::Member(member)).to_path()?;
    Ok(entry(path, &TokensBody {}))
}

/// Ends the sign-ins of all members up to now, the owner's too.
pub fn all_ended_tokens() -> Result<StateEntry, EntryError> {
    Ok(entry(
        AuthPath::Tokens(Holder::All).to_path()?,
        &TokensBody {},
    ))
}

/// Where a user or tool is defined. An empty value there removes it and all it was given.
pub fn member_path(member: MemberId) -> Result<StatePath, EntryError> {
    Ok(AuthPath::Definition(of_a_definition(member)?).to_path()?)
}

/// The user or tool that is defined at a state path; `None` if the path is no definition.
pub fn defined_by(path: &str) -> Option<MemberId> {
    match AuthPath::read(path)? {
        AuthPath::Definition(member) => Some(member),
        _ => None,
    }
}

/// Where a role is defined.
pub fn role_path(name: &str) -> Result<StatePath, EntryError> {
    Ok(AuthPath::Role(segment(name)?).to_path()?)
}

/// Where a right of a user or tool is written.
pub fn member_right_path(member: MemberId, name: &str) -> Result<StatePath, EntryError> {
    let (member, key) = (of_a_definition(member)?, segment(name)?);
    Ok(AuthPath::MemberRight { member, key }.to_path()?)
}

/// Where a right of a role is written.
pub fn role_right_path(role: &str, name: &str) -> Result<StatePath, EntryError> {
    let (role, key) = (segment(role)?, segment(name)?);
    Ok(AuthPath::RoleRight { role, key }.to_path()?)
}

/// Where a role is assigned to a user.
pub fn grant_path(user: MemberId, role: &str) -> Result<StatePath, EntryError> {
    let (user, key) = (of_kind(user, MemberKind::User)?, segment(role)?);
    Ok(AuthPath::Grant { user, key }.to_path()?)
}

/// The owner is defined under its `U…` id, if at all.
fn of_a_definition(id: MemberId) -> Result<MemberId, EntryError> {
    match id.kind() {
        MemberKind::Tool | MemberKind::User => Ok(id),
        MemberKind::Space => Err(EntryError::Kind {
            id,
            expected: "user or tool",
        }),
    }
}

fn of_kind(id: MemberId, kind: MemberKind) -> Result<MemberId, EntryError> {
    let expected = match kind {
        MemberKind::Space => "space",
        MemberKind::Tool => "tool",
        MemberKind::User => "user",
    };
    if id.kind() == kind {
        Ok(id)
    } else {
        Err(EntryError::Kind { id, expected })
    }
}

fn segment(name: &str) -> Result<&str, EntryError> {
    if name.contains('/') {
        return Err(EntryError::Slash(name.to_owned()));
    }
    Ok(name)
}

#[expect(
    clippy::expect_used,
    reason = "its callers write constants, and are tested"
)]
pub(crate) fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).expect("a constant pattern")
}

#[expect(
    clippy::expect_used,
    reason = "structs of strings and numbers always turn into JSON"
)]
pub(crate) fn entry(path: StatePath, body: &impl Serialize) -> StateEntry {
    let value = serde_json::to_string(body).expect("plain fields");
    StateEntry { path, value }
}

#[cfg(test)]
mod tests;
