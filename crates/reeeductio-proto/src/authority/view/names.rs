//! Names of what was given and can be taken back.

use super::View;
use crate::capability::Capability;
use crate::id::MemberId;

/// A role that was given to a user and not taken back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RoleGrant<'a> {
    /// The name under which it was given: the end of its path.
    pub name: &'a str,
    /// The role.
    pub role: &'a str,
    /// When it lapses, Unix milliseconds.
    pub expires_at: Option<i64>,
    /// Whether the role is the one that was meant: it exists, and was not removed since.
    pub is_of_role: bool,
}

impl View {
    /// The roles that are defined, and not removed, in no particular order.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles
            .iter()
            .filter(|(_, role)| role.exists)
            .map(|(name, _)| name.as_str())
    }

    /// The names of the rights that were given to a role and not taken back, in no particular order.
    pub fn role_right_names(&self, role: &str) -> impl Iterator<Item = &str> {
        let role = self.roles.get(role);
        role.into_iter()
            .flat_map(|role| role.rights.keys().map(String::as_str))
    }

    /// The names of the rights that were given to a member itself and not taken back, in no particular order.
    pub fn member_right_names(&self, member: &MemberId) -> impl Iterator<Item = &str> {
        let member = self.members.get(member);
        member
            .into_iter()
            .flat_map(|member| member.rights.keys().map(String::as_str))
    }

    /// The names under which roles were given to a user and not taken back, in no particular order.
    pub fn grant_names(&self, user: &MemberId) -> impl Iterator<Item = &str> {
        let user = self.members.get(user);
        user.into_iter()
            .flat_map(|user| user.grants.keys().map(String::as_str))
    }

    /// The roles that were given to a user and not taken back, in no particular order.
    pub fn grants(&self, user: &MemberId) -> impl Iterator<Item = RoleGrant<'_>> {
        let user = self.members.get(user);
        let grants = user.into_iter().flat_map(|user| user.grants.iter());
        grants.map(|(name, grant)| RoleGrant {
            name,
            role: &grant.role,
            expires_at: grant.expires_at,
            is_of_role: self.has_role(&grant.role) && self.generation(&grant.role) == grant.of,
        })
    }

    /// The roles that a member has at `now`, Unix milliseconds, sorted. The owner needs none, and tools have none.
    pub fn roles_of(&self, member: &MemberId, now: i64) -> Vec<&str> {
        let grants = self.grants(member).filter(|grant| {
            grant.is_of_role && grant.expires_at.is_none_or(|at| now <= at) && self.knows(member)
        });
        let mut roles: Vec<&str> = grants.map(|grant| grant.role).collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// The rights of a role that count while it exists, by their names, in no particular order.
    pub fn rights_of_role(&self, role: &str) -> impl Iterator<Item = (&str, &Capability)> {
        let role = self.roles.get(role);
        let rights = role.into_iter().flat_map(|role| role.rights.iter());
        rights
            .filter(|(_, right)| self.counts(right))
            .map(|(name, right)| (name.as_str(), &right.capability))
    }
}
