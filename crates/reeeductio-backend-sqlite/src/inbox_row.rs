//! Rows of inboxes and their checksums.

use reeeductio_backend::InboxItem;
use reeeductio_proto::{MemberId, SpaceId};

use crate::row::{KeyPlace, RowChecksum};

/// A row of the table `inbox`, but for the space and the recipient.
pub(crate) struct ItemRow<'a> {
    /// As it was posted; `sealed` may be empty where nobody asks for it.
    pub(crate) item: &'a InboxItem,
    /// Bytes of what the sender sealed.
    pub(crate) bytes: u64,
    pub(crate) digest: [u8; 32],
    pub(crate) kept_until: i64,
    pub(crate) key: KeyPlace,
    /// The sender's bytes, sealed with the row's key.
    pub(crate) sealed: &'a [u8],
}

/// A row of the table `inbox_receipts`, but for the space and the recipient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    pub(crate) item: [u8; 16],
    pub(crate) digest: [u8; 32],
    pub(crate) received_at: i64,
    pub(crate) kept_until: i64,
}

pub(crate) fn checksum_of_item(space: &SpaceId, recipient: &MemberId, row: &ItemRow<'_>) -> i64 {
    RowChecksum::of("inbox")
        .bytes(space.as_bytes())
        .bytes(&recipient.to_bytes())
        .number(row.item.received_at)
        .bytes(&row.item.id)
        .bytes(&row.item.sender.to_bytes())
        .number(row.bytes.cast_signed())
        .bytes(&row.item.signature.to_bytes())
        .bytes(&row.digest)
        .number(row.item.expires.cast_signed())
        .number(row.kept_until)
        .number(row.key.block)
        .number(row.key.slot)
        .bytes(row.sealed)
        .finish()
}

pub(crate) fn checksum_of_receipt(space: &SpaceId, recipient: &MemberId, receipt: &Receipt) -> i64 {
    RowChecksum::of("inbox_receipts")
        .bytes(space.as_bytes())
        .bytes(&recipient.to_bytes())
        .bytes(&receipt.item)
        .bytes(&receipt.digest)
        .number(receipt.received_at)
        .number(receipt.kept_until)
        .finish()
}
