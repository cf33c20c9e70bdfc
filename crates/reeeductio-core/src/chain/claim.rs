//! Whether a member was allowed something at some time, decided by replaying the space's history.

use reeeductio_proto::{
    Action, MemberId, Message, Operation, Resource, SpaceId, Verdict, View, judge,
};

/// Milliseconds by which a judgement may lie before the time it is recorded with: a server judges a
/// message shortly before it stores it, and a right may be taken back in between.
pub(super) const GRACE: i64 = 60_000;

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

/// The index of the first claim that never held. A claim holds if it does by the present view, which is
/// the usual case, or by the view at any moment of its time.
pub(super) fn first_false(
    space: SpaceId,
    present: &View,
    history: &[Message],
    claims: &[Claim<'_>],
) -> Option<usize> {
    let mut open: Vec<usize> = (0..)
        .zip(claims)
        .filter(|(_, claim)| !claim.holds(present, claim.to))
        .map(|(index, _)| index)
        .collect();
    let mut view = View::new(space);
    let mut begin = i64::MIN;
    let ends = history.iter().map(Some).chain([None]);
    for next in ends {
        if open.is_empty() {
            return None;
        }
        // `view` was the view from `begin` to `end`.
        let end = next.map_or(i64::MAX, |message| message.server_timestamp);
        open.retain(|index| {
            let Some(claim) = claims.get(*index) else {
                return false;
            };
            let overlaps = claim.from <= end && begin <= claim.to;
            !(overlaps && claim.holds(&view, claim.from.max(begin)))
        });
        if let Some(message) = next {
            let _applied = view.apply(message);
        }
        begin = end;
    }
    open.first().copied()
}
