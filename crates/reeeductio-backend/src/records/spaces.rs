//! Spaces as a whole: which there are, what they hold, and their removal.

use async_trait::async_trait;
use reeeductio_proto::{MemberId, SpaceId, TopicId};

use super::Usage;
use crate::{BackendError, ObjectName};

/// What a step of [`Spaces::purge`] did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Purged {
    /// Objects that no record names any more; the caller deletes them.
    pub orphans: Vec<ObjectName>,
    /// Whether anything of the space is left: then the caller takes another step.
    pub has_more: bool,
}

/// Spaces as a whole.
#[async_trait]
pub trait Spaces {
    /// Spaces that hold anything, sorting after `after`, in order, at most `limit`.
    async fn spaces(
        &self,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpaceId>, BackendError>;

    /// Topics of a space, sorted.
    async fn topics(&self, space: SpaceId) -> Result<Vec<TopicId>, BackendError>;

    /// What a space stores, or one of its members.
    async fn usage(&self, space: SpaceId, member: Option<MemberId>) -> Result<Usage, BackendError>;

    /// Removes up to about `limit` rows of a space, for good. Not to be called while members use it.
    async fn purge(&self, space: SpaceId, limit: usize) -> Result<Purged, BackendError>;
}
