//! Judging the admissions of a keeper, after they were made (`spec/apps.md`, "Audit").

use std::collections::{HashMap, HashSet};

use reeeductio_proto::{MemberId, MemberKind, Message, SpaceId, encoding};
use serde::Deserialize;

use super::admission::{ADMISSIONS, Admission, AdmissionFault, judge_admission};
use super::channel::{KEEPER, KeeperPowers, invited_user};
use super::directory::user_id;
use crate::state_entry::defined_by;

/// A user that a tool of the channel has let in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Audited {
    /// The user.
    pub user: MemberId,
    /// The tool: the keeper, or another one. Invite links are not listed.
    pub by: MemberId,
    /// When, by the server's word, Unix milliseconds.
    pub at: i64,
    /// The role that it gave.
    pub role: Option<String>,
    /// Why that was not the tool's to do.
    pub fault: Option<AdmissionFault>,
}

/// Follows the state of a channel, message by message, and judges each admission by what held when it was made.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    powers: Option<KeeperPowers>,
    invited: HashSet<MemberId>,
    links: HashSet<MemberId>,
    admitted: Vec<Made>,
    newest: HashMap<MemberId, usize>,
    requests: HashMap<MemberId, Admission>,
}

/// An admission, and what held then.
#[derive(Clone, Debug)]
struct Made {
    user: MemberId,
    by: MemberId,
    at: i64,
    role: Option<String>,
    powers: Option<KeeperPowers>,
    is_invited: bool,
}

#[derive(Deserialize)]
struct ToolBody {
    link: Option<serde_json::Value>,
}

impl Audit {
    /// Takes in the next message that had authority. All of them, from the first one on, so that nobody is accused of what was allowed then.
    pub fn take(&mut self, message: &Message) {
        let path = message.kind.as_str();
        let json = encoding::decode(&message.data).unwrap_or_default();
        if path == KEEPER {
            self.powers = KeeperPowers::read(&json).ok();
        } else if let Some(user) = invited_user(path) {
            if json.is_empty() {
                self.invited.remove(&user);
            } else {
                self.invited.insert(user);
            }
        } else if let Some(user) = path.strip_prefix(ADMISSIONS) {
            if let (Ok(user), Ok(request)) = (user_id(user), Admission::read(&json)) {
                self.requests.entry(user).or_insert(request);
            }
        } else if let Some(member) = defined_by(path) {
            self.take_definition(message, member, &json);
        } else if let Some((user, role)) = granted_by(path)
            && !json.is_empty()
            && let Some(made) = self
                .newest
                .get(&user)
                .and_then(|at| self.admitted.get_mut(*at))
            && made.by == message.sender
        {
            made.role.get_or_insert(role);
        }
    }

    fn take_definition(&mut self, message: &Message, member: MemberId, json: &[u8]) {
        if json.is_empty() {
            return;
        }
        if member.kind() == MemberKind::Tool {
            let body = serde_json::from_slice::<ToolBody>(json);
            if body.is_ok_and(|body| body.link.is_some()) {
                self.links.insert(member);
            }
            return;
        }
        let by = message.sender;
        if by.kind() != MemberKind::Tool || self.links.contains(&by) {
            return;
        }
        self.newest.insert(member, self.admitted.len());
        self.admitted.push(Made {
            user: member,
            by,
            at: message.server_timestamp,
            role: None,
            powers: self.powers.clone(),
            is_invited: self.invited.contains(&member),
        });
    }

    /// The admissions so far in `channel`, in their order. `is_user` says who is a user of the app, or was one.
    pub fn judge(&self, channel: SpaceId, is_user: impl Fn(&MemberId) -> bool) -> Vec<Audited> {
        let judged = self.admitted.iter().map(|made| Audited {
            user: made.user,
            by: made.by,
            at: made.at,
            role: made.role.clone(),
            fault: self.fault(channel, made, is_user(&made.user)),
        });
        judged.collect()
    }

    fn fault(&self, channel: SpaceId, made: &Made, is_user: bool) -> Option<AdmissionFault> {
        let powers = made
            .powers
            .as_ref()
            .filter(|powers| powers.keeper == made.by);
        if let Err(fault) = judge_admission(powers, is_user, made.is_invited) {
            return Some(fault);
        }
        let request = self.requests.get(&made.user);
        if !request.is_some_and(|request| request.is_of(channel, &made.user)) {
            return Some(AdmissionFault::NoRequest);
        }
        let wanted = powers.map(|powers| &powers.role);
        // An admission that was cut short has given no role.
        (made.role.is_some() && made.role.as_ref() != wanted).then_some(AdmissionFault::Role)
    }
}

/// The user and the role of a grant.
fn granted_by(path: &str) -> Option<(MemberId, String)> {
    let (user, role) = path.strip_prefix("auth/users/")?.split_once("/roles/")?;
    Some((user_id(user).ok()?, role.to_owned()))
}

#[cfg(test)]
mod tests;
