//! Members of a space, by the published server's rule and by ours.

use std::collections::HashSet;
use std::rc::Rc;

use reeeductio_proto::{
    Applied, MemberId, Message, SpaceId, StatePath, StateWrite, View, judge_state_value,
    state_entry,
};

/// Members by the rule of the published server along one branch of the state: the owner, and everybody
/// ever defined by one of them (wire.md 7 and 8.6). Entries signed by anybody else were never accepted
/// there, so they were put into the database by other means.
#[derive(Clone, Debug)]
pub(crate) struct Trusted {
    space: SpaceId,
    members: Rc<HashSet<MemberId>>,
}

impl Trusted {
    pub(crate) fn nobody_but_the_owner_of(space: SpaceId) -> Self {
        Self {
            space,
            members: Rc::default(),
        }
    }

    pub(crate) fn admits(&self, member: &MemberId) -> bool {
        self.space.is_owned_by(member) || self.members.contains(member)
    }

    /// Takes in that `author` defined `member`.
    pub(crate) fn define(&mut self, member: MemberId, author: &MemberId) {
        if member != *author && !self.members.contains(&member) {
            Rc::make_mut(&mut self.members).insert(member);
        }
    }
}

/// Returns the member that a state path defines, if any; a slash at either end made no difference.
pub(crate) fn defined_by(path: &str) -> Option<MemberId> {
    state_entry::defined_by(path.trim_matches('/'))
}

/// Members by our rules, replayed along the chain that is taken over.
#[derive(Debug)]
pub(crate) struct Authority {
    view: View,
    ever: HashSet<MemberId>,
}

impl Authority {
    pub(crate) fn new(space: SpaceId) -> Self {
        Self {
            view: View::new(space),
            ever: HashSet::new(),
        }
    }

    /// Takes in the next state message, at a path whose newest entry is by `existing`; the reason if its
    /// sender had no authority for it.
    pub(crate) fn apply(
        &mut self,
        message: &Message,
        path: &StatePath,
        existing: Option<MemberId>,
    ) -> Result<(), String> {
        match self.view.apply(message) {
            Applied::Ignored(refusal) => Err(refusal.to_string()),
            Applied::Unrelated => {
                let write = StateWrite {
                    path,
                    data: &message.data,
                    existing,
                    prev: None,
                };
                let (sender, time) = (&message.sender, message.server_timestamp);
                judge_state_value(&self.view, sender, &write, time)
                    .map_err(|refusal| refusal.to_string())
            }
            Applied::Changed => {
                if let Some(member) = defined_by(&message.kind)
                    && self.view.is_member(&member, message.server_timestamp)
                {
                    self.ever.insert(member);
                }
                Ok(())
            }
        }
    }

    /// Returns whether the member may have acted at some time: it owns the space or was defined in it
    /// with authority, though it may have been removed since.
    pub(crate) fn knew(&self, member: &MemberId) -> bool {
        self.view.space().is_owned_by(member) || self.ever.contains(member)
    }

    /// Returns whether the member owns the space.
    pub(crate) fn is_owner(&self, member: &MemberId) -> bool {
        self.view.space().is_owned_by(member)
    }

    /// Everybody but the owner whom [`knew`](Self::knew) affirms.
    pub(crate) fn everybody(&self) -> impl Iterator<Item = &MemberId> {
        self.ever.iter()
    }
}
