//! The rights that count.

use std::collections::HashMap;

use super::{Generation, Right, View};
use crate::authority::grant::sooner;
use crate::capability::Capability;
use crate::id::MemberId;
use crate::pattern::AssignableRoles;

impl View {
    /// The rights that count for a member at `now`, each with the time it lapses: its own, and for a
    /// user those of the roles it holds.
    pub(in crate::authority) fn rights<'a>(
        &'a self,
        id: &MemberId,
        now: i64,
    ) -> impl Iterator<Item = (&'a Capability, Option<i64>)> {
        let member = self
            .members
            .get(id)
            .filter(|member| member.definition.is_some());
        let direct = member
            .into_iter()
            .flat_map(|member| self.counting(&member.rights));
        let by_role = member
            .into_iter()
            .flat_map(|member| member.grants.values())
            .filter(move |grant| grant.expires_at.is_none_or(|at| now <= at))
            .filter(|grant| self.generation(&grant.role) == grant.of)
            .flat_map(|grant| {
                self.role_rights(&grant.role)
                    .map(move |right| (right, sooner(right.expires_at, grant.expires_at)))
            });
        direct.map(|right| (right, right.expires_at)).chain(by_role)
    }

    /// The rights of a role, none if it does not exist.
    pub(in crate::authority) fn role_rights(
        &self,
        role: &str,
    ) -> impl Iterator<Item = &Capability> {
        self.roles
            .get(role)
            .filter(|role| role.exists)
            .into_iter()
            .flat_map(|role| self.counting(&role.rights))
    }

    /// Those of some rights that do not assign a role which was defined anew since they were given.
    fn counting<'a>(
        &'a self,
        rights: &'a HashMap<String, Right>,
    ) -> impl Iterator<Item = &'a Capability> {
        rights
            .values()
            .filter(|right| self.counts(right))
            .map(|right| &right.capability)
    }

    /// Returns whether a right does not assign a role which was defined anew since it was given.
    pub(super) fn counts(&self, right: &Right) -> bool {
        right
            .names
            .is_none_or(|given_for| self.named(&right.capability) == Some(given_for))
    }

    /// The generation of the role that a right assigns by its name.
    pub(super) fn named(&self, right: &Capability) -> Option<Generation> {
        match right.path.assignable_roles() {
            AssignableRoles::One(role) => Some(self.generation(role)),
            AssignableRoles::Any | AssignableRoles::None => None,
        }
    }

    pub(super) fn generation(&self, role: &str) -> Generation {
        self.roles
            .get(role)
            .map_or(Generation::default(), |role| role.generation)
    }
}
