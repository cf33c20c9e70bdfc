//! What an `auth/` path stands for. Whole segments decide: `rightsx` is not `rights`.

use crate::id::{MemberId, MemberKind};
use crate::path::StatePath;

/// An `auth/` path, read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum AuthPath<'a> {
    /// `auth/users/{U}` or `auth/tools/{T}`.
    Definition(MemberId),
    /// `auth/users/{U}/roles/{role}`; the key is `role`, or `role/…` for a deeper path.
    Grant {
        user: MemberId,
        role: &'a str,
        key: &'a str,
    },
    /// `auth/users/{U}/rights/{key}` or `auth/tools/{T}/rights/{key}`.
    MemberRight { member: MemberId, key: &'a str },
    /// `auth/roles/{role}`.
    Role(&'a str),
    /// `auth/roles/{role}/rights/{key}`.
    RoleRight { role: &'a str, key: &'a str },
    /// Below `auth/`, without a meaning of its own.
    Other,
    /// `auth/users/{X}…` or `auth/tools/{X}…` where X is no such id.
    WrongId,
}

impl<'a> AuthPath<'a> {
    /// `None` for a path outside `auth/`.
    pub(super) fn read(path: &'a StatePath) -> Option<Self> {
        let rest = path.as_str().strip_prefix("auth/")?;
        Some(match rest.split_once('/') {
            Some(("users", rest)) => Self::of_member(rest, MemberKind::User),
            Some(("tools", rest)) => Self::of_member(rest, MemberKind::Tool),
            Some(("roles", rest)) => Self::of_role(rest),
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
            Some(("roles", key)) if kind == MemberKind::User => Self::Grant {
                user: member,
                role: key.split('/').next().unwrap_or(key),
                key,
            },
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
}
