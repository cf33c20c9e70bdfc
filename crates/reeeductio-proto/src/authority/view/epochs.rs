//! Epochs, and whether members may send under the newest.

use std::sync::Arc;

use super::View;
use super::with_policy::NewestEpoch;
use crate::authority::keyring::{Epoch, EpochEntry};
use crate::chain::Position;
use crate::id::MemberId;

impl View {
    /// The newest valid epoch, under which members send.
    pub fn newest_epoch(&self) -> Option<&Epoch> {
        self.with_policy()?.epochs.last().map(|epoch| &**epoch)
    }

    /// The valid epoch of a number.
    pub fn epoch(&self, number: u32) -> Option<&Epoch> {
        let epochs = &self.with_policy()?.epochs;
        // Epochs are numbered without gaps.
        let epoch = epochs.get(usize::try_from(number).ok()?)?;
        Some(epoch)
    }

    /// Returns whether members may send under the newest epoch at `now` (Unix milliseconds, by the server's clock): since it
    /// began, nobody was removed or left, and no tool or link that has its root has expired. False without an epoch.
    ///
    /// Members that were wrapped to later count like the roster. Links that are used up do not count here: they are only left
    /// out of the next roster, or each guest would cost an epoch.
    pub fn is_epoch_current(&self, now: i64) -> bool {
        self.with_policy().is_some_and(|space| {
            !space.epochs.is_empty()
                && !space.newest.somebody_left
                && space.newest.ends_at.is_none_or(|end| now < end)
        })
    }

    pub(in crate::authority) fn has_key_id(&self, key_id: [u8; 8]) -> bool {
        self.with_policy()
            .is_some_and(|space| space.key_ids.contains(&key_id))
    }

    pub(super) fn begin(&mut self, entry: EpochEntry, position: Position) {
        let roster = self.roster(entry.at);
        if let Some(space) = self.with_policy_mut() {
            space.newest = NewestEpoch::default();
            space.key_ids.insert(entry.key_id());
            space.epochs.push(Arc::new(Epoch { entry, position }));
        }
        for member in roster {
            self.expect_expiry(&member);
        }
    }

    /// A tool that has the root of the newest epoch will expire.
    pub(super) fn expect_expiry(&mut self, member: &MemberId) {
        let expires_at = self
            .tool_limits(member)
            .and_then(|limits| limits.expires_at);
        if let Some(space) = self.with_policy_mut() {
            space.expires(expires_at);
        }
    }
}
