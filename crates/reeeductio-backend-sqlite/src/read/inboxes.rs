//! Inboxes.

use std::sync::Arc;

use reeeductio_backend::{BackendError, InboxItem, InboxPlace, InboxRange, Page, PageLimit, Tally};
use reeeductio_proto::{MemberId, Signature, SpaceId};
use rusqlite::{Params, Row, params};

use super::limit_of;
use crate::database::Database;
use crate::failure::failure;
use crate::inbox_row::{ItemRow, Receipt, checksum_of_item, checksum_of_receipt};
use crate::payload_seal::{self, KEY};
use crate::row::{KeyPlace, check, malformed, member, space_id};
use crate::statements::Sql;

/// An item without its content, and where it lies.
pub(crate) struct StoredItem {
    pub(crate) place: ItemPlace,
    pub(crate) digest: [u8; 32],
    pub(crate) received_at: i64,
    pub(crate) kept_until: i64,
}

/// An item as far as removing it and counting it down needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemPlace {
    pub(crate) row: i64,
    pub(crate) space: SpaceId,
    pub(crate) recipient: MemberId,
    pub(crate) sender: MemberId,
    pub(crate) bytes: u64,
    pub(crate) key: KeyPlace,
}

/// A page of an inbox.
pub(crate) fn inbox(
    database: &Database,
    space: &SpaceId,
    recipient: &MemberId,
    range: InboxRange,
) -> Result<Page<InboxItem>, BackendError> {
    let InboxRange { after, now, limit } = range;
    let one_more = limit_of(limit.count.saturating_add(1));
    let parameters = params![space.as_bytes(), recipient.to_bytes(), after, now, one_more];
    database.page(Sql::INBOX, parameters, limit, |row| {
        let mut item = checked(row, space, recipient)?.0;
        let failed = failure("read an inbox item");
        let blob = |index| {
            row.get_ref(index)
                .and_then(|value| Ok(value.as_blob_or_null()?))
        };
        let sealed = blob(11).map_err(&failed)?.unwrap_or_default();
        let key: Option<&[u8; KEY]> = blob(13)
            .map_err(&failed)?
            .and_then(|key| key.try_into().ok());
        let opened = key.and_then(|key| payload_seal::open(key, sealed));
        let opened = opened.ok_or_else(|| malformed("an item that opens with its key"))?;
        let bytes = opened.len();
        item.sealed = opened.into();
        Ok::<_, BackendError>((item, bytes))
    })
}

/// Where the items in the inboxes of a space are.
pub(crate) fn every(
    database: &Database,
    space: &SpaceId,
    after: Option<InboxPlace>,
    limit: usize,
) -> Result<Vec<InboxPlace>, BackendError> {
    let failed = failure("list inboxes");
    let (recipient, received_at) = match after {
        None => (Vec::new(), i64::MIN),
        Some(place) => (place.recipient.to_bytes().to_vec(), place.received_at),
    };
    database.all(
        Sql::ITEM_PLACES,
        params![space.as_bytes(), recipient, received_at, limit_of(limit)],
        |row| {
            Ok(InboxPlace {
                recipient: member(blob(row, 0)?)?,
                received_at: row.get(1).map_err(&failed)?,
            })
        },
    )
}

/// The item at a place.
pub(crate) fn item_at(
    database: &Database,
    space: &SpaceId,
    place: InboxPlace,
) -> Result<Option<InboxItem>, BackendError> {
    let range = InboxRange {
        after: place.received_at.saturating_sub(1),
        now: i64::MIN,
        limit: PageLimit::count(1),
    };
    let page = inbox(database, space, &place.recipient, range)?;
    let found = page.items.into_iter().next();
    Ok(found.filter(|item| item.received_at == place.received_at))
}

/// An item by its id.
pub(crate) fn item(
    database: &Database,
    space: &SpaceId,
    recipient: &MemberId,
    id: [u8; 16],
) -> Result<Option<StoredItem>, BackendError> {
    database.first(
        Sql::INBOX_ITEM,
        params![space.as_bytes(), recipient.to_bytes(), id],
        |row| Ok(checked(row, space, recipient)?.1),
    )
}

/// The digest and the time of an item that is there, or of which there is a receipt.
pub(crate) fn known(
    database: &Database,
    space: &SpaceId,
    recipient: &MemberId,
    id: [u8; 16],
) -> Result<Option<([u8; 32], i64)>, BackendError> {
    if let Some(item) = item(database, space, recipient, id)? {
        return Ok(Some((item.digest, item.received_at)));
    }
    let failed = failure("read a receipt of an inbox item");
    database.first(
        Sql::INBOX_RECEIPT,
        params![space.as_bytes(), recipient.to_bytes(), id],
        |row| {
            let receipt = Receipt {
                item: id,
                digest: row.get(0).map_err(&failed)?,
                received_at: row.get(1).map_err(&failed)?,
                kept_until: row.get(2).map_err(&failed)?,
            };
            let computed = checksum_of_receipt(space, recipient, &receipt);
            let key = || format!("{space} {recipient}");
            check(
                "inbox_receipts",
                key,
                row.get(3).map_err(&failed)?,
                computed,
            )?;
            Ok((receipt.digest, receipt.received_at))
        },
    )
}

