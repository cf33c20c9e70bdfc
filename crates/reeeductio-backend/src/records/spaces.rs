//! Spaces as a whole: which there are, what they hold, and their removal.

use async_trait::async_trait;
use reeeductio_proto::{MemberId, SpaceId, TopicId};

use super::{Moved, Operator, PageLimit, Usage};
use crate::{BackendError, ObjectName};

/// Removes a part of what a space holds, for good.
#[derive(Clone, Debug)]
pub struct Purge {
    /// The space.
    pub space: SpaceId,
    /// The judgement, made in the admin space, in which the space must not be registered; `None` where there is no
    /// admin space.
    pub operator: Option<Operator>,
    /// Others in which the space must not be registered.
    pub apps: Vec<SpaceId>,
    /// Rows that are removed, whatever they are, and the bytes of their content.
    pub limit: PageLimit,
}

/// Outcome of a [`Purge`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PurgeOutcome {
    /// The judgement does not stand any more: nothing was removed.
    JudgementMoved(Moved),
    /// Durable.
    Purged(Purged),
    /// The space is registered: nothing was removed.
    Registered,
}

/// Result of a step of [`Spaces::purge`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Purged {
    /// Messages, data entries, blobs and inbox items that were removed.
    pub removed: u64,
    /// Objects that no record names any more; the caller deletes them.
    pub orphans: Vec<ObjectName>,
    /// Whether anything of the space is left: then the caller takes another step.
    pub has_more: bool,
}

/// Spaces as a whole.
#[async_trait]
pub trait Spaces {
    /// Spaces that hold anything or whose purge is not finished, sorting after `after`, in order, at most `limit`.
    async fn spaces(
        &self,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpaceId>, BackendError>;

    /// Topics of a space, sorted.
    async fn topics(&self, space: SpaceId) -> Result<Vec<TopicId>, BackendError>;

    /// Returns the usage of a space, or of one of its members.
    async fn usage(&self, space: SpaceId, member: Option<MemberId>) -> Result<Usage, BackendError>;

    /// Takes a step of removing a space. Writes that were judged by a registration of it do not come after: see
    /// [`Judged`](super::Judged). From the first step to the last the space cannot be registered: see
    /// [`AppendOutcome::PurgeUnfinished`](super::AppendOutcome::PurgeUnfinished). [`usage`](Self::usage) is counted
    /// down.
    async fn purge(&self, purge: Purge) -> Result<PurgeOutcome, BackendError>;
}
