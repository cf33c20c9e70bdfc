//! The members that an epoch is for (`spec/protocol.md`, "Roster").

use sha2::{Digest as _, Sha256};

use super::view::View;
use crate::fields::lp;
use crate::id::{BYTE_LENGTH, MemberId, SpaceId};

/// The hash of the members that an epoch is for, in any order.
pub fn roster_hash(space: &SpaceId, epoch: u32, members: &[MemberId]) -> [u8; 32] {
    let mut ids: Vec<[u8; BYTE_LENGTH]> = members.iter().map(MemberId::to_bytes).collect();
    ids.sort_unstable();
    let fields = lp([
        b"reeeductio/roster/v1".as_slice(),
        &space.to_bytes(),
        &epoch.to_be_bytes(),
        ids.as_flattened(),
    ]);
    Sha256::digest(fields).into()
}

impl View {
    /// The members that an epoch is for which begins at `at` (Unix milliseconds), sorted by the bytes of their ids: those
    /// that have an encryption key, the owner as a user. Links that are used up or ended, and tools that have expired by
    /// then, are not among them. Costs as much as there are encryption keys.
    pub fn roster(&self, at: i64) -> Vec<MemberId> {
        let mut roster: Vec<MemberId> = self
            .key_holders()
            .filter(|member| self.is_recipient(member, at))
            .collect();
        roster.sort_unstable_by_key(MemberId::to_bytes);
        roster
    }

    fn is_recipient(&self, member: &MemberId, at: i64) -> bool {
        let lasts = || {
            self.tool_limits(member)
                .and_then(|limits| limits.expires_at)
                .is_none_or(|end| at < end)
        };
        let has_uses = || self.link(member).is_none_or(|link| link.used < link.uses);
        self.is_member(member, at) && lasts() && has_uses()
    }
}
