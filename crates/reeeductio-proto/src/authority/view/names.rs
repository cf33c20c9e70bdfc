//! Names of what was given and can be taken back.

use super::View;
use crate::id::MemberId;

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
}
