//! Invite links, and what ends them.

use super::View;
use super::with_policy::Link;
use crate::authority::link::{LinkState, LinkTerms};
use crate::id::{MemberId, MemberKind};

impl View {
    /// The invite link that a tool is or was, `None` if it is none.
    pub fn link(&self, tool: &MemberId) -> Option<LinkState> {
        let space = self.with_policy()?;
        let link = space.links.get(tool)?;
        Some(LinkState {
            role: link.terms.role.clone(),
            uses: link.terms.uses,
            used: link.used,
            expires_at: link.expires_at,
            ended: space.is_ended(link) || self.defined(tool).is_none(),
        })
    }

    /// Returns whether the tool is a link, ended or not.
    pub(in crate::authority) fn is_link(&self, tool: &MemberId) -> bool {
        tool.kind() == MemberKind::Tool
            && self
                .with_policy()
                .is_some_and(|space| space.links.contains_key(tool))
    }

    /// Returns whether the tool is a link that ended when a member was removed or left.
    pub(super) fn is_ended_link(&self, tool: &MemberId) -> bool {
        tool.kind() == MemberKind::Tool
            && self.with_policy().is_some_and(|space| {
                let link = space.links.get(tool);
                link.is_some_and(|link| space.is_ended(link))
            })
    }

    /// Returns whether the role of this name is the one that a link was made for.
    pub(in crate::authority) fn assigns(&self, link: &MemberId, role: &str) -> bool {
        let link = self.with_policy().and_then(|space| space.links.get(link));
        link.is_some_and(|link| {
            link.terms.role == role && self.has_role(role) && self.generation(role) == link.of
        })
    }

    /// Takes in the definition of a link.
    pub(super) fn define_link(&mut self, tool: MemberId, terms: LinkTerms, expires_at: i64) {
        let of = self.generation(&terms.role);
        if let Some(space) = self.with_policy_mut() {
            let departures = space.departures;
            let link = Link {
                terms,
                of,
                expires_at,
                used: 0,
                departures,
            };
            space.links.insert(tool, link);
        }
    }

    /// Counts a user that a link lets in.
    pub(super) fn count_use(&mut self, link: &MemberId, user: &MemberId) {
        if self.knows(user) {
            return;
        }
        if let Some(space) = self.with_policy_mut()
            && let Some(link) = space.links.get_mut(link)
        {
            link.used = link.used.saturating_add(1);
        }
    }

    /// Notes that a member was removed or left. Only a link takes no other link with it: its holder knows itself alone.
    pub(super) fn note_departure(&mut self, member: &MemberId) {
        // It was not in the roster of any epoch since it ended.
        if self.is_ended_link(member) {
            return;
        }
        let is_link = self.is_link(member);
        if let Some(space) = self.with_policy_mut() {
            space.newest.somebody_left = true;
            if !is_link {
                space.departures = space.departures.saturating_add(1);
            }
        }
    }
}