/// When the newest item of an inbox was received.
pub(crate) fn newest(
    database: &Database,
    space: &SpaceId,
    recipient: &MemberId,
) -> Result<Option<i64>, BackendError> {
    let failed = failure("read an inbox");
    database.first(
        Sql::NEWEST_ITEM,
        params![space.as_bytes(), recipient.to_bytes()],
        |row| row.get(0).map_err(&failed),
    )
}

/// How much an inbox holds, in all or from one sender.
pub(crate) fn held(
    database: &Database,
    space: &SpaceId,
    recipient: &MemberId,
    sender: Option<&MemberId>,
) -> Result<Tally, BackendError> {
    let failed = failure("count an inbox");
    let (space, recipient) = (space.as_bytes(), recipient.to_bytes());
    let read = |row: &Row<'_>| {
        let number = |index| row.get::<_, i64>(index).map_err(&failed);
        Ok::<_, BackendError>(Tally {
            count: number(0)?.cast_unsigned(),
            bytes: number(1)?.cast_unsigned(),
        })
    };
    let tally = match sender {
        None => database.first(Sql::INBOX_HELD, params![space, recipient], read)?,
        Some(sender) => database.first(
            Sql::INBOX_HELD_FROM,
            params![space, recipient, sender.to_bytes()],
            read,
        )?,
    };
    Ok(tally.unwrap_or_default())
}

/// How many receipts there are for an inbox.
pub(crate) fn receipts(
    database: &Database,
    space: &SpaceId,
    recipient: &MemberId,
) -> Result<u64, BackendError> {
    let failed = failure("count receipts of an inbox");
    let count = database.first(
        Sql::COUNT_RECEIPTS,
        params![space.as_bytes(), recipient.to_bytes()],
        |row| row.get::<_, i64>(0).map_err(&failed),
    )?;
    Ok(count.unwrap_or_default().cast_unsigned())
}

/// Items that were kept until a time or before, the oldest first.
pub(crate) fn expired(
    database: &Database,
    now: i64,
    limit: usize,
) -> Result<Vec<ItemPlace>, BackendError> {
    places(database, Sql::EXPIRED_ITEMS, params![now, limit_of(limit)])
}

/// The items of a space that come first.
pub(crate) fn first(
    database: &Database,
    space: &SpaceId,
    limit: usize,
) -> Result<Vec<ItemPlace>, BackendError> {
    let parameters = params![space.as_bytes(), limit_of(limit)];
    places(database, Sql::FIRST_ITEMS, parameters)
}

/// Receipts that ended at a time or before, by their inboxes, the oldest first.
pub(crate) fn ended_receipts(
    database: &Database,
    now: i64,
    limit: usize,
) -> Result<Vec<(SpaceId, MemberId, Vec<u8>)>, BackendError> {
    let failed = failure("list receipts of inbox items");
    database.all(Sql::ENDED_RECEIPTS, params![now, limit_of(limit)], |row| {
        let space = space_id(blob(row, 0)?)?;
        let recipient = member(blob(row, 1)?)?;
        Ok((space, recipient, row.get(2).map_err(&failed)?))
    })
}

/// Places of items that are about to be removed, which need not be intact.
fn places(
    database: &Database,
    sql: Sql,
    parameters: impl Params,
) -> Result<Vec<ItemPlace>, BackendError> {
    let failed = failure("list inbox items");
    database.all(sql, parameters, |row| {
        let number = |index| row.get::<_, i64>(index).map_err(&failed);
        Ok(ItemPlace {
            row: number(0)?,
            space: space_id(blob(row, 1)?)?,
            recipient: member(blob(row, 2)?)?,
            sender: member(blob(row, 3)?)?,
            bytes: number(4)?.cast_unsigned(),
            key: KeyPlace {
                block: number(5)?,
                slot: number(6)?,
            },
        })
    })
}

/// An item without its content, if its row is what was written.
fn checked(
    row: &Row<'_>,
    space: &SpaceId,
    recipient: &MemberId,
) -> Result<(InboxItem, StoredItem), BackendError> {
    let failed = failure("read an inbox item");
    let number = |index| row.get::<_, i64>(index).map_err(&failed);
    let item = InboxItem {
        id: row.get(2).map_err(&failed)?,
        sender: member(blob(row, 3)?)?,
        sealed: Arc::default(),
        signature: Signature::from_bytes(row.get(5).map_err(&failed)?),
        expires: number(7)?.cast_unsigned(),
        received_at: number(1)?,
    };
    let stored = ItemRow {
        item: &item,
        bytes: number(4)?.cast_unsigned(),
        digest: row.get(6).map_err(&failed)?,
        kept_until: number(8)?,
        key: KeyPlace {
            block: number(9)?,
            slot: number(10)?,
        },
        sealed: blob(row, 11)?,
    };
    let computed = checksum_of_item(space, recipient, &stored);
    let key = || format!("{space} {recipient} {}", item.received_at);
    check("inbox", key, number(12)?, computed)?;
    let stored = StoredItem {
        place: ItemPlace {
            row: number(0)?,
            space: *space,
            recipient: *recipient,
            sender: item.sender,
            bytes: stored.bytes,
            key: stored.key,
        },
        digest: stored.digest,
        received_at: item.received_at,
        kept_until: stored.kept_until,
    };
    Ok((item, stored))
}

fn blob<'a>(row: &'a Row<'_>, index: usize) -> Result<&'a [u8], BackendError> {
    row.get_ref(index)
        .and_then(|value| Ok(value.as_blob()?))
        .map_err(failure("read a stored row"))
}
