//! Invite links: tools that let newcomers in (`spec/protocol.md`, "Links").

use serde::{Deserialize, Serialize};

use super::body::Body;
use super::judge::StateWrite;
use super::path::AuthPath;
use super::refusal::StateRefusal;
use super::view::View;
use crate::error_code::ErrorCode;
use crate::id::{MemberId, MemberKind};
use crate::path::StatePath;

/// Most users that a link can let in.
const USES: u32 = 1_000_000;

/// An invite link, as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LinkState {
    /// The role that it assigns.
    pub role: String,
    /// How many users it may let in.
    pub uses: u32,
    /// How many it has let in.
    pub used: u32,
    /// When it expires, Unix milliseconds.
    pub expires_at: i64,
    /// Whether it was removed, or ended when a member was removed or left.
    pub ended: bool,
}

/// The purpose of a link, in the definition of its tool.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LinkTerms {
    /// How many users it may let in, 1 to 1,000,000.
    pub uses: u32,
    /// The role that it assigns.
    pub role: String,
}

impl LinkTerms {
    pub(super) fn check(&self) -> Result<(), StateRefusal> {
        if (1..=USES).contains(&self.uses) {
            return Ok(());
        }
        Err(StateRefusal::entry(
            "link",
            "a link has 1 to 1,000,000 uses",
        ))
    }
}

/// Checks what holds for a definition whoever writes it. A link is never replaced: a removed member may know its secret,
/// and must not get it back under another name.
pub(super) fn check_definition(
    view: &View,
    write: &StateWrite<'_>,
    path: &AuthPath<'_>,
    body: Option<&Body>,
) -> Result<(), StateRefusal> {
    let (AuthPath::Definition(id), Some(body)) = (path, body) else {
        return Ok(());
    };
    match body {
        Body::Link { terms, .. } => {
            if write.existing.is_some() {
                return Err(StateRefusal::entry(
                    "path",
                    "a tool of this id was defined before; make the link with a new secret",
                ));
            }
            if !view.has_role(&terms.role) {
                return Err(StateRefusal::entry(
                    "link",
                    format!("there is no role {} in this space", terms.role),
                ));
            }
            Ok(())
        }
        _ if view.is_link(id) => Err(StateRefusal::entry(
            "path",
            "a link can be removed, but not replaced; make a new one",
        )),
        _ => Ok(()),
    }
}

/// Decides about an entry by what a link may do as such; `None` if its own rights decide, as those of any tool.
pub(super) fn judge_as_link(
    view: &View,
    sender: &MemberId,
    write: &StateWrite<'_>,
    path: &AuthPath<'_>,
    body: Option<&Body>,
) -> Option<Result<(), StateRefusal>> {
    let link = view.link(sender)?;
    match path {
        AuthPath::Definition(user) if user.kind() == MemberKind::User && body.is_some() => {
            Some(if write.existing.is_some() || view.knows(user) {
                Err(StateRefusal::new(
                    ErrorCode::PermissionDenied,
                    format!("{user} is or was a member; a link lets in newcomers alone"),
                ))
            } else if link.used >= link.uses {
                Err(StateRefusal::new(
                    ErrorCode::ToolUseLimit,
                    "The link has let in as many users as it may. Ask for a new one.",
                ))
            } else {
                Ok(())
            })
        }
        AuthPath::Grant { user, key } => {
            let may = body.is_some()
                && write.existing.is_none()
                && *key == link.role
                && view.assigns(sender, key)
                && let_in(view, sender, user);
            may.then_some(Ok(()))
        }
        _ => None,
    }
}

/// Returns whether a link has let in the user, who is a member still and whose definition nobody has written since.
fn let_in(view: &View, link: &MemberId, user: &MemberId) -> bool {
    let path: Option<StatePath> = AuthPath::Definition(*user).to_path().ok();
    view.knows(user)
        && path
            .and_then(|path| view.entry(&path))
            .is_some_and(|entry| entry.sender == *link)
}

impl View {
    /// Returns whether a link may wrap roots for a member: for those that it has let in.
    pub(super) fn may_wrap_by_link(&self, sender: &MemberId, member: &MemberId) -> bool {
        self.is_link(sender) && let_in(self, sender, member)
    }
}
