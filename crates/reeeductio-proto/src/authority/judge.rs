//! The judgement: a pure function of the view, the member, the act and the time.

use super::admission;
use super::body::Body;
use super::path::{AuthPath, Holder, role_of};
use super::refusal::StateRefusal;
use super::view::View;
use crate::capability::{Capability, Operation};
use crate::error_code::ErrorCode;
use crate::id::{MemberId, MemberKind};
use crate::path::StatePath;
use crate::pattern::{AssignableRoles, Pattern};
use crate::resource::Resource;

/// Something a member wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Action<'a> {
    /// The operation.
    pub op: Operation,
    /// The resource it acts on.
    pub resource: Resource<'a>,
    /// The member that wrote what is there now, if anything is: for rights that hold for one's own only.
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
    #[error("no right to {op} {path}; ask for a right that covers it", op = .op.as_str())]
    NoRight {
        /// The requested operation.
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

/// Decides whether `member` may do `op` at `now` (Unix milliseconds) to every resource of the pattern, no matter
/// which member wrote what is there.
pub fn judge_all(
    view: &View,
    member: &MemberId,
    op: Operation,
    path: &Pattern,
    now: i64,
) -> Verdict {
    if view.space().is_owned_by(member) {
        return Verdict::Allow;
    }
    if !view.is_member(member, now) {
        return Verdict::Refuse(Refused::NotAMember);
    }
    let wanted = Capability {
        op,
        path: path.clone(),
        must_be_owner: false,
        expires_at: None,
    };
    let allowed = view
        .rights(member, now)
        .any(|(right, until)| right.covers(&wanted) && until.is_none_or(|until| now <= until));
    if allowed {
        Verdict::Allow
    } else {
        Verdict::Refuse(Refused::NoRight {
            op,
            path: path.to_string(),
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
    /// The member that wrote the newest entry at the path; a tombstone counts. Ignored below `auth/`, where the
    /// view knows it.
    pub existing: Option<MemberId>,
}

impl From<Refused> for StateRefusal {
    fn from(refused: Refused) -> Self {
        Self::new(refused.code(), refused.to_string())
    }
}

/// Decides whether `member` may write this state at `now` (Unix milliseconds): membership, the shape of
/// `auth/` entries, what may be granted, the permission on the path, and that an `auth/` entry names what
/// exists.
///
/// This is for a new message. One that is in a chain already is judged by [`View::apply`], which asks for
/// authority alone (spec/authorization.md, "Admission and replay").
pub fn judge_state_write(
    view: &View,
    member: &MemberId,
    write: &StateWrite<'_>,
    now: i64,
) -> Result<(), StateRefusal> {
    if !view.is_member(member, now) {
        return Err(Refused::NotAMember.into());
    }
    let Some(auth) = AuthPath::read(write.path.as_str()) else {
        return authorize(view, member, write, None, now);
    };
    let body = if write.data.is_empty() {
        None
    } else {
        Some(admission::read(view, &auth, write.data)?)
    };
    let write = StateWrite {
        existing: view.entry(write.path).map(|entry| entry.sender),
        ..*write
    };
    authorize(view, member, &write, Some((&auth, body.as_ref())), now)?;
    body.map_or(Ok(()), |body| {
        admission::check_names(view, member, &auth, &body, now)
    })
}

/// Decides whether `member` has authority for an entry, which has a meaning below `auth/`: what its path
/// stands for, and its body unless it is a tombstone.
pub(super) fn authorize(
    view: &View,
    member: &MemberId,
    write: &StateWrite<'_>,
    meaning: Option<(&AuthPath<'_>, Option<&Body>)>,
    now: i64,
) -> Result<(), StateRefusal> {
    if !view.is_member(member, now) {
        return Err(Refused::NotAMember.into());
    }
    if view.space().is_owned_by(member) {
        return Ok(());
    }
    if let Some((auth, Some(body))) = meaning {
        if *auth == AuthPath::Definition(*member) {
            return Err(StateRefusal::new(
                ErrorCode::AuthSelfDefinition,
                "A member does not write its own definition. Ask another member to.",
            ));
        }
        judge_grant(view, member, auth, body, now)?;
    }
    // Every member ends its own sign-ins, whatever its rights.
    if let Some((AuthPath::Tokens(Holder::Member(named)), _)) = meaning
        && named == member
    {
        return Ok(());
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
            // A tool assigns roles by its permission on the path alone (below), so a member that gives it that
            // permission must be able to assign the role.
            let to_tool = path.is_right_of_tool();
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
        (AuthPath::Grant { key, .. }, Body::Grant { expires_at }) => {
            let role = role_of(key);
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

/// Returns whether one right of the member covers `wanted`, which lapses at `lapses`.
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

/// The earlier of two times at which something lapses.
pub(super) fn sooner(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
