//! Nobody hands out what they do not hold.

use super::body::Body;
use super::path::{AuthPath, role_of};
use super::refusal::StateRefusal;
use super::view::View;
use crate::capability::{Capability, Operation};
use crate::error_code::ErrorCode;
use crate::id::{MemberId, MemberKind};
use crate::pattern::{AssignableRoles, Pattern};

/// Decides whether the member may give what an entry gives.
pub(super) fn judge_grant(
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
        (
            AuthPath::Definition(_),
            Body::Link {
                terms, expires_at, ..
            },
        ) => {
            let role = &terms.role;
            let shown = || format!("an invite link to role {role}");
            // As for a tool, which needs these rights of its own to let somebody in.
            let users = Pattern::parse("state/auth/users/{any}");
            let roles = Pattern::parse(&format!("state/auth/users/{{any}}/roles/{role}"));
            for path in [users, roles] {
                let wanted = Capability {
                    op: Operation::Create,
                    path: path.map_err(|error| StateRefusal::entry("link", error.to_string()))?,
                    must_be_owner: false,
                    expires_at: None,
                };
                if !may_grant(view, member, &wanted, Some(*expires_at), now) {
                    return Err(escalation(shown()));
                }
            }
            match uncovered(view, member, role, None, now) {
                None => Ok(()),
                Some(right) => Err(escalation(format!(
                    "{} with {} {}",
                    shown(),
                    right.op.as_str(),
                    right.path
                ))),
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
