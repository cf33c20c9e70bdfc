//! Checks that what a command removes, or gives something to, exists. Servers accept the removal of what never did.

use reeeductio_client::{ClientError, Position, Space};
use reeeductio_proto::{ErrorCode, MemberId, MemberKind, View};

use crate::failure::Failure;

/// Names that a message lists at most.
const LISTED: usize = 20;

/// The members, roles and rights of a space.
pub(super) struct Present {
    view: View,
}

impl Present {
    /// Reads them.
    pub(super) async fn read(space: &Space) -> Result<Self, Failure> {
        let view = space.members().authority().await?;
        Ok(Self { view })
    }

    /// A member of the space, or its owner.
    pub(super) fn member(&self, member: &MemberId) -> Result<(), Failure> {
        if self.view.knows(member) {
            return Ok(());
        }
        let kind = word(member);
        Err(Failure::not_found(
            format!("{kind} {member} is not in space {}", self.view.space()),
            format!("`reeeductio-admin {kind} list` lists who is; --space-id names another space"),
        ))
    }

    /// A member that can be removed.
    pub(super) fn removable(&self, member: &MemberId) -> Result<(), Failure> {
        self.member(member)?;
        if self.view.members().any(|known| known == member) {
            return Ok(());
        }
        Err(Failure::not_found(
            format!(
                "{member} is the owner of space {}, whom nobody can remove",
                self.view.space()
            ),
            format!(
                "`reeeductio-admin {} list` lists who can be removed",
                word(member)
            ),
        ))
    }

    /// A right that was given to a member itself.
    pub(super) fn member_right(&self, member: &MemberId, right: &str) -> Result<(), Failure> {
        let rights = sorted(self.view.member_right_names(member));
        if rights.contains(&right) {
            return Ok(());
        }
        if rights.is_empty() {
            self.member(member)?;
        }
        let roles = sorted(self.view.grant_names(member));
        let by_role = match roles.as_slice() {
            [] => String::new(),
            roles => format!(
                "it has the roles {}, whose rights `reeeductio-admin role revoke` takes",
                list(roles)
            ),
        };
        let fix = match (rights.as_slice(), by_role.as_str()) {
            ([], "") => "nothing is to be taken".to_owned(),
            ([], by_role) => by_role.to_owned(),
            (_, "") => "name one of them with --cap-id".to_owned(),
            (_, by_role) => format!("name one of them with --cap-id; {by_role}"),
        };
        Err(Failure::not_found(
            format!(
                "{} {member} {}",
                word(member),
                lacks("right", right, &rights, " of its own")
            ),
            fix,
        ))
    }

    /// A right of a role.
    pub(super) fn role_right(&self, role: &str, right: &str) -> Result<(), Failure> {
        let rights = sorted(self.view.role_right_names(role));
        if rights.contains(&right) {
            return Ok(());
        }
        if rights.is_empty() {
            self.role(role)?;
        }
        let fix = match rights.as_slice() {
            [] => "nothing is to be taken",
            _ => "name one of them with --cap-id",
        };
        Err(Failure::not_found(
            format!("role {role} {}", lacks("right", right, &rights, "")),
            fix,
        ))
    }

    /// A role that was given to a user.
    pub(super) fn grant(&self, user: &MemberId, role: &str) -> Result<(), Failure> {
        let roles = sorted(self.view.grant_names(user));
        if roles.contains(&role) {
            return Ok(());
        }
        if roles.is_empty() {
            self.member(user)?;
        }
        let fix = match roles.as_slice() {
            [] => "nothing is to be taken",
            _ => "name one of them with --role",
        };
        Err(Failure::not_found(
            format!("user {user} {}", lacks("role", role, &roles, "")),
            fix,
        ))
    }

    /// Passes on the outcome of giving something. If the server refuses because a member or a role must be there
    /// first, the failure says how to make it; any other reason stays the server's.
    pub(super) async fn given(
        outcome: Result<Position, ClientError>,
        space: &Space,
        member: Option<&MemberId>,
        roles: &[&str],
    ) -> Result<Position, Failure> {
        let error = match outcome {
            Err(error) if error.code() == Some(ErrorCode::AuthInvalidEntry) => error,
            other => return Ok(other?),
        };
        let first = match Self::read(space).await {
            Ok(present) => present.first(member, roles),
            // The refusal is what is to be told.
            Err(_) => None,
        };
        Err(first.unwrap_or_else(|| error.into()))
    }

    /// Returns a failure that names what must be made first, if anything.
    fn first(&self, member: Option<&MemberId>, roles: &[&str]) -> Option<Failure> {
        let space = self.view.space();
        if let Some(member) = member.filter(|member| !self.view.knows(member)) {
            let kind = word(member);
            return Some(Failure::refused(
                ErrorCode::AuthInvalidEntry,
                format!("{kind} {member} is not in space {space}"),
                format!("run `reeeductio-admin {kind} add {member}` first"),
            ));
        }
        let role = roles.iter().find(|role| !self.view.has_role(role))?;
        let roles = sorted(self.view.roles());
        Some(Failure::refused(
            ErrorCode::AuthInvalidEntry,
            format!("space {space} {}", lacks("role", role, &roles, "")),
            format!("run `reeeductio-admin role create {role}` first"),
        ))
    }

    fn role(&self, role: &str) -> Result<(), Failure> {
        if self.view.has_role(role) {
            return Ok(());
        }
        let roles = sorted(self.view.roles());
        let fix = match roles.as_slice() {
            [] => "nothing is to be taken",
            _ => "name one of them",
        };
        Err(Failure::not_found(
            format!(
                "space {} {}",
                self.view.space(),
                lacks("role", role, &roles, "")
            ),
            fix,
        ))
    }
}

fn word(member: &MemberId) -> &'static str {
    match member.kind() {
        MemberKind::Tool => "tool",
        MemberKind::Space | MemberKind::User => "user",
    }
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names
}

/// Describes what something lacks, and what it has.
fn lacks(kind: &str, name: &str, has: &[&str], whose: &str) -> String {
    match has {
        [] => format!("has no {kind} {name}{whose}, and no other"),
        _ => format!("has no {kind} {name}{whose}, only {}", list(has)),
    }
}

fn list(names: &[&str]) -> String {
    let shown = names.get(..LISTED).unwrap_or(names).join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(list(&["a", "b"]), "a, b");
        assert!(list(&["a"; 23]).ends_with("a, a and 3 more"));
    }
}
