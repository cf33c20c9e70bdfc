//! The event trees of spaces (`spec/crypto.md`, "The event tree").

use std::ops::Range;

use async_trait::async_trait;
use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{MessageId, SpaceId};

use crate::BackendError;

/// The place of an event in the tree of its space.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Leaf {
    /// Number of the event, from 0.
    pub number: u64,
    /// The newest message of the topic `state` before the event.
    pub state: Option<MessageId>,
}

/// The tree of a space at a moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TreeHead {
    /// Names the history that the tree is of.
    pub incarnation: [u8; 8],
    /// How many leaves it has.
    pub size: u64,
    /// Its root.
    pub root: TreeHash,
}

/// The end of an incarnation by the restore of a backup.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Restore {
    /// The tree as it was restored.
    pub old: TreeHead,
    /// The incarnation since.
    pub new: [u8; 8],
    /// The operator's signature of the statement.
    pub signature: Option<[u8; 64]>,
}

/// The event trees of spaces. A space has one from its policy on: see [`Append::begins_tree`](super::Append::begins_tree).
#[async_trait]
pub trait Trees {
    /// The tree of a space as of the last commit; `None` if the space has none.
    async fn tree(&self, space: SpaceId) -> Result<Option<TreeHead>, BackendError>;

    /// The hash of a leaf; `None` beyond the size.
    async fn leaf(&self, space: SpaceId, number: u64) -> Result<Option<TreeHash>, BackendError>;

    /// The roots of ranges of leaves, as [`inclusion_ranges`](reeeductio_proto::tree::inclusion_ranges) and
    /// [`consistency_ranges`](reeeductio_proto::tree::consistency_ranges) give them. `None` if one of them is empty,
    /// ends beyond the size, or is not a range of a proof.
    async fn range_roots(
        &self,
        space: SpaceId,
        ranges: Vec<Range<u64>>,
    ) -> Result<Option<Vec<TreeHash>>, BackendError>;

    /// Begins an incarnation, after a restore; the tree goes on. `None` if the space has none. To renew it to the
    /// incarnation that it has changes nothing and returns its restore, if it began with one.
    async fn renew_tree(
        &self,
        space: SpaceId,
        incarnation: [u8; 8],
    ) -> Result<Option<Restore>, BackendError>;

    /// Stores the operator's signature of the restore that began an incarnation. Returns whether there is one.
    async fn sign_restore(
        &self,
        space: SpaceId,
        incarnation: [u8; 8],
        signature: [u8; 64],
    ) -> Result<bool, BackendError>;

    /// The restores of a space, in their order.
    async fn restores(&self, space: SpaceId) -> Result<Vec<Restore>, BackendError>;
}

/// Returns whether a range may be one of a proof in a tree of this size.
pub fn is_proof_range(range: &Range<u64>, size: u64) -> bool {
    let Some(length) = range.end.checked_sub(range.start) else {
        return false;
    };
    let begins = length
        .checked_next_power_of_two()
        .is_some_and(|perfect| range.start.is_multiple_of(perfect));
    length > 0 && begins && range.end <= size
}
