//! What an `auth/` path stands for. Whole segments decide: `rightsx` is not `rights`.

use crate::id::{MemberId, MemberKind};
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
    /// `auth/tokens/all` or `auth/tokens/{member}`.
    Tokens(Holder),
    /// Below `auth/`, without a meaning of its own.
    Other,
    /// `auth/users/{X}…` or `auth/tools/{X}…` where X is no such id, or `auth/tokens/{X}` where X is
    /// neither a member's id nor `all`.
    WrongId,
}

/// Whose tokens an entry ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Holder {
    /// Everybody's.
    All,
    /// One member's; the owner may be named by either of its ids.
    Member(MemberId),
}

impl Holder {
    /// Whether the tokens of `member` are among them.
    pub(super) fn includes(self, member: &MemberId) -> bool {
        match self {
            Self::All => true,
            Self::Member(named) => of_person(&named) == of_person(member),
        }
    }
}

/// The id as it is written for a user: an owner's `S…` id is its `U…` id, which has the same key.
pub(super) fn of_person(member: &MemberId) -> MemberId {
    match member.kind() {
        MemberKind::Space => MemberId::user(*member.public_key()),
        MemberKind::Tool | MemberKind::User => *member,
    }
}

impl<'a> AuthPath<'a> {
    /// `None` for a path outside `auth/`.
    pub(super) fn read(path: &'a str) -> Option<Self> {
        let rest = path.strip_prefix("auth/")?;
        Some(match rest.split_once('/') {
            Some(("users", rest)) => Self::of_member(rest, MemberKind::User),
            Some(("tools", rest)) => Self::of_member(rest, MemberKind::Tool),
            Some(("roles", rest)) => Self::of_role(rest),
            Some(("tokens", "all")) => Self::Tokens(Holder::All),
            Some(("tokens", id)) => MemberId::parse(id)
                .map_or(Self::WrongId, |member| Self::Tokens(Holder::Member(member))),
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
