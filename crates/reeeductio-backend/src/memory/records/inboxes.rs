//! Inboxes in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use reeeductio_proto::{MemberId, SpaceId};

use super::space::Space;
use super::{MemoryRecords, page};
use crate::{
    AcknowledgeItems, AcknowledgeItemsOutcome, BackendError, InboxItem, InboxRange, Inboxes,
    ItemLeft, Page, PostItem, PostItemOutcome, RECEIPT_TIME, RECEIPTS, Tally,
};

/// The inbox of a member.
#[derive(Clone, Default)]
pub(super) struct Inbox {
    /// By the time they were received.
    items: BTreeMap<i64, StoredItem>,
    /// Of acknowledged items, by their ids.
    receipts: BTreeMap<[u8; 16], Receipt>,
}

#[derive(Clone)]
struct StoredItem {
    item: InboxItem,
    digest: [u8; 32],
    kept_until: i64,
}

#[derive(Clone)]
struct Receipt {
    digest: [u8; 32],
    received_at: i64,
    kept_until: i64,
}

impl Inbox {
    fn find(&self, id: [u8; 16]) -> Option<&StoredItem> {
        self.items.values().find(|stored| stored.item.id == id)
    }

    /// The digest and the time of an item that is here, or was.
    fn known(&self, id: [u8; 16]) -> Option<([u8; 32], i64)> {
        let item = self.find(id);
        let item = item.map(|stored| (stored.digest, stored.item.received_at));
        let receipt = || self.receipts.get(&id);
        item.or_else(|| receipt().map(|receipt| (receipt.digest, receipt.received_at)))
    }

    /// How much is here, in all or from one sender.
    fn tally(&self, sender: Option<MemberId>) -> Tally {
        self.items
            .values()
            .filter(|stored| sender.is_none_or(|sender| stored.item.sender == sender))
            .fold(Tally::default(), |sum, stored| {
                sum.plus(stored.item.tally())
            })
    }

    /// Forgets the receipts that end first, where there are too many.
    fn limit_receipts(&mut self) {
        while self.receipts.len() > RECEIPTS {
            let ends = |(id, receipt): (&[u8; 16], &Receipt)| (receipt.kept_until, *id);
            let Some((_, first)) = self.receipts.iter().map(ends).min() else {
                return;
            };
            self.receipts.remove(&first);
        }
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty() && self.receipts.is_empty()
    }
}

impl Space {
    /// Counts an item down that was removed.
    fn count_item_down(&mut self, item: &InboxItem) {
        for of in [None, Some(item.sender)] {
            self.subtract(of, |usage| &mut usage.messages, item.tally());
        }
    }

    /// Removes an item or a receipt of a space that is purged; returns how many items that were, and their bytes.
    pub(super) fn purge_inbox_item(&mut self) -> Option<(u64, u64)> {
        let mut inbox = self.inboxes.first_entry()?;
        let item = inbox.get_mut().items.pop_first();
        let receipt = match item {
            Some(_) => None,
            None => inbox.get_mut().receipts.pop_first(),
        };
        if inbox.get().is_empty() {
            inbox.remove();
        }
        match (item, receipt) {
            (Some((_, StoredItem { item, .. })), _) => {
                self.count_item_down(&item);
                Some((1, item.tally().bytes))
            }
            (None, Some(_)) => Some((0, 0)),
            (None, None) => None,
        }
    }

    fn post_item(&mut self, post: PostItem) -> (PostItemOutcome, Option<ItemLeft>) {
        let (space, recipient) = (post.space, post.recipient);
        let outcome = self.store_item(post);
        let is_new = matches!(outcome, PostItemOutcome::Stored { is_new: true, .. });
        let newest = self.inboxes.get(&recipient);
        let newest = newest.and_then(|inbox| inbox.items.last_key_value());
        let left = newest.filter(|_| is_new).map(|(_, stored)| ItemLeft {
            space,
            recipient,
            item: stored.item.clone(),
        });
        (outcome, left)
    }

    fn store_item(&mut self, post: PostItem) -> PostItemOutcome {
        let PostItem {
            recipient,
            mut item,
            digest,
            kept_until,
            tool_use,
            limits,
            quotas,
            ..
        } = post;
        let inbox = self.inboxes.entry(recipient).or_default();
        match inbox.known(item.id) {
            Some((there, received_at)) if there == digest => {
                return PostItemOutcome::Stored {
                    received_at,
                    is_new: false,
                };
            }
            Some(_) => return PostItemOutcome::Exists,
            None => {}
        }
        let (all, of_sender) = (inbox.tally(None), inbox.tally(Some(item.sender)));
        let newest = inbox.items.last_key_value().map(|(at, _)| *at);
        if !self.tool_may(tool_use, 1) {
            return PostItemOutcome::ToolUsedUp;
        }
        let (added, none) = (item.tally(), Tally::default());
        if let Err(full) = limits.check(all, of_sender, added) {
            return PostItemOutcome::Full(full);
        }
        let allowed = self.check_quotas(
            &quotas,
            |usage| &mut usage.messages,
            (added, none),
            (item.sender, added, none),
        );
        if let Err(over) = allowed {
            return PostItemOutcome::OverQuota(over);
        }
        if let Some(newest) = newest {
            item.received_at = item.received_at.max(newest.saturating_add(1));
        }
        let received_at = item.received_at;
        self.count(tool_use, 1);
        for of in [None, Some(item.sender)] {
            self.add(of, |usage| &mut usage.messages, added);
        }
        let stored = StoredItem {
            item,
            digest,
            kept_until,
        };
        let inbox = self.inboxes.entry(recipient).or_default();
        inbox.items.insert(received_at, stored);
        PostItemOutcome::Stored {
            received_at,
            is_new: true,
        }
    }

