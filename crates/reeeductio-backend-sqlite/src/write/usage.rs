//! Counting what is stored, and refusing what a quota does not allow.
//!
//! Entries and blobs are counted with each write. Messages are counted in memory and taken into the table a
//! few hundred at a time: the space's row says up to which event, so nothing is lost or counted twice.

use reeeductio_backend::{BackendError, Growth, OverQuota, Quotas, Tally, Usage};
use reeeductio_proto::{MemberId, SpaceId};
use rusqlite::params;

use super::Batch;
use super::cache::KnownSpace;
use crate::read;
use crate::read::usage::UsageRow;
use crate::row::checksum_of_usage;
use crate::statements::Sql;

/// Messages of a space that may wait to be counted in the table.
const UNCOUNTED: u64 = 256;

/// One of the three kinds of a [`Usage`].
pub(super) type Kind = fn(&mut Usage) -> &mut Tally;

impl Batch<'_> {
    /// Returns the cached facts about a space, read on first use.
    pub(super) fn space(&mut self, space: &SpaceId) -> Result<&mut KnownSpace, BackendError> {
        if self.cache.space(space).is_none() {
            let database = self.database;
            let counted = read::usage::row(database, space, None)?;
            let (uncounted, newest) =
                read::usage::uncounted(database, space, counted.counted_event)?;
            let known = KnownSpace {
                event: newest.cast_unsigned(),
                change: read::data::last_change(database, space, newest.cast_unsigned())?,
                authority: read::state::newest_authority(database, space)?,
                has_tree: read::tree::incarnation(database, space)?.is_some(),
                uncounted_messages: uncounted.values().map(|tally| tally.count).sum(),
                uncounted,
            };
            return Ok(self.cache.set_space(*space, known));
        }
        self.cache
            .space(space)
            .ok_or_else(|| BackendError::unavailable("write", "a space was forgotten"))
    }

    pub(super) fn check_messages(
        &mut self,
        space: &SpaceId,
        sender: &MemberId,
        added: Tally,
        quotas: &Quotas,
    ) -> Result<Result<(), OverQuota>, BackendError> {
        if quotas.space.is_unlimited() && quotas.member.is_unlimited() {
            return Ok(Ok(()));
        }
        let known = self.space(space)?;
        let waiting = known.uncounted.get(sender).copied().unwrap_or_default();
        let all = known.uncounted.values();
        let all_waiting = all.fold(Tally::default(), |sum, tally| sum.plus(*tally));
        let of = |member: Option<&MemberId>, waiting: Tally| {
            let row = read::usage::row(self.database, space, member)?;
            let before = row.usage.messages.plus(waiting);
            Ok::<_, BackendError>(Growth {
                before,
                after: before.plus(added),
            })
        };
        Ok(quotas.check(of(None, all_waiting)?, of(Some(sender), waiting)?))
    }

    /// Checks that the space and the member may store `added` more once `removed` is gone.
    pub(super) fn check_quotas(
        &mut self,
        space: &SpaceId,
        member: &MemberId,
        kind: Kind,
        quotas: &Quotas,
        of_space: (Tally, Tally),
        of_member: (Tally, Tally),
    ) -> Result<Result<(), OverQuota>, BackendError> {
        if quotas.space.is_unlimited() && quotas.member.is_unlimited() {
            return Ok(Ok(()));
        }
        let growth = |of, (added, removed)| {
            let mut row = read::usage::row(self.database, space, of)?;
            let before = *kind(&mut row.usage);
            Ok::<_, BackendError>(Growth {
                before,
                after: before.plus(added).minus(removed),
            })
        };
        Ok(quotas.check(growth(None, of_space)?, growth(Some(member), of_member)?))
    }

    /// Counts a message that was stored in this transaction.
    pub(super) fn count_message(
        &mut self,
        space: &SpaceId,
        sender: &MemberId,
        tally: Tally,
    ) -> Result<(), BackendError> {
        let known = self.space(space)?;
        let waiting = known.uncounted.entry(*sender).or_default();
        *waiting = waiting.plus(tally);
        known.uncounted_messages += 1;
        if known.uncounted_messages >= UNCOUNTED {
            self.take_in_messages(space)?;
        }
        Ok(())
    }

    /// Counts in the table all messages of a space that wait.
    fn take_in_messages(&mut self, space: &SpaceId) -> Result<(), BackendError> {
        let known = self.space(space)?;
        let counted_event = known.event.cast_signed();
        known.uncounted_messages = 0;
        let waiting = std::mem::take(&mut known.uncounted);
        let mut sum = Tally::default();
        for (member, tally) in waiting {
            sum = sum.plus(tally);
            self.change_usage(space, Some(&member), |row| {
                row.usage.messages = row.usage.messages.plus(tally);
            })?;
        }
        self.change_usage(space, None, |row| {
            row.usage.messages = row.usage.messages.plus(sum);
            row.counted_event = counted_event;
        })
    }

    /// Adds to and takes from what is counted of a member, or of the space.
    pub(super) fn count(
        &mut self,
        space: &SpaceId,
        of: Option<&MemberId>,
        kind: Kind,
        added: Tally,
        removed: Tally,
    ) -> Result<(), BackendError> {
        if added == removed {
            return Ok(());
        }
        self.change_usage(space, of, |row| {
            let tally = kind(&mut row.usage);
            *tally = tally.plus(added).minus(removed);
        })
    }

    /// Up to which event the messages of a space are counted in the table.
    pub(super) fn counted_event(&self, space: &SpaceId) -> Result<i64, BackendError> {
        Ok(read::usage::row(self.database, space, None)?.counted_event)
    }

    pub(super) fn change_usage(
        &mut self,
        space: &SpaceId,
        of: Option<&MemberId>,
        change: impl FnOnce(&mut UsageRow),
    ) -> Result<(), BackendError> {
        let mut row = read::usage::row(self.database, space, of)?;
        change(&mut row);
        let UsageRow {
            usage,
            counted_event,
        } = row;
        self.execute(
            Sql::SET_USAGE,
            params![
                space.as_bytes(),
                of.map(|member| member.to_bytes().to_vec())
                    .unwrap_or_default(),
                usage.messages.count.cast_signed(),
                usage.messages.bytes.cast_signed(),
                usage.entries.count.cast_signed(),
                usage.entries.bytes.cast_signed(),
                usage.blobs.count.cast_signed(),
                usage.blobs.bytes.cast_signed(),
                counted_event,
                checksum_of_usage(space, of, &usage, counted_event),
            ],
        )?;
        Ok(())
    }
}
