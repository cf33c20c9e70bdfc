//! Changes that an entry with authority makes to the view.

use super::{Definition, Generation, Grant, Right, View};
use crate::authority::body::{Body, ToolLimits};
use crate::authority::path::{AuthPath, Holder, role_of};
use crate::capability::Capability;
use crate::id::MemberId;
use crate::signature::PublicKey;

impl View {
    /// Takes in an entry written at `time`, Unix milliseconds; `None` removes what is at the path.
    pub(super) fn change(&mut self, path: &AuthPath<'_>, body: Option<Body>, time: i64) {
        match (path, body) {
            (AuthPath::Tokens(holder), _) => self.end_tokens(*holder, time),
            (path, Some(body)) => self.set(path, body),
            (path, None) => self.remove(path),
        }
    }

    fn set(&mut self, path: &AuthPath<'_>, body: Body) {
        match (path, body) {
            (AuthPath::Definition(id), body) => self.define(*id, body),
            (AuthPath::Role(role), _) => {
                let role = self.roles.entry((*role).to_owned()).or_default();
                if !role.exists {
                    role.exists = true;
                    role.generation = Generation(role.generation.0 + 1);
                }
            }
            (AuthPath::Grant { user, key }, Body::Grant { expires_at }) => {
                let role = role_of(key);
                let grant = Grant {
                    role: role.to_owned(),
                    of: self.generation(role),
                    expires_at,
                };
                let exists = self.has_role(role);
                let grants = &mut self.members.entry(*user).or_default().grants;
                // A grant of a role that does not exist gives nothing, now or later.
                if exists {
                    grants.insert((*key).to_owned(), grant);
                } else {
                    grants.remove(*key);
                }
            }
            (AuthPath::MemberRight { member, key }, Body::Right(right)) => {
                let right = self.given(right);
                let member = self.members.entry(*member).or_default();
                member.rights.insert((*key).to_owned(), right);
            }
            (AuthPath::RoleRight { role, key }, Body::Right(right)) => {
                let right = self.given(right);
                let role = self.roles.entry((*role).to_owned()).or_default();
                role.rights.insert((*key).to_owned(), right);
            }
            _ => {}
        }
    }

    fn define(&mut self, id: MemberId, body: Body) {
        // The owner has its powers without an entry, and is not among the members that have one.
        if self.space.is_owned_by(&id) {
            return;
        }
        let limits = match body {
            Body::Tool(limits) => limits,
            Body::Link {
                terms,
                expires_at,
                use_limit,
            } => {
                self.define_link(id, terms, expires_at);
                ToolLimits {
                    use_limit,
                    expires_at: Some(expires_at),
                }
            }
            _ => ToolLimits::default(),
        };
        // A key that cannot verify anything makes no member.
        let definition = PublicKey::parse(id.public_key())
            .ok()
            .map(|key| Definition { key, limits });
        self.members.entry(id).or_default().definition = definition;
        // It may have the root of the newest epoch, and expire sooner now.
        if self.encryption_key(&id).is_some() {
            self.expect_expiry(&id);
        }
    }

    fn given(&self, capability: Capability) -> Right {
        let names = self.named(&capability);
        Right { capability, names }
    }

    fn remove(&mut self, path: &AuthPath<'_>) {
        match path {
            // A member or role that is defined again does not get back what it held.
            AuthPath::Definition(id) => self.remove_member(id),
            AuthPath::Role(role) => {
                if let Some(role) = self.roles.get_mut(*role) {
                    role.exists = false;
                    role.rights.clear();
                }
            }
            AuthPath::Grant { user, key } => {
                if let Some(member) = self.members.get_mut(user) {
                    member.grants.remove(*key);
                }
            }
            AuthPath::MemberRight { member, key } => {
                if let Some(member) = self.members.get_mut(member) {
                    member.rights.remove(*key);
                }
            }
            AuthPath::RoleRight { role, key } => {
                if let Some(role) = self.roles.get_mut(*role) {
                    role.rights.remove(*key);
                }
            }
            AuthPath::Tokens(_) | AuthPath::Other | AuthPath::WrongId | AuthPath::WrongHolder => {}
        }
    }

    /// Removes a member, with all that it was given.
    pub(super) fn remove_member(&mut self, id: &MemberId) {
        let removed = self.members.remove(id);
        if removed.is_some_and(|member| member.definition.is_some()) {
            self.note_departure(id);
        }
    }

    fn end_tokens(&mut self, holder: Holder, time: i64) {
        match holder {
            Holder::All => self.ended.all = self.ended.all.max(Some(time)),
            Holder::Member(member) => {
                if let Some(id) = self.tokens_key(&member) {
                    let ended = self.ended.by_member.entry(id).or_insert(time);
                    *ended = time.max(*ended);
                }
            }
        }
    }
}