    fn acknowledge_item(&mut self, recipient: MemberId, id: [u8; 16], now: i64) -> bool {
        let Some(inbox) = self.inboxes.get_mut(&recipient) else {
            return false;
        };
        let at = inbox.find(id).map(|stored| stored.item.received_at);
        let Some(StoredItem {
            item,
            digest,
            kept_until,
        }) = at.and_then(|at| inbox.items.remove(&at))
        else {
            return false;
        };
        let receipt = Receipt {
            digest,
            received_at: item.received_at,
            kept_until: kept_until.min(now.saturating_add(RECEIPT_TIME)),
        };
        inbox.receipts.insert(id, receipt);
        inbox.limit_receipts();
        self.count_item_down(&item);
        true
    }

    /// Removes an item that was kept until `kept_until`, by its recipient and the time it was received.
    fn remove_item(&mut self, recipient: MemberId, received_at: i64) {
        let inbox = self.inboxes.get_mut(&recipient);
        let removed = inbox.and_then(|inbox| inbox.items.remove(&received_at));
        if let Some(StoredItem { item, .. }) = removed {
            self.count_item_down(&item);
        }
    }
}

#[async_trait]
impl Inboxes for MemoryRecords {
    async fn post_item(&self, post: PostItem) -> Result<PostItemOutcome, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        if let Some(moved) = all.judgement_moved(post.space, post.judged) {
            return Ok(PostItemOutcome::JudgementMoved(moved));
        }
        let (outcome, left) = all.spaces.entry(post.space).or_default().post_item(post);
        // Still holding the lock, so that the sink receives items in their order.
        if let Some(left) = left {
            self.publish_item(left);
        }
        self.answered(outcome)
    }

    async fn inbox(
        &self,
        space: SpaceId,
        recipient: MemberId,
        range: InboxRange,
    ) -> Result<Page<InboxItem>, BackendError> {
        let found = self.read(space, |space| {
            let items = space.inboxes.get(&recipient).into_iter();
            let items = items
                .flat_map(|inbox| inbox.items.values())
                .filter(|stored| {
                    stored.item.received_at > range.after && stored.kept_until > range.now
                })
                .map(|stored| stored.item.clone());
            page(items, range.limit, |item| item.sealed.len())
        });
        Ok(found.unwrap_or_else(|| page(std::iter::empty(), range.limit, |_| 0)))
    }

    async fn acknowledge_items(
        &self,
        acknowledge: AcknowledgeItems,
    ) -> Result<AcknowledgeItemsOutcome, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        let AcknowledgeItems {
            space,
            recipient,
            items,
            now,
            judged,
        } = acknowledge;
        if let Some(moved) = all.judgement_moved(space, judged) {
            return Ok(AcknowledgeItemsOutcome::JudgementMoved(moved));
        }
        let space = all.spaces.entry(space).or_default();
        let removed = items
            .into_iter()
            .filter(|id| space.acknowledge_item(recipient, *id, now))
            .count();
        Ok(AcknowledgeItemsOutcome::Removed(removed))
    }

    async fn remove_expired_items(&self, now: i64, limit: usize) -> Result<usize, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        let (mut items, mut receipts) = (Vec::new(), Vec::new());
        for (id, space) in &all.spaces {
            for (recipient, inbox) in &space.inboxes {
                let over = inbox
                    .items
                    .iter()
                    .filter(|(_, item)| item.kept_until <= now);
                items.extend(over.map(|(at, item)| (item.kept_until, *id, *recipient, *at)));
                let over = inbox
                    .receipts
                    .iter()
                    .filter(|(_, receipt)| receipt.kept_until <= now);
                receipts
                    .extend(over.map(|(at, receipt)| (receipt.kept_until, *id, *recipient, *at)));
            }
        }
        items.sort_unstable();
        items.truncate(limit);
        receipts.sort_unstable();
        receipts.truncate(limit);
        for (_, space, recipient, at) in &items {
            if let Some(space) = all.spaces.get_mut(space) {
                space.remove_item(*recipient, *at);
            }
        }
        for (_, space, recipient, id) in &receipts {
            let space = all.spaces.get_mut(space);
            if let Some(inbox) = space.and_then(|space| space.inboxes.get_mut(recipient)) {
                inbox.receipts.remove(id);
            }
        }
        Ok(items.len() + receipts.len())
    }
}
