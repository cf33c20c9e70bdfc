//! Roles of the members.

use reeeductio_core::{StateChain, StateEntry, state_entry};
use reeeductio_proto::{MemberId, MemberKind, Operation, Resource, View};

use super::members::PolicyMembers;
use super::roles::{check_role, removal_at};
use crate::error::ClientError;

/// A member and its roles.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MemberSummary {
    /// The member.
    pub member: MemberId,
    /// Its roles, sorted. Tools have none.
    pub roles: Vec<String>,
}

impl PolicyMembers {
    /// The users and tools with the roles that they have now, sorted by their ids: without the owner, and without invite links.
    pub async fn with_roles(&self) -> Result<Vec<MemberSummary>, ClientError> {
        self.0.follow_state().await?;
        let now = self.0.server_time();
        let mut members: Vec<MemberSummary> = self.0.with_view(|view| {
            let members = view.members().filter(|member| view.is_member(member, now));
            let members = members.filter(|member| view.link(member).is_none());
            let summary = |member: &MemberId| MemberSummary {
                member: *member,
                roles: roles_of(view, member, now),
            };
            members.map(summary).collect()
        });
        members.sort_unstable_by_key(|summary| summary.member.to_bytes());
        Ok(members)
    }

    /// The roles that a member has now, sorted. The owner needs none, and one that is no member has none.
    pub async fn roles_of(&self, member: &MemberId) -> Result<Vec<String>, ClientError> {
        self.0.follow_state().await?;
        let now = self.0.server_time();
        Ok(self.0.with_view(|view| roles_of(view, member, now)))
    }

    /// Makes a role the only one of a user, in one command, until it is given another one. If it is that already, nothing is written.
    ///
    /// Needs the rights to assign the role and to take the others. Rights that were given to the user itself stay. No epoch begins:
    /// a member reads on whatever its role; [`remove`](Self::remove) takes the keys.
    pub async fn set_role(&self, member: MemberId, role: &str) -> Result<(), ClientError> {
        let entries = |state: &StateChain| set_role(state.view(), member, role);
        self.0.write_plain(entries).await.map(drop)
    }
}

fn roles_of(view: &View, member: &MemberId, now: i64) -> Vec<String> {
    let roles = view.roles_of(member, now).into_iter();
    roles.map(str::to_owned).collect()
}

/// The entries that are missing for the user to have the role, and no other.
fn set_role(view: &View, member: MemberId, role: &str) -> Result<Vec<StateEntry>, ClientError> {
    check_role(view, role)?;
    let refuse = |problem| Err(ClientError::argument("member", problem));
    if view.space().is_owned_by(&member) {
        return refuse("is the owner of the space, who may do everything without a role");
    }
    if member.kind() != MemberKind::User {
        return refuse("is no user; tools and invite links have rights of their own");
    }
    if !view.knows(&member) {
        return refuse("is no member of this space; admit it with the role");
    }
    let is_it = |name: &str| name == role;
    let lasts = view
        .grants(&member)
        .any(|grant| is_it(grant.name) && grant.is_of_role && grant.expires_at.is_none());
    let mut entries = Vec::new();
    // First: a member that changes its own role may need the others for it.
    if !lasts {
        entries.push(state_entry::role_grant(member, role, None)?);
    }
    let mut others: Vec<StateEntry> = Vec::new();
    for name in view.grant_names(&member).filter(|name| !is_it(name)) {
        others.push(removal_at(&format!("auth/users/{member}/roles/{name}"))?);
    }
    // Those by which a member takes its own roles are the last that it takes.
    let takes = |entry: &StateEntry| {
        let role = entry.path.segments().nth(4).unwrap_or_default();
        let mut rights = view.rights_of_role(role);
        let path = Resource::State(&entry.path);
        rights.any(|(_, right)| right.allows(Operation::Delete, &path, None, &member, i64::MIN))
    };
    others.sort_by_cached_key(|entry| (takes(entry), entry.path.clone()));
    entries.extend(others);
    Ok(entries)
}
