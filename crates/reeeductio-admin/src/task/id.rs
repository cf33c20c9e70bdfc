//! Ids on the command line.

use reeeductio_proto::{IdError, MemberId, MemberKind, PublicKey};

/// A text is not an id that somebody can sign in with.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum MemberError {
    /// Not the id of such a member.
    #[error(transparent)]
    Id(#[from] IdError),
    /// Servers accept the entry and never the member.
    #[error("nobody can have the key of this id: a character of it is wrong")]
    Key,
}

/// The id of a user.
pub(super) fn user(text: &str) -> Result<MemberId, MemberError> {
    of_kind(text, MemberKind::User, "a user id (U…)")
}

/// The id of a tool.
pub(super) fn tool(text: &str) -> Result<MemberId, MemberError> {
    of_kind(text, MemberKind::Tool, "a tool id (T…)")
}

fn of_kind(text: &str, kind: MemberKind, expected: &'static str) -> Result<MemberId, MemberError> {
    let id = MemberId::parse(text).map_err(|error| match error {
        IdError::Kind { .. } => IdError::Kind { expected },
        other => other,
    })?;
    if id.kind() != kind {
        return Err(IdError::Kind { expected }.into());
    }
    PublicKey::parse(id.public_key()).map_err(|_| MemberError::Key)?;
    Ok(id)
}
