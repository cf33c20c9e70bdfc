//! The roster of a space as streams tell it: page by page, then by its changes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use reeeductio_proto::MemberId;

use super::super::ring::Ring;
use super::Present;

/// Most members that a roster names.
const MOST: usize = 1024;
/// Members at which a roster that had too many is told again: fewer, so that it does not change with each of them.
const AGAIN: usize = 768;
/// Most members of a page.
const PAGE: usize = 256;

/// Changes of who is connected.
pub(super) struct Roster {
    /// The members that came or went; whether they are there is known from the members.
    changes: Ring<MemberId>,
    /// Grows when every stream must begin anew.
    generation: u64,
    too_many: bool,
}

/// How far a stream has told the roster.
#[derive(Debug)]
pub(in super::super) struct RosterPlace {
    generation: u64,
    /// Number of the next change.
    changes: u64,
    page: Option<Page>,
}

/// A page that is still to be told.
#[derive(Debug)]
struct Page {
    number: usize,
    /// The last member of the page before.
    after: Option<MemberId>,
}

/// The next part of the roster that a stream tells.
#[derive(Debug, Eq, PartialEq)]
pub(in super::super) enum RosterStep {
    /// A page.
    Page {
        number: usize,
        members: Vec<MemberId>,
        more: bool,
        /// How many are connected.
        count: usize,
    },
    /// Members that came, if `true`, or went.
    Changes(Vec<(MemberId, bool)>),
}

impl Roster {
    /// Holds at most so many bytes of changes.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            changes: Ring::new(capacity),
            generation: 0,
            too_many: false,
        }
    }

    /// Notes a change that nobody is told of.
    pub(super) fn resize(&mut self, count: usize) -> bool {
        let too_many = count > if self.too_many { AGAIN } else { MOST };
        let turned = self.too_many != too_many;
        self.too_many = too_many;
        self.generation += u64::from(turned);
        turned
    }

    /// Notes that a member came or went, and that so many are there now. Returns whether there is anything to tell.
    pub(super) fn changed(&mut self, member: MemberId, count: usize, now: i64) -> bool {
        if self.resize(count) {
            return true;
        }
        if !self.too_many {
            self.changes.push(member, size_of::<MemberId>(), now);
        }
        !self.too_many
    }

    pub(super) fn step(
        &mut self,
        members: &BTreeMap<MemberId, Present>,
        place: &mut Option<RosterPlace>,
        now: i64,
    ) -> Option<RosterStep> {
        let held = place.take().filter(|place| {
            place.generation == self.generation && place.changes >= self.changes.oldest(now)
        });
        let place = place.insert(held.unwrap_or_else(|| RosterPlace {
            generation: self.generation,
            changes: self.changes.next(),
            page: Some(Page {
                number: 0,
                after: None,
            }),
        }));
        // Before a page: it is to hold what the changes before it have led to.
        let changed: BTreeSet<MemberId> = match self.changes.from(place.changes, now) {
            Some(changes) => changes.take(PAGE).copied().collect(),
            None => BTreeSet::new(),
        };
        if !changed.is_empty() {
            place.changes = self.changes.next().min(place.changes + PAGE as u64);
            let changed = changed
                .into_iter()
                .map(|member| (member, members.contains_key(&member)));
            return Some(RosterStep::Changes(changed.collect()));
        }
        let page = place.page.take()?;
        let (number, count) = (page.number, members.len());
        if self.too_many {
            return Some(RosterStep::Page {
                number,
                members: Vec::new(),
                more: false,
                count,
            });
        }
        let after = page.after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = members.range((after, Bound::Unbounded)).map(|(id, _)| *id);
        let members: Vec<MemberId> = rest.by_ref().take(PAGE).collect();
        let more = rest.next().is_some();
        place.page = more.then(|| Page {
            number: number + 1,
            after: members.last().copied(),
        });
        Some(RosterStep::Page {
            number,
            members,
            more,
            count,
        })
    }
}

#[cfg(test)]
mod tests;
