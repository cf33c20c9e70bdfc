//! Meaning and spelling of `auth/` paths. Whole segments decide: `rightsx` is not `rights`.

use std::fmt;

use crate::id::{MemberId, MemberKind};
use crate::path::{PathError, StatePath};

/// An `auth/` path, read. Writing it with [`Display`](fmt::Display) gives the path again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AuthPath<'a> {
    /// `auth/users/{U}` or `auth/tools/{T}`.
    Definition(MemberId),
    /// `auth/users/{U}/roles/{key}`; the key is the role's name, or starts with it and a slash.
    Grant {
        /// A `U…` id.
        user: MemberId,
        /// Below `roles/`.
        key: &'a str,
    },
    /// `auth/users/{U}/rights/{key}` or `auth/tools/{T}/rights/{key}`.
    MemberRight {
        /// A `U…` or `T…` id.
        member: MemberId,
        /// Below `rights/`.
        key: &'a str,
    },
    /// `auth/roles/{role}`.
    Role(&'a str),
    /// `auth/roles/{role}/rights/{key}`.
    RoleRight {
        /// The role's name.
        role: &'a str,
        /// Below `rights/`.
        key: &'a str,
    },
    /// `auth/tokens/all` or `auth/tokens/{member}`.
    Tokens(Holder),
    /// Below `auth/`, without a meaning of its own.
    Other,
    /// `auth/users/{X}…` or `auth/tools/{X}…` where X is no such id.
    WrongId,
    /// `auth/tokens/…`, where neither `all` nor a member's id follows.
    WrongHolder,
}

/// Whose tokens an entry ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Holder {
    /// Everybody's.
    All,
    /// One member's; the owner may be named by either of its ids.
    Member(MemberId),
}

/// The id as it is written for a user: an owner's `S…` id is its `U…` id, which has the same key.
pub(super) fn of_person(member: &MemberId) -> MemberId {
    match member.kind() {
        MemberKind::Space => MemberId::user(*member.public_key()),
        MemberKind::Tool | MemberKind::User => *member,
    }
}

/// The role that the key of a grant names.
pub(super) fn role_of(key: &str) -> &str {
    key.split('/').next().unwrap_or(key)
}

impl<'a> AuthPath<'a> {
    /// `None` for a path outside `auth/`.
    pub(crate) fn read(path: &'a str) -> Option<Self> {
        let rest = path.strip_prefix("auth/")?;
        Some(match rest.split_once('/') {
            Some(("users", rest)) => Self::of_member(rest, MemberKind::User),
            Some(("tools", rest)) => Self::of_member(rest, MemberKind::Tool),
            Some(("roles", rest)) => Self::of_role(rest),
            Some(("tokens", "all")) => Self::Tokens(Holder::All),
            Some(("tokens", id)) => MemberId::parse(id).map_or(Self::WrongHolder, |member| {
                Self::Tokens(Holder::Member(member))
            }),
            _ => Self::Other,
        })
    }

    fn of_member(rest: &'a str, kind: MemberKind) -> Self {
        let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let Ok(member) = MemberId::parse(id) else {
            return Self::WrongId;
        };
        if member.kind() != kind {
            return Self::WrongId;
        }
        match rest.split_once('/') {
            None if rest.is_empty() => Self::Definition(member),
            Some(("rights", key)) => Self::MemberRight { member, key },
            Some(("roles", key)) if kind == MemberKind::User => Self::Grant { user: member, key },
            _ => Self::Other,
        }
    }

    fn of_role(rest: &'a str) -> Self {
        let (role, rest) = rest.split_once('/').unwrap_or((rest, ""));
        match rest.split_once('/') {
            None if rest.is_empty() => Self::Role(role),
            Some(("rights", key)) => Self::RoleRight { role, key },
            _ => Self::Other,
        }
    }

    /// Returns whether it is a right of a tool.
    pub(super) fn is_right_of_tool(&self) -> bool {
        matches!(self, Self::MemberRight { member, .. } if member.kind() == MemberKind::Tool)
    }

    /// The path as one of a state entry; an error if a name in it does not fit.
    pub(crate) fn to_path(self) -> Result<StatePath, PathError> {
        StatePath::parse(&self.to_string())
    }
}

impl fmt::Display for AuthPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = |member: &MemberId| match member.kind() {
            MemberKind::Tool => "tools",
            MemberKind::Space | MemberKind::User => "users",
        };
        match self {
            Self::Definition(member) => write!(f, "auth/{}/{member}", folder(member)),
            Self::Grant { user, key } => write!(f, "auth/users/{user}/roles/{key}"),
            Self::MemberRight { member, key } => {
                write!(f, "auth/{}/{member}/rights/{key}", folder(member))
            }
            Self::Role(role) => write!(f, "auth/roles/{role}"),
            Self::RoleRight { role, key } => write!(f, "auth/roles/{role}/rights/{key}"),
            Self::Tokens(Holder::All) => f.write_str("auth/tokens/all"),
            Self::Tokens(Holder::Member(member)) => write!(f, "auth/tokens/{member}"),
            // They stand for many paths, so none of them is written from here.
            Self::Other | Self::WrongId | Self::WrongHolder => f.write_str("auth/"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_is_written_as_it_was_read() {
        let (user, tool) = (MemberId::user([1; 32]), MemberId::tool([2; 32]));
        for path in [
            format!("auth/users/{user}"),
            format!("auth/users/{user}/rights/r"),
            format!("auth/users/{user}/rights/r/s"),
            format!("auth/users/{user}/roles/reader"),
            format!("auth/users/{user}/roles/reader/x"),
            format!("auth/tools/{tool}"),
            format!("auth/tools/{tool}/rights/r"),
            "auth/roles/reader".to_owned(),
            "auth/roles/reader/rights/r".to_owned(),
            "auth/tokens/all".to_owned(),
            format!("auth/tokens/{tool}"),
        ] {
            let read = AuthPath::read(&path).unwrap();
            assert_eq!(read.to_path().unwrap().as_str(), path);
        }
    }
}
