//! Inboxes.

use std::collections::HashMap;

use reeeductio_backend::{
    AcknowledgeItems, AcknowledgeItemsOutcome, BackendError, InboxItem, ItemLeft, PostItem,
    PostItemOutcome, RECEIPT_TIME, RECEIPTS, Tally,
};
use reeeductio_proto::{MemberId, SpaceId};
use rusqlite::params;

use super::Batch;
use super::cache::room;
use super::purge::Step;
use super::usage::Kind;
use crate::inbox_row::{ItemRow, Receipt, checksum_of_item, checksum_of_receipt};
use crate::payload_seal;
use crate::read;
use crate::read::inboxes::{ItemPlace, StoredItem};
use crate::statements::Sql;

/// Items count among the messages.
const MESSAGES: Kind = |usage| &mut usage.messages;

/// Cached facts about inboxes.
#[derive(Default)]
pub(crate) struct KnownInboxes {
    /// How much they hold, in all or from one sender.
    held: HashMap<(SpaceId, MemberId, Option<MemberId>), Tally>,
    /// How many receipts there are for them.
    receipts: HashMap<(SpaceId, MemberId), u64>,
}

impl KnownInboxes {
    /// Forgets a space that is being purged.
    pub(super) fn forget(&mut self, id: &SpaceId) {
        self.held.retain(|(space, ..), _| space != id);
        self.receipts.retain(|(space, _), _| space != id);
    }
}

