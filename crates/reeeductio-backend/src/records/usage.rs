//! Usage and quotas of spaces and members.

use reeeductio_proto::DataEntry;

/// How much there is of something.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Tally {
    /// One item of this many bytes.
    pub fn one(bytes: u64) -> Self {
        Self { count: 1, bytes }
    }

    /// One data entry: the bytes of `data` and of the path. A deleted entry keeps its path and its time, so
    /// it counts without its data.
    pub fn entry(entry: &DataEntry) -> Self {
        Self::one((entry.data.len() + entry.path.as_str().len()) as u64)
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// Without the other.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_sub(other.count),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

/// Amount that a space or a member stores.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// Messages: bytes of `data`, `type` and the payload, while it is there. Also what is in inboxes: bytes of what is sealed.
    pub messages: Tally,
    /// Data entries, deleted ones included: bytes of `data` and of the path.
    pub entries: Tally,
    /// Blobs; of a member, its references.
    pub blobs: Tally,
}

/// How much of one kind may be stored; `None` for any amount.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Quota {
    /// Items.
    pub count: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
}

impl Quota {
    /// Returns whether this much is allowed.
    pub fn allows(&self, tally: Tally) -> bool {
        self.count.is_none_or(|count| tally.count <= count)
            && self.bytes.is_none_or(|bytes| tally.bytes <= bytes)
    }

    /// Returns whether there is no limit at all.
    pub fn is_unlimited(&self) -> bool {
        self.count.is_none() && self.bytes.is_none()
    }
}

/// How much of the kind that is written may be stored.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Quotas {
    /// By the whole space.
    pub space: Quota,
    /// By the member who writes.
    pub member: Quota,
}

impl Quotas {
    /// Checks that a space and a member may store this much. A write that adds neither items nor bytes is
    /// always allowed, even above a quota that was lowered.
    pub fn check(&self, space: Growth, member: Growth) -> Result<(), OverQuota> {
        space.check(&self.space, QuotaOf::Space)?;
        member.check(&self.member, QuotaOf::Member)
    }
}

/// A tally before and after a write.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// Before.
    pub before: Tally,
    /// After.
    pub after: Tally,
}

impl Growth {
    fn check(self, quota: &Quota, of: QuotaOf) -> Result<(), OverQuota> {
        let Self { before, after } = self;
        if after.count <= before.count && after.bytes <= before.bytes {
            return Ok(());
        }
        let bounds = [
            (QuotaUnit::Items, quota.count, before.count, after.count),
            (QuotaUnit::Bytes, quota.bytes, before.bytes, after.bytes),
        ];
        for (unit, limit, stored, wanted) in bounds {
            if let Some(limit) = limit
                && wanted > limit
            {
                return Err(OverQuota {
                    of,
                    unit,
                    limit,
                    stored,
                });
            }
        }
        Ok(())
    }
}

/// The quota that a write would exceed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OverQuota {
    /// Holder of the quota.
    pub of: QuotaOf,
    /// Unit of the quota.
    pub unit: QuotaUnit,
    /// The most that may be stored.
    pub limit: u64,
    /// Amount stored, without the write.
    pub stored: u64,
}

/// Holder of a quota.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum QuotaOf {
    /// The member's.
    Member,
    /// The space's.
    Space,
}

/// Unit of a quota.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum QuotaUnit {
    /// Items.
    Items,
    /// Their bytes.
    Bytes,
}
