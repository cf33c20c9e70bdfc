//! Roles, and their rights.

use reeeductio_core::{StateChain, StateEntry, state_entry};
use reeeductio_proto::{Capability, Operation, StatePath, View};

use super::PolicySpace;
use crate::error::ClientError;

/// The roles of a space with a policy. Clones share everything.
///
/// Changing them needs rights on `state/auth/roles/…`; among the roles of [`create`](PolicySpace::create), the owner alone has them. Nobody gives a role
/// a right that it does not have itself.
#[derive(Clone, Debug)]
pub struct PolicyRoles(pub(super) PolicySpace);

/// A role and its rights.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoleSummary {
    /// Its name.
    pub name: String,
    /// Its rights, sorted by operation and path.
    pub rights: Vec<Capability>,
}

impl PolicySpace {
    /// The roles, and their rights.
    pub fn roles(&self) -> PolicyRoles {
        PolicyRoles(self.clone())
    }
}

impl PolicyRoles {
    /// Defines a role with these rights and no others, in one command: operations, each with the
    /// pattern of what it is allowed on, such as `topics/{any}` or `state/profiles/{self}` (`spec/authorization.md`).
    ///
    /// A role that exists gets these rights in the place of those that it has, for all who have it; if it has them already, nothing is
    /// written. A role that was removed is a new one: whoever had it does not get it back.
    pub async fn define(
        &self,
        name: &str,
        rights: &[(Operation, &str)],
    ) -> Result<(), ClientError> {
        let definition = state_entry::role(name, None)?;
        let mut wanted: Vec<Capability> = Vec::new();
        for (op, path) in rights {
            let right = Capability::new(*op, path).map_err(|error| {
                ClientError::argument("rights", format!("{} {path}: {error}", op.as_str()))
            })?;
            if !wanted.contains(&right) {
                wanted.push(right);
            }
        }
        let entries = |state: &StateChain| {
            let view = state.view();
            let mut entries = Vec::new();
            if !view.has_role(name) {
                entries.push(definition.clone());
            }
            entries.extend(rights_entries(view, name, &wanted)?);
            Ok(entries)
        };
        self.0.write_plain(entries).await.map(drop)
    }

    /// Removes a role: those who have it lose its rights, and stay members. Removing one that was removed before is no error.
    pub async fn remove(&self, name: &str) -> Result<(), ClientError> {
        let removal = removal_at(state_entry::role_path(name)?.as_str())?;
        let entries = |state: &StateChain| match state.newest(&removal.path) {
            Some(newest) if newest.is_removed => Ok(Vec::new()),
            Some(_) => Ok(vec![removal.clone()]),
            None => Err(unknown(name)),
        };
        self.0.write_plain(entries).await.map(drop)
    }

    /// The roles, sorted by their names.
    pub async fn list(&self) -> Result<Vec<RoleSummary>, ClientError> {
        self.0.follow_state().await?;
        let mut roles: Vec<RoleSummary> = self.0.with_view(|view| {
            let summary = |name: &str| RoleSummary {
                name: name.to_owned(),
                rights: rights_of(view, name),
            };
            view.roles().map(summary).collect()
        });
        roles.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(roles)
    }
}

/// The rights of a role, sorted.
fn rights_of(view: &View, role: &str) -> Vec<Capability> {
    let rights = view.rights_of_role(role);
    let mut rights: Vec<Capability> = rights.map(|(_, right)| right.clone()).collect();
    rights.sort_by_key(|right| (right.op.as_str(), right.path.to_string()));
    rights
}

/// The entries that are missing for a role to have these rights and no others.
fn rights_entries(
    view: &View,
    role: &str,
    wanted: &[Capability],
) -> Result<Vec<StateEntry>, ClientError> {
    let mut kept: Vec<(&str, &Capability)> = Vec::new();
    for (name, right) in view.rights_of_role(role) {
        // Written once under each name, a right is taken back by one removal.
        if wanted.contains(right) && kept.iter().all(|(_, other)| *other != right) {
            kept.push((name, right));
        }
    }
    let mut surplus: Vec<&str> = view.role_right_names(role).collect();
    let mut taken: Vec<String> = surplus.iter().map(|name| (*name).to_owned()).collect();
    surplus.retain(|name| kept.iter().all(|(other, _)| other != name));
    surplus.sort_unstable();
    let mut entries = Vec::new();
    for right in wanted {
        if kept.iter().all(|(_, other)| *other != right) {
            let name = free_name(right, &taken);
            entries.push(state_entry::right_of_role(role, &name, right)?);
            taken.push(name);
        }
    }
    for name in surplus {
        entries.push(removal_at(&format!("auth/roles/{role}/rights/{name}"))?);
    }
    Ok(entries)
}

/// A name for a right that no other one has.
fn free_name(right: &Capability, taken: &[String]) -> String {
    let path = right.path.to_string();
    let kind = path.split('/').next().unwrap_or_default();
    // A right to everything has only a wildcard, which is no part of a name.
    let kind = if kind.starts_with('{') { "all" } else { kind };
    let name = format!("{}_{kind}", right.op.as_str());
    let is_free = |name: &String| !taken.contains(name);
    let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(is_free).unwrap_or(name)
}

pub(super) fn check_role(view: &View, role: &str) -> Result<(), ClientError> {
    if view.has_role(role) {
        Ok(())
    } else {
        Err(unknown(role))
    }
}

fn unknown(role: &str) -> ClientError {
    let problem = format!("there is no role {role:?} in this space; `roles().define` makes one");
    ClientError::argument("role", problem)
}

/// The removal of an entry that the state has.
pub(super) fn removal_at(path: &str) -> Result<StateEntry, ClientError> {
    Ok(StateEntry {
        path: StatePath::parse(path).map_err(|error| ClientError::argument("path", error))?,
        value: String::new(),
    })
}
