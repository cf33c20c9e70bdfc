//! The judgement: a pure function of the view, the member, the act and the time.

use super::admission;
use super::body::Body;
use super::grant::judge_grant;
use super::link;
use super::path::{AuthPath, Holder};
use super::policy::Policy;
use super::policy_entry::{POLICY, PolicyEntry, PolicyPath, policy_fixed};
use super::refusal::StateRefusal;
use super::view::View;
use crate::capability::{Capability, Operation};
use crate::chain::Position;
use crate::error_code::ErrorCode;
use crate::id::MemberId;
use crate::path::StatePath;
use crate::pattern::Pattern;
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
    /// The member that wrote the newest entry at the path; a tombstone counts. Ignored where the view knows it: below
    /// `auth/`, and in a space with a policy below `keyring/`.
    pub existing: Option<MemberId>,
    /// The newest message of the topic before the write, or before the command that the write is part of; `None` if there
    /// is none.
    pub prev: Option<Position>,
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
    if let Some(refusal) = view.unreadable_policy() {
        return Err(refusal.clone());
    }
    if !view.is_member(member, now) {
        return Err(Refused::NotAMember.into());
    }
    if write.path.as_str() == POLICY {
        return judge_policy(view, member, write);
    }
    if view.policy().is_some()
        && let Some(place) = PolicyPath::read(write.path.as_str())
    {
        let time = write.prev.map_or(0, |prev| prev.timestamp);
        let entry = PolicyEntry::read(place, write.data)?;
        return entry.judge(view, member, write, &(time..=time), now);
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

/// Decides whether `member` had authority for a message that is in a chain already, and of which
/// [`View::apply`] says [`Applied::Unrelated`](super::Applied): by the right to its path alone.
pub fn judge_state_value(
    view: &View,
    member: &MemberId,
    write: &StateWrite<'_>,
    now: i64,
) -> Result<(), StateRefusal> {
    authorize(view, member, write, None, now)
}

/// Decides about a new policy: the owner's first message, or none.
fn judge_policy(
    view: &View,
    member: &MemberId,
    write: &StateWrite<'_>,
) -> Result<(), StateRefusal> {
    if write.prev.is_some() || view.version() != 0 {
        return Err(policy_fixed());
    }
    if !view.space().is_owned_by(member) {
        return Err(StateRefusal::new(
            ErrorCode::PermissionDenied,
            "The owner alone writes the policy of a space.",
        ));
    }
    Policy::read(write.data).map(drop)
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
    if let Some((auth, body)) = meaning {
        link::check_definition(view, write, auth, body)?;
    }
    if view.space().is_owned_by(member) {
        return Ok(());
    }
    if let Some((auth, body)) = meaning
        && let Some(decided) = link::judge_as_link(view, member, write, auth, body)
    {
        return decided;
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
