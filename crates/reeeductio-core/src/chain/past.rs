//! Rights of members at a time in the past, by the entries below `auth/` that had authority.

use std::collections::HashMap;
use std::sync::Arc;

use reeeductio_proto::{
    Action, Concern, MemberId, Message, Operation, Resource, SpaceId, Verdict, View, judge,
};

/// Milliseconds by which the times of the topic `state` may be ahead of those of other topics. A server gives each message of
/// a topic a later time than the one before, so many entries in a moment run ahead of its clock; and a
/// server's clock may be set back. A right that is given within this time after a message is taken for given before it.
pub(super) const AHEAD: i64 = 60_000;

/// A member did one of these things to something, at a time between `from` and `to`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    pub(super) member: MemberId,
    pub(super) ops: &'a [Operation],
    pub(super) resource: Resource<'a>,
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Claim<'_> {
    fn holds(&self, view: &View, now: i64) -> bool {
        self.ops.iter().any(|op| {
            let action = Action {
                op: *op,
                resource: self.resource,
                // Whose it was before is not known; a right to one's own only may have been used on it.
                owner: Some(self.member),
            };
            judge(view, &self.member, &action, now) == Verdict::Allow
        })
    }
}

/// The entries below `auth/` that had authority, in the order of the chain, found by whom they concern.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    all: Vec<Arc<Message>>,
    of_everybody: Vec<usize>,
    of_member: HashMap<MemberId, Vec<usize>>,
}

impl Entries {
    pub(super) fn push(&mut self, message: Arc<Message>) {
        let index = self.all.len();
        match Concern::of(&message.kind) {
            Concern::Everybody => self.of_everybody.push(index),
            Concern::Member(member) => self.of_member.entry(member).or_default().push(index),
            Concern::Nobody => return,
        }
        self.all.push(message);
    }

    pub(super) fn all(&self) -> &[Arc<Message>] {
        &self.all
    }

    /// Those that concern a member, oldest first.
    fn concerning(&self, member: &MemberId) -> Vec<&Message> {
        let own = self.of_member.get(member).map_or(&[][..], Vec::as_slice);
        let mut indices: Vec<usize> = own.iter().chain(&self.of_everybody).copied().collect();
        indices.sort_unstable();
        indices
            .into_iter()
            .filter_map(|index| self.all.get(index))
            .map(|message| &**message)
            .collect()
    }

    /// The time of the newest entry that concerns a member.
    fn changed_at(&self, member: &MemberId) -> Option<i64> {
        let own = self.of_member.get(member).and_then(|own| own.last());
        let newest = own.into_iter().chain(self.of_everybody.last()).max()?;
        self.all.get(*newest).map(|entry| entry.server_timestamp)
    }
}

/// Judges claims one after the other. The claims of one member must come by rising time.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    space: SpaceId,
    present: &'a View,
    entries: &'a Entries,
    members: HashMap<MemberId, Past<'a>>,
}

/// The rights of one member as of a time that only moves forward.
#[derive(Debug)]
struct Past<'a> {
    view: View,
    next: std::iter::Peekable<std::vec::IntoIter<&'a Message>>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(space: SpaceId, present: &'a View, entries: &'a Entries) -> Self {
        Self {
            space,
            present,
            entries,
            members: HashMap::new(),
        }
    }

    /// Returns whether a claim held at any moment of its time, or [`AHEAD`] after it.
    pub(super) fn holds(&mut self, claim: &Claim<'_>) -> bool {
        let person = person(claim.member);
        let changed = self.entries.changed_at(&person);
        // Nothing has changed since: the present view is that of the time.
        if changed.is_none_or(|changed| changed < claim.from) {
            return claim.holds(self.present, claim.from) || claim.holds(self.present, claim.to);
        }
        let past = self.members.entry(person).or_insert_with(|| Past {
            view: View::new(self.space),
            next: self.entries.concerning(&person).into_iter().peekable(),
        });
        while let Some(entry) = past
            .next
            .next_if(|entry| entry.server_timestamp < claim.from)
        {
            past.view.restore(entry);
        }
        if claim.holds(&past.view, claim.from) {
            return true;
        }
        // Looked at, not passed: the next claim may be of the same time.
        let mut view = past.view.clone();
        let until = claim.to.saturating_add(AHEAD);
        past.next
            .clone()
            .take_while(|entry| entry.server_timestamp <= until)
            .any(|entry| {
                view.restore(entry);
                claim.holds(&view, claim.from.max(entry.server_timestamp).min(claim.to))
            })
            || claim.holds(&view, claim.to)
    }
}

/// The owner has entries by its `U…` id only.
fn person(member: MemberId) -> MemberId {
    match member.kind() {
        reeeductio_proto::MemberKind::Space => MemberId::user(*member.public_key()),
        _ => member,
    }
}
