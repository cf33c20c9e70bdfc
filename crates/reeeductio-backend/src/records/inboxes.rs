//! Inboxes: items that members leave for one member, until that one acknowledges them or their time is over.

use std::sync::Arc;

use async_trait::async_trait;
use reeeductio_proto::{MemberId, Signature, SpaceId};

use super::{Judged, Moved, OverQuota, Page, PageLimit, Quotas, Tally, ToolUse};
use crate::BackendError;

/// Milliseconds for which a repeated posting of an acknowledged item is recognised.
pub const RECEIPT_TIME: i64 = 24 * 60 * 60 * 1000;
/// Most acknowledged items of an inbox of which a repeated posting is recognised.
pub const RECEIPTS: usize = 10_000;

/// An item in an inbox, as its sender posted it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InboxItem {
    /// 16 bytes that the sender chose.
    pub id: [u8; 16],
    /// Member who posted it.
    pub sender: MemberId,
    /// Content, sealed to the recipient.
    pub sealed: Arc<[u8]>,
    /// The sender's signature.
    pub signature: Signature,
    /// The time that the sender signed, Unix milliseconds; 0 for none.
    pub expires: u64,
    /// When it was stored, Unix milliseconds. Increases strictly within an inbox while anything is in it.
    pub received_at: i64,
}

impl InboxItem {
    /// One item: the bytes of what is sealed.
    pub fn tally(&self) -> Tally {
        Tally::one(self.sealed.len() as u64)
    }
}

/// An item that was stored just now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ItemLeft {
    /// The space.
    pub space: SpaceId,
    /// The member whose inbox it is in.
    pub recipient: MemberId,
    /// The item.
    pub item: InboxItem,
}

/// Most that an inbox holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InboxLimits {
    /// In all.
    pub inbox: Tally,
    /// From one sender.
    pub sender: Tally,
}

impl Default for InboxLimits {
    /// Those of `spec/protocol.md`: 10,000 items and 64 MiB, an eighth of it from one sender.
    fn default() -> Self {
        Self {
            inbox: Tally {
                count: 10_000,
                bytes: 64 << 20,
            },
            sender: Tally {
                count: 1_250,
                bytes: 8 << 20,
            },
        }
    }
}

impl InboxLimits {
    /// Checks that `added` fits beside what the inbox holds in all, and of it from the sender.
    pub fn check(&self, inbox: Tally, sender: Tally, added: Tally) -> Result<(), InboxFull> {
        let fits = |limit: Tally, held: Tally| {
            let wanted = held.plus(added);
            wanted.count <= limit.count && wanted.bytes <= limit.bytes
        };
        if !fits(self.sender, sender) {
            return Err(InboxFull::OfSender);
        }
        if !fits(self.inbox, inbox) {
            return Err(InboxFull::InAll);
        }
        Ok(())
    }
}

/// The part of an inbox that is full.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InboxFull {
    /// All of it.
    InAll,
    /// The part that one sender may fill.
    OfSender,
}

/// Stores an item in the inbox of a member.
#[derive(Clone, Debug)]
pub struct PostItem {
    /// The space.
    pub space: SpaceId,
    /// The member it is for.
    pub recipient: MemberId,
    /// The item. Its `received_at` is the earliest acceptable one, and is raised to that of the newest item in the inbox plus one
    /// where that is later.
    pub item: InboxItem,
    /// A hash of the sender and of all that the sender has signed: an item with the same id and hash is the same one.
    pub digest: [u8; 32],
    /// Until when it is kept, Unix milliseconds.
    pub kept_until: i64,
    /// `None` if nothing was judged.
    pub judged: Option<Judged>,
    /// Counted only if the item is stored and was not there.
    pub tool_use: Option<ToolUse>,
    /// Most that the inbox holds.
    pub limits: InboxLimits,
    /// Quotas of the space and the sender, for messages: items count among them.
    pub quotas: Quotas,
}

/// Outcome of a [`PostItem`]. Where several refusals apply it is the first of this order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PostItemOutcome {
    /// The judgement does not stand any more: nothing was written.
    JudgementMoved(Moved),
    /// Another item with this id is in the inbox, or there is a receipt of one: nothing was written.
    Exists,
    /// The tool has no uses left: nothing was written.
    ToolUsedUp,
    /// The inbox holds as much as it may: nothing was written.
    Full(InboxFull),
    /// The space or the sender may not store more: nothing was written.
    OverQuota(OverQuota),
    /// Durable. The same item that was posted before, and may have been acknowledged since, is not stored again.
    Stored {
        /// `received_at` of the item, Unix milliseconds.
        received_at: i64,
        /// Whether it was stored now.
        is_new: bool,
    },
}

/// Which items of an inbox to list: the oldest first.
#[derive(Clone, Copy, Debug)]
pub struct InboxRange {
    /// Items received after this time, Unix milliseconds.
    pub after: i64,
    /// The time now, Unix milliseconds: items whose time is over are left out.
    pub now: i64,
    /// Length of the page; bytes are those of what is sealed.
    pub limit: PageLimit,
}

/// Removes items from an inbox because the recipient has them.
#[derive(Clone, Debug)]
pub struct AcknowledgeItems {
    /// The space.
    pub space: SpaceId,
    /// The member whose inbox it is.
    pub recipient: MemberId,
    /// Their ids. Those that are not there are passed over.
    pub items: Vec<[u8; 16]>,
    /// The time now, Unix milliseconds.
    pub now: i64,
    /// `None` if nothing was judged.
    pub judged: Option<Judged>,
}

/// Outcome of an [`AcknowledgeItems`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AcknowledgeItemsOutcome {
    /// The judgement does not stand any more: nothing was removed.
    JudgementMoved(Moved),
    /// Durable; how many were there.
    Removed(usize),
}

/// Inboxes of members.
///
/// An item that is acknowledged or expires is gone for good, and counted down in the usage of its sender and its space. Of an
/// acknowledged item a receipt stays, its id, its digest and its time, so that a repeated posting does not store it again: for
/// [`RECEIPT_TIME`], but no longer than the item would have been kept. Beyond [`RECEIPTS`] of an inbox those that end first go.
#[async_trait]
pub trait Inboxes {
    /// Stores an item.
    async fn post_item(&self, post: PostItem) -> Result<PostItemOutcome, BackendError>;

    /// Lists an inbox.
    async fn inbox(
        &self,
        space: SpaceId,
        recipient: MemberId,
        range: InboxRange,
    ) -> Result<Page<InboxItem>, BackendError>;

    /// Removes acknowledged items.
    async fn acknowledge_items(
        &self,
        acknowledge: AcknowledgeItems,
    ) -> Result<AcknowledgeItemsOutcome, BackendError>;

    /// Removes items, of all spaces, that were kept until `now` (Unix milliseconds) or before, and receipts that ended by
    /// then, the oldest first; returns how many of both, `limit` of each at most.
    async fn remove_expired_items(&self, now: i64, limit: usize) -> Result<usize, BackendError>;
}