impl Batch<'_> {
    pub(crate) fn post_item(&mut self, post: &PostItem) -> Result<PostItemOutcome, BackendError> {
        let PostItem {
            space,
            recipient,
            item,
            ..
        } = post;
        if let Some(moved) = self.judgement_moved(space, post.judged)? {
            return Ok(PostItemOutcome::JudgementMoved(moved));
        }
        let known = read::inboxes::known(self.database, space, recipient, item.id)?;
        match known {
            Some((digest, received_at)) if digest == post.digest => {
                return Ok(PostItemOutcome::Stored {
                    received_at,
                    is_new: false,
                });
            }
            Some(_) => return Ok(PostItemOutcome::Exists),
            None => {}
        }
        if !self.tool_may(space, post.tool_use, 1)? {
            return Ok(PostItemOutcome::ToolUsedUp);
        }
        let added = item.tally();
        let all = self.held(space, recipient, None)?;
        let of_sender = self.held(space, recipient, Some(&item.sender))?;
        if let Err(full) = post.limits.check(all, of_sender, added) {
            return Ok(PostItemOutcome::Full(full));
        }
        let allowed = self.check_messages(space, &item.sender, added, &post.quotas)?;
        if let Err(over) = allowed {
            return Ok(PostItemOutcome::OverQuota(over));
        }
        let newest = read::inboxes::newest(self.database, space, recipient)?;
        let earliest = newest.map_or(i64::MIN, |newest| newest.saturating_add(1));
        let item = InboxItem {
            received_at: item.received_at.max(earliest),
            ..item.clone()
        };
        self.store_item(post, &item)?;
        self.count_tool_use(space, post.tool_use, 1)?;
        self.count_item(space, recipient, &item.sender, |tally| tally.plus(added))?;
        let received_at = item.received_at;
        self.left.push(ItemLeft {
            space: *space,
            recipient: *recipient,
            item,
        });
        Ok(PostItemOutcome::Stored {
            received_at,
            is_new: true,
        })
    }

    fn store_item(&mut self, post: &PostItem, item: &InboxItem) -> Result<(), BackendError> {
        let (key, place_of_key) = self.add_payload_key()?;
        let sealed = payload_seal::seal(&key, &item.sealed)?;
        let row = ItemRow {
            item,
            bytes: item.tally().bytes,
            digest: post.digest,
            kept_until: post.kept_until,
            key: place_of_key,
            sealed: &sealed,
        };
        self.execute(
            Sql::INSERT_ITEM,
            params![
                post.space.as_bytes(),
                post.recipient.to_bytes(),
                item.received_at,
                item.id,
                item.sender.to_bytes(),
                row.bytes.cast_signed(),
                item.signature.to_bytes(),
                row.digest,
                item.expires.cast_signed(),
                row.kept_until,
                row.key.block,
                row.key.slot,
                row.sealed,
                checksum_of_item(&post.space, &post.recipient, &row),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn acknowledge_items(
        &mut self,
        acknowledge: &AcknowledgeItems,
    ) -> Result<AcknowledgeItemsOutcome, BackendError> {
        let AcknowledgeItems {
            space,
            recipient,
            items,
            now,
            judged,
        } = acknowledge;
        if let Some(moved) = self.judgement_moved(space, *judged)? {
            return Ok(AcknowledgeItemsOutcome::JudgementMoved(moved));
        }
        let mut removed = 0;
        for id in items {
            let Some(StoredItem {
                place,
                digest,
                received_at,
                kept_until,
            }) = read::inboxes::item(self.database, space, recipient, *id)?
            else {
                continue;
            };
            self.remove_item(&place)?;
            let receipt = Receipt {
                item: *id,
                digest,
                received_at,
                kept_until: kept_until.min(now.saturating_add(RECEIPT_TIME)),
            };
            self.add_receipt(space, recipient, &receipt)?;
            removed += 1;
        }
        self.limit_receipts(space, recipient)?;
        Ok(AcknowledgeItemsOutcome::Removed(removed))
    }

    pub(crate) fn remove_expired_items(
        &mut self,
        now: i64,
        limit: usize,
    ) -> Result<usize, BackendError> {
        let items = read::inboxes::expired(self.database, now, limit)?;
        for place in &items {
            self.remove_item(place)?;
        }
        let receipts = read::inboxes::ended_receipts(self.database, now, limit)?;
        for (space, recipient, item) in &receipts {
            self.execute(
                Sql::DELETE_RECEIPT,
                params![space.as_bytes(), recipient.to_bytes(), item],
            )?;
            let known = self.cache.inboxes.receipts.get_mut(&(*space, *recipient));
            if let Some(count) = known {
                *count = count.saturating_sub(1);
            }
        }
        Ok(items.len() + receipts.len())
    }

    /// Removes items of a space that is purged, as many as the step may.
    pub(super) fn purge_items(&mut self, step: &mut Step) -> Result<(), BackendError> {
        let mut left = step.rows_left();
        for place in read::inboxes::first(self.database, step.space(), left)? {
            if left == 0 || !step.goes_on() {
                break;
            }
            left -= 1;
            self.erase_item(&place)?;
            step.remove(place.sender, MESSAGES, place.bytes);
        }
        Ok(())
    }

    /// Removes an item and counts it down.
    fn remove_item(&mut self, place: &ItemPlace) -> Result<(), BackendError> {
        self.erase_item(place)?;
        let removed = Tally::one(place.bytes);
        let ItemPlace {
            space,
            recipient,
            sender,
            ..
        } = place;
        self.count_item(space, recipient, sender, |tally| tally.minus(removed))
    }

    /// Removes an item, and its key.
    fn erase_item(&mut self, place: &ItemPlace) -> Result<(), BackendError> {
        self.execute(Sql::DELETE_ITEM, [place.row])?;
        self.forget_payload_key(place.key)?;
        self.erases = true;
        Ok(())
    }

    /// Counts an item of an inbox up or down: for the inbox, for its sender, and for the space.
    fn count_item(
        &mut self,
        space: &SpaceId,
        recipient: &MemberId,
        sender: &MemberId,
        change: impl Fn(Tally) -> Tally,
    ) -> Result<(), BackendError> {
        for from in [None, Some(*sender)] {
            let known = self.cache.inboxes.held.get_mut(&(*space, *recipient, from));
            if let Some(tally) = known {
                *tally = change(*tally);
            }
        }
        for of in [None, Some(sender)] {
            self.change_usage(space, of, |row| {
                row.usage.messages = change(row.usage.messages);
            })?;
        }
        Ok(())
    }

    /// How much an inbox holds, in all or from one sender.
    fn held(
        &mut self,
        space: &SpaceId,
        recipient: &MemberId,
        sender: Option<&MemberId>,
    ) -> Result<Tally, BackendError> {
        let key = (*space, *recipient, sender.copied());
        if let Some(tally) = self.cache.inboxes.held.get(&key) {
            return Ok(*tally);
        }
        let tally = read::inboxes::held(self.database, space, recipient, sender)?;
        room(&mut self.cache.inboxes.held);
        self.cache.inboxes.held.insert(key, tally);
        Ok(tally)
    }

    fn add_receipt(
        &mut self,
        space: &SpaceId,
        recipient: &MemberId,
        receipt: &Receipt,
    ) -> Result<(), BackendError> {
        self.execute(
            Sql::INSERT_RECEIPT,
            params![
                space.as_bytes(),
                recipient.to_bytes(),
                receipt.item,
                receipt.digest,
                receipt.received_at,
                receipt.kept_until,
                checksum_of_receipt(space, recipient, receipt),
            ],
        )?;
        let known = self.cache.inboxes.receipts.get_mut(&(*space, *recipient));
        if let Some(count) = known {
            *count += 1;
        }
        Ok(())
    }

    /// Removes the receipts that end first, where there are too many.
    fn limit_receipts(
        &mut self,
        space: &SpaceId,
        recipient: &MemberId,
    ) -> Result<(), BackendError> {
        let key = (*space, *recipient);
        let count = match self.cache.inboxes.receipts.get(&key) {
            Some(count) => *count,
            None => read::inboxes::receipts(self.database, space, recipient)?,
        };
        let over = count.saturating_sub(RECEIPTS as u64);
        if over > 0 {
            self.execute(
                Sql::DELETE_FIRST_RECEIPTS,
                params![space.as_bytes(), recipient.to_bytes(), over.cast_signed()],
            )?;
        }
        room(&mut self.cache.inboxes.receipts);
        self.cache.inboxes.receipts.insert(key, count - over);
        Ok(())
    }
}
