//! Rights of members at a time in the past, by the entries below `auth/` that had authority.

use std::collections::HashMap;
use std::sync::Arc;

use reeeductio_proto::{
    Action, Concern, MemberId, MemberKind, Message, Operation, Resource, SpaceId, Verdict, View,
    is_authority, judge,
};

/// Milliseconds by which the times of the topic `state` may be ahead of those of other topics. A server gives each message of
/// a topic a later time than the one before, so many entries in a moment run ahead of its clock; and a
/// server's clock may be set back. A right that is given within this time after a message is taken for given before it.
pub(super) const AHEAD: i64 = 60_000;

/// A member did one of these things to something, at a time between `from` and `to`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) member: MemberId,
    pub(crate) ops: &'a [Operation],
    pub(crate) resource: Resource<'a>,
    pub(crate) from: i64,
    pub(crate) to: i64,
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

/// The entries of which a [`View`] is made that had authority, in the order of the chain, found by whom they concern.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    all: Vec<Entry>,
    of_everybody: Vec<usize>,
    of_member: HashMap<MemberId, Vec<usize>>,
    /// Those that may end invite links, which tools may be.
    of_tools: Vec<usize>,
}

/// An entry, and its place in the chain.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) place: usize,
    pub(super) message: Arc<Message>,
}

impl Entries {
    pub(super) fn push(&mut self, place: usize, message: Arc<Message>) {
        if !is_authority(&message.kind) {
            return;
        }
        let index = self.all.len();
        match Concern::of(&message.kind) {
            // No right depends on them, and there is one for each removal: whatever is judged of the past would cost as much as
            // there are epochs.
            Concern::Everybody if message.kind.starts_with("keyring/") => {}
            Concern::Everybody => self.of_everybody.push(index),
            Concern::Member(member) => self.of_member.entry(member).or_default().push(index),
            Concern::MemberAndLinks(member) => {
                self.of_member.entry(member).or_default().push(index);
                self.of_tools.push(index);
            }
            Concern::Nobody => {}
        }
        self.all.push(Entry { place, message });
    }

    pub(super) fn all(&self) -> &[Entry] {
        &self.all
    }

    /// The indices of those that concern a member: three lists, each in the order of the chain.
    fn indices(&self, member: &MemberId) -> [&[usize]; 3] {
        let own = self.of_member.get(member).map_or(&[][..], Vec::as_slice);
        let of_tools = match member.kind() {
            MemberKind::Tool => self.of_tools.as_slice(),
            MemberKind::Space | MemberKind::User => &[],
        };
        [own, &self.of_everybody, of_tools]
    }

    /// Those that concern a member, oldest first.
    fn concerning(&self, member: &MemberId) -> Vec<&Entry> {
        let mut indices = self.indices(member).concat();
        indices.sort_unstable();
        indices.dedup();
        let entries = indices.into_iter();
        entries.filter_map(|index| self.all.get(index)).collect()
    }

    /// The newest entry that concerns a member.
    fn newest(&self, member: &MemberId) -> Option<&Entry> {
        let newest = self.indices(member).into_iter().filter_map(<[_]>::last);
        self.all.get(*newest.max()?)
    }
}

/// Judges claims one after the other. The claims of one member must come by rising time, or all by rising place.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    space: SpaceId,
    present: &'a View,
    entries: &'a Entries,
    members: HashMap<MemberId, Past<'a>>,
}

/// The rights of one member as of a time or place that only moves forward.
#[derive(Debug)]
struct Past<'a> {
    view: View,
    next: std::iter::Peekable<std::vec::IntoIter<&'a Entry>>,
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
        let changed = self.entries.newest(&person);
        let changed = changed.map(|entry| entry.message.server_timestamp);
        // Nothing has changed since: the present view is that of the time.
        if changed.is_none_or(|changed| changed < claim.from) {
            return claim.holds(self.present, claim.from) || claim.holds(self.present, claim.to);
        }
        let past = self.past(person);
        past.advance(|entry| entry.message.server_timestamp < claim.from);
        if claim.holds(&past.view, claim.from) {
            return true;
        }
        // Looked at, not passed: the next claim may be of the same time.
        let mut view = past.view.clone();
        let until = claim.to.saturating_add(AHEAD);
        past.next
            .clone()
            .map(|entry| &entry.message)
            .take_while(|entry| entry.server_timestamp <= until)
            .any(|entry| {
                view.restore(entry);
                claim.holds(&view, claim.from.max(entry.server_timestamp).min(claim.to))
            })
            || claim.holds(&view, claim.to)
    }

    /// Returns whether a claim holds in the view right after a place in the chain. Times decide about what expires, and nothing else.
    pub(crate) fn holds_at(&mut self, claim: &Claim<'_>, place: usize) -> bool {
        let person = person(claim.member);
        let newest = self.entries.newest(&person);
        if newest.is_none_or(|newest| newest.place <= place) {
            return claim.holds(self.present, claim.to);
        }
        let past = self.past(person);
        past.advance(|entry| entry.place <= place);
        claim.holds(&past.view, claim.to)
    }

    fn past(&mut self, person: MemberId) -> &mut Past<'a> {
        let (space, entries) = (self.space, self.entries);
        self.members.entry(person).or_insert_with(|| Past {
            view: View::new(space),
            next: entries.concerning(&person).into_iter().peekable(),
        })
    }
}

impl Past<'_> {
    fn advance(&mut self, is_past: impl Fn(&Entry) -> bool) {
        while let Some(entry) = self.next.next_if(|entry| is_past(entry)) {
            self.view.restore(&entry.message);
        }
    }
}

/// The owner has entries by its `U…` id only.
fn person(member: MemberId) -> MemberId {
    match member.kind() {
        MemberKind::Space => MemberId::user(*member.public_key()),
        _ => member,
    }
}
