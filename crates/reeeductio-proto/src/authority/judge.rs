//! The judgement: a pure function of the view, the member, the act and the time.

use super::definition::Body;
use super::path::AuthPath;
use super::view::{View, sooner};
use crate::capability::{Capability, Operation};
use crate::error_code::ErrorCode;
use crate::id::{MemberId, MemberKind};
use crate::path::StatePath;
use crate::pattern::AssignableRoles;
use crate::resource::Resource;

/// Something a member wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Action<'a> {
    /// What.
    pub op: Operation,
    /// To what.
    pub resource: Resource<'a>,
    /// Who wrote what is there now, if anything is: for rights that hold for one's own only.
    pub owner: Option<MemberId>,
}

/// The answer to an [`Action`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Go ahead.
    Allow,
    /// Do not.
    Refuse(Refused),
}

/// Why an action is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No right of the member covers it.
    #[error("no right to {op} {path}; ask for a capability that covers it", op = .op.as_str())]
    NoRight {
        /// What was asked for.
        op: Operation,
        /// The path of the resource.
        path: String,
    },
    /// The id is not, or no longer, a member.
    #[error("not a member of this space")]
    NotAMember,
}

impl Refused {
    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoRight { .. } => ErrorCode::PermissionDenied,
            Self::NotAMember => ErrorCode::MemberUnknown,
        }
    }
}

/// Decides whether `member` may do this at `now` (Unix milliseconds).
pub fn judge(view: &View, member: &MemberId, action: &Action<'_>, now: i64) -> Verdict {
    if view.space().is_owned_by(member) {
        return Verdict::Allow;
    }
    if !view.is_member(member, now) {
        return Verdict::Refuse(Refused::NotAMember);
    }
    let Action {
        op,
        resource,
        owner,
    } = action;
    let allowed = view
        .rights(member, now)
        .any(|(right, _)| right.allows(*op, resource, owner.as_ref(), member, now));
    if allowed {
        Verdict::Allow
    } else {
        Verdict::Refuse(Refused::NoRight {
            op: *op,
            path: resource.path(),
        })
    }
}

/// A message for the topic `state`.
#[derive(Clone, Copy, Debug)]
pub struct StateWrite<'a> {
    /// Its type.
    pub path: &'a StatePath,
    /// Base64; empty removes the entry.
    pub data: &'a str,
    /// Who wrote the newest entry at the path; a tombstone counts.
    pub existing: Option<MemberId>,
}

/// Why a state message is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct StateRefusal {
    code: ErrorCode,
    message: String,
}

impl StateRefusal {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }
}

impl From<Refused> for StateRefusal {
    fn from(refused: Refused) -> Self {
        Self::new(refused.code(), refused.to_string())
    }
}

/// Decides whether `member` may write this state at `now` (Unix milliseconds): membership, the shape of
/// `auth/` entries, what may be granted, and the permission on the path.
pub fn judge_state_write(
    view: &View,
    member: &MemberId,
    write: &StateWrite<'_>,
    now: i64,
) -> Result<(), StateRefusal> {
    if !view.is_member(member, now) {
        return Err(Refused::NotAMember.into());
    }
    if let Some(auth) = AuthPath::read(write.path.as_str())
        && !write.data.is_empty()
    {
        let body = Body::read(&auth, write.data)?;
        if auth == AuthPath::Definition(*member) {
            return Err(StateRefusal::new(
                ErrorCode::AuthSelfDefinition,
                "A member does not write its own definition. Ask another member to.",
            ));
        }
        if !view.space().is_owned_by(member) {
            judge_grant(view, member, &auth, &body, now)?;
        }
    }
    let op = match (write.data.is_empty(), write.existing) {
        (true, _) => Operation::Delete,
        (false, Some(_)) => Operation::Modify,
        (false, None) => Operation::Create,
    };
    let action = Action {
        op,
        resource: Resource::State(write.path),
        owner: write.existing,
    };
    match judge(view, member, &action, now) {
        Verdict::Allow => Ok(()),
        Verdict::Refuse(refused) => Err(refused.into()),
    }
}

/// Nobody hands out what they do not hold.
fn judge_grant(
    view: &View,
    member: &MemberId,
    path: &AuthPath<'_>,
    body: &Body,
    now: i64,
) -> Result<(), StateRefusal> {
    let escalation = |what: String| {
        StateRefusal::new(
            ErrorCode::GrantEscalation,
            format!("{what}: none of your own rights covers it, so you cannot grant it."),
        )
    };
    match (path, body) {
        (AuthPath::MemberRight { .. } | AuthPath::RoleRight { .. }, Body::Right(right)) => {
            let shown = format!("{} {}", right.op.as_str(), right.path);
            if !may_grant(view, member, right, right.expires_at, now) {
                return Err(escalation(shown));
            }
            // A tool assigns roles by its permission on the path alone (below), so whoever gives it that
            // permission must be able to assign the role.
            let to_tool = matches!(path, AuthPath::MemberRight { member, .. } if member.kind() == MemberKind::Tool);
            match right.path.assignable_roles() {
                _ if !to_tool => Ok(()),
                AssignableRoles::None => Ok(()),
                AssignableRoles::Any => Err(escalation(format!("{shown}, which assigns any role"))),
                AssignableRoles::One(role) => match uncovered(view, member, role, None, now) {
                    None => Ok(()),
                    Some(_) => Err(escalation(format!("{shown}, which assigns role {role}"))),
                },
            }
        }
        // A tool that invites may assign the roles its permission on the exact path names: that is what
        // it was made for, by someone who could assign them.
        (AuthPath::Grant { .. }, _) if member.kind() == MemberKind::Tool => Ok(()),
        (AuthPath::Grant { role, .. }, Body::Grant { expires_at }) => {
            match uncovered(view, member, role, *expires_at, now) {
                None => Ok(()),
                Some(right) => Err(escalation(format!(
                    "role {role} with {} {}",
                    right.op.as_str(),
                    right.path
                ))),
            }
        }
        _ => Ok(()),
    }
}

/// A right of the role that the member could not grant for as long as the role is given.
fn uncovered<'a>(
    view: &'a View,
    member: &MemberId,
    role: &str,
    expires_at: Option<i64>,
    now: i64,
) -> Option<&'a Capability> {
    view.role_rights(role).find(|right| {
        let lapses = sooner(right.expires_at, expires_at);
        !may_grant(view, member, right, lapses, now)
    })
}

/// Whether one right of the member covers `wanted`, which lapses at `lapses`.
fn may_grant(
    view: &View,
    member: &MemberId,
    wanted: &Capability,
    lapses: Option<i64>,
    now: i64,
) -> bool {
    view.rights(member, now).any(|(right, right_lapses)| {
        let lasts = match (right_lapses, lapses) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(mine), Some(theirs)) => theirs <= mine,
        };
        lasts && right_lapses.is_none_or(|at| now <= at) && right.covers(wanted)
    })
}
