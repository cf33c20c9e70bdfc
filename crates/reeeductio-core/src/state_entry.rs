//! The entries below `auth/` and in the admin space: path and JSON of each (wire.md 7.1 and 8.1).
//!
//! The server reads these, so they are never sealed. An entry is taken back by writing an empty value to
//! its path.

use reeeductio_proto::{
    Capability, MemberId, MemberKind, PathError, SpaceRegistration, StatePath, ToolLimits,
};
use serde::Serialize;

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
        /// What is required.
        expected: &'static str,
    },
    /// A name is one segment of a path.
    #[error("the name {0:?} contains a slash")]
    Slash(String),
    /// The path is not one.
    #[error("the name does not fit into a path: {0}")]
    Path(#[from] PathError),
}

#[derive(Serialize)]
struct UserBody<'a> {
    user_id: MemberId,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct ToolBody<'a> {
    tool_id: MemberId,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    use_limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

#[derive(Serialize)]
struct RoleBody<'a> {
    role_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct RightBody {
    op: &'static str,
    path: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    must_be_owner: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

#[derive(Serialize)]
struct GrantBody<'a> {
    user_id: MemberId,
    role_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

#[derive(Serialize)]
struct TokensBody {}

#[derive(Serialize)]
struct IndexBody {
    space_id: reeeductio_proto::SpaceId,
}

/// Defines a user.
pub fn user(id: MemberId, description: Option<&str>) -> Result<StateEntry, EntryError> {
    Ok(entry(
        member_path(of_kind(id, MemberKind::User)?)?,
        &UserBody {
            user_id: id,
            description,
        },
    ))
}

/// Defines a tool, which may be limited in uses and time.
pub fn tool(
    id: MemberId,
    description: Option<&str>,
    limits: ToolLimits,
) -> Result<StateEntry, EntryError> {
    Ok(entry(
        member_path(of_kind(id, MemberKind::Tool)?)?,
        &ToolBody {
            tool_id: id,
            description,
            use_limit: limits.use_limit,
            expires_at: limits.expires_at,
        },
    ))
}

/// Defines a role.
pub fn role(name: &str, description: Option<&str>) -> Result<StateEntry, EntryError> {
    Ok(entry(
        role_path(name)?,
        &RoleBody {
            role_id: name,
            description,
        },
    ))
}

/// Gives a user or tool a right of its own, under a name by which it can be taken back.
pub fn right_of_member(
    member: MemberId,
    name: &str,
    right: &Capability,
) -> Result<StateEntry, EntryError> {
    Ok(entry(member_right_path(member, name)?, &right_body(right)))
}

/// Gives a role a right.
pub fn right_of_role(role: &str, name: &str, right: &Capability) -> Result<StateEntry, EntryError> {
    Ok(entry(role_right_path(role, name)?, &right_body(right)))
}

/// Assigns a role to a user, until `expires_at` (Unix milliseconds) if given.
pub fn role_grant(
    user: MemberId,
    role: &str,
    expires_at: Option<i64>,
) -> Result<StateEntry, EntryError> {
    Ok(entry(
        grant_path(user, role)?,
        &GrantBody {
            user_id: user,
            role_id: role,
            expires_at,
        },
    ))
}

/// An invitation: a tool that may add users and give them the role [`INVITED_ROLE`].
pub fn invitation(
    tool_id: MemberId,
    description: Option<&str>,
    limits: ToolLimits,
) -> Result<[StateEntry; 3], EntryError> {
    let create = |path: &str| Capability {
        op: reeeductio_proto::Operation::Create,
        path: pattern(path),
        must_be_owner: false,
        expires_at: None,
    };
    Ok([
        tool(tool_id, description, limits)?,
        right_of_member(
            tool_id,
            "can_create_user",
            &create("state/auth/users/{any}"),
        )?,
        right_of_member(
            tool_id,
            "can_grant_user_role",
            &create("state/auth/users/{any}/roles/user"),
        )?,
    ])
}

/// Registers a space in the admin space: the registration and the entry in its creator's index.
pub fn registration(registration: &SpaceRegistration) -> Result<[StateEntry; 2], EntryError> {
    let space = registration.space_id;
    let index = format!("users/{}/spaces/{space}", registration.created_by);
    Ok([
        entry(StatePath::parse(&format!("spaces/{space}"))?, registration),
        entry(StatePath::parse(&index)?, &IndexBody { space_id: space }),
    ])
}

/// Ends the tokens that the member has now, or with `None` those of everybody in the space. Whoever has the key signs in
/// again.
pub fn tokens_ended(member: Option<MemberId>) -> Result<StateEntry, EntryError> {
    let whose = member.map_or_else(|| "all".to_owned(), |member| member.to_string());
    let path = StatePath::parse(&format!("auth/tokens/{whose}"))?;
    Ok(entry(path, &TokensBody {}))
}

/// Where a user or tool is defined. An empty value there removes it and all it was given.
pub fn member_path(member: MemberId) -> Result<StatePath, EntryError> {
    let folder = match member.kind() {
        MemberKind::Tool => "tools",
        MemberKind::User => "users",
        MemberKind::Space => {
            return Err(EntryError::Kind {
                id: member,
                expected: "user or tool",
            });
        }
    };
    Ok(StatePath::parse(&format!("auth/{folder}/{member}"))?)
}

/// Where a role is defined.
pub fn role_path(name: &str) -> Result<StatePath, EntryError> {
    Ok(StatePath::parse(&format!("auth/roles/{}", segment(name)?))?)
}

/// Where a right of a user or tool is written.
pub fn member_right_path(member: MemberId, name: &str) -> Result<StatePath, EntryError> {
    let path = format!("{}/rights/{}", member_path(member)?, segment(name)?);
    Ok(StatePath::parse(&path)?)
}

/// Where a right of a role is written.
pub fn role_right_path(role: &str, name: &str) -> Result<StatePath, EntryError> {
    let path = format!("{}/rights/{}", role_path(role)?, segment(name)?);
    Ok(StatePath::parse(&path)?)
}

/// Where a role is assigned to a user.
pub fn grant_path(user: MemberId, role: &str) -> Result<StatePath, EntryError> {
    let member = member_path(of_kind(user, MemberKind::User)?)?;
    Ok(StatePath::parse(&format!(
        "{member}/roles/{}",
        segment(role)?
    ))?)
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

fn right_body(right: &Capability) -> RightBody {
    RightBody {
        op: right.op.as_str(),
        path: right.path.to_string(),
        must_be_owner: right.must_be_owner,
        expires_at: right.expires_at,
    }
}

#[expect(
    clippy::expect_used,
    reason = "the two patterns above are constants, and tested"
)]
fn pattern(text: &str) -> reeeductio_proto::Pattern {
    reeeductio_proto::Pattern::parse(text).expect("a constant pattern")
}

#[expect(
    clippy::expect_used,
    reason = "structs of strings and numbers always turn into JSON"
)]
fn entry(path: StatePath, body: &impl Serialize) -> StateEntry {
    let value = serde_json::to_string(body).expect("plain fields");
    StateEntry { path, value }
}

#[cfg(test)]
mod tests;
