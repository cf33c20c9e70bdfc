//! Additional checks on a new `auth/` entry, beyond authority: it must say what its author can have meant.
//! Entries that are stored already need not pass them, so that no space loses what it has.

use super::body::{self, Body, TokensBody};
use super::path::{AuthPath, Holder, role_of};
use super::refusal::StateRefusal;
use super::view::View;
use crate::capability::Capability;
use crate::id::{MemberId, MemberKind};
use crate::pattern::AssignableRoles;
use crate::time::check_time;

/// Reads the body of a new entry, closely.
pub(super) fn read(view: &View, path: &AuthPath<'_>, data: &str) -> Result<Body, StateRefusal> {
    let read = Body::read(view, path, data)?;
    match (path, &read) {
        (_, Body::Right(_)) => {
            Capability::from_json(&body::decode(data)?)?;
        }
        (_, Body::Grant { expires_at }) => check_end(*expires_at)?,
        (_, Body::Tool(limits)) => check_end(limits.expires_at)?,
        (_, Body::Link { expires_at, .. }) => check_end(Some(*expires_at))?,
        (AuthPath::WrongHolder, _) => return Err(wrong_holder()),
        (AuthPath::Tokens(holder), _) => {
            let _body: TokensBody = body::read(&body::decode(data)?, "ended tokens")?;
            if let Holder::Member(member) = holder
                && view.tokens_key(member).is_none()
            {
                return Err(wrong_holder());
            }
        }
        _ => {}
    }
    Ok(read)
}

/// Refuses an entry that gives something to nobody, or gives a role that does not exist.
pub(super) fn check_names(
    view: &View,
    author: &MemberId,
    path: &AuthPath<'_>,
    body: &Body,
    now: i64,
) -> Result<(), StateRefusal> {
    match (path, body) {
        (AuthPath::Grant { user, key }, _) => {
            let role = role_of(key);
            check_member(view, user)?;
            if invites_to(view, author, role, now) {
                return Ok(());
            }
            check_role(view, "role_id", role)
        }
        (AuthPath::MemberRight { member, .. }, Body::Right(right)) => {
            check_member(view, member)?;
            // The published clients make invitations also where the role `user` is not defined. The
            // right ends when it is.
            match right.path.assignable_roles() {
                AssignableRoles::One(role) if member.kind() != MemberKind::Tool => {
                    check_role(view, "path", role)
                }
                _ => Ok(()),
            }
        }
        (AuthPath::RoleRight { role, .. }, Body::Right(right)) => {
            check_role(view, "path", role)?;
            match right.path.assignable_roles() {
                AssignableRoles::One(role) => check_role(view, "path", role),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Returns whether the author is a tool that was made to assign this very role. Guests of the published clients
/// assign themselves the role `user` by such a tool, also where it is not defined; that gives nothing.
fn invites_to(view: &View, author: &MemberId, role: &str, now: i64) -> bool {
    author.kind() == MemberKind::Tool
        && view
            .rights(author, now)
            .any(|(right, _)| right.path.assignable_roles() == AssignableRoles::One(role))
}

fn check_member(view: &View, member: &MemberId) -> Result<(), StateRefusal> {
    if view.knows(member) {
        return Ok(());
    }
    let folder = AuthPath::Definition(*member);
    Err(StateRefusal::entry(
        "path",
        format!("{member} is not defined in this space; write {folder} first"),
    ))
}

fn check_role(view: &View, field: &'static str, role: &str) -> Result<(), StateRefusal> {
    if view.has_role(role) {
        return Ok(());
    }
    let definition = AuthPath::Role(role);
    Err(StateRefusal::entry(
        field,
        format!("there is no role {role} in this space; write {definition} first"),
    ))
}

fn check_end(expires_at: Option<i64>) -> Result<(), StateRefusal> {
    check_time(expires_at).map_err(|error| StateRefusal::entry("expires_at", error.to_string()))
}

fn wrong_holder() -> StateRefusal {
    StateRefusal::entry(
        "path",
        "auth/tokens/ is followed by all, or by the U… or T… id of a member or the id of the owner",
    )
}
