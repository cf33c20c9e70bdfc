//! Everything that can be written.

use proptest::option;
use proptest::prelude::{Just, Strategy, prop_oneof};
use reeeductio_proto::{BlobId, DataEntry, DataPath, MemberId, Position, Signature, SpaceId};

use super::answer::{Answer, answer};
use super::inbox::{self, Acknowledged, ItemPost};
use super::post::{Post, post};
use super::query::object;
use super::universe;
use crate::{
    AcknowledgeItems, AddBlob, Append, AppendAll, BackendError, BlobRecord, BlobReference,
    DataVersion, DeleteData, Judged, PostItem, PutData, Quotas, Records, RemoveBlob, ToolUse,
};

/// A write whose place in its history decides the rest: ids, and what it builds upon.
#[derive(Clone, Debug)]
pub enum Write {
    /// [`Inboxes::acknowledge_items`](crate::Inboxes::acknowledge_items)
    AcknowledgeItems(Acknowledged, Terms),
    /// [`BlobRecords::add_blob`](crate::BlobRecords::add_blob), to an object of its own
    AddBlob(SpaceId, BlobId, BlobReference, Option<ToolUse>, Terms),
    /// [`Messages::append`](crate::Messages::append) of a message with an id of its own
    Append(Post, Terms),
    /// [`Messages::append_all`](crate::Messages::append_all) of so many messages with ids of their own
    AppendAll(Post, usize, Terms),
    /// [`DataEntries::delete_data`](crate::DataEntries::delete_data)
    DeleteData(SpaceId, DataPath, Expected, MemberId, Terms),
    /// [`Inboxes::post_item`](crate::Inboxes::post_item)
    PostItem(ItemPost, Terms),
    /// [`DataEntries::put_data`](crate::DataEntries::put_data)
    PutData(SpaceId, DataEntry, Expected, Terms),
    /// [`BlobRecords::remove_blob`](crate::BlobRecords::remove_blob)
    RemoveBlob(SpaceId, BlobId, Option<MemberId>, Terms),
    /// [`Payloads::remove_expired`](crate::Payloads::remove_expired)
    RemoveExpired(i64, usize),
    /// [`Inboxes::remove_expired_items`](crate::Inboxes::remove_expired_items)
    RemoveExpiredItems(i64, usize),
    /// [`Payloads::remove_older`](crate::Payloads::remove_older)
    RemoveOlder(SpaceId, i64, usize),
    /// [`Trees::renew_tree`](crate::Trees::renew_tree)
    RenewTree(SpaceId, u8),
    /// [`Trees::sign_restore`](crate::Trees::sign_restore)
    SignRestore(SpaceId, u8),
}

/// Judgement and quotas of a write.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// `None` if nothing was judged.
    authority: Option<Option<Position>>,
    pub(super) quotas: Quotas,
}

impl Terms {
    pub(super) fn judged(&self, member: MemberId) -> Option<Judged> {
        let authority = self.authority?;
        Some(Judged {
            member,
            authority,
            registration: None,
        })
    }
}

/// Version of a data entry that its writer believes to be stored.
#[derive(Clone, Debug)]
pub enum Expected {
    /// The version stored before the writes of its step.
    Stored,
    /// Something of its own invention.
    Other(Option<DataVersion>),
}

/// A write with nothing left open.
#[derive(Clone, Debug)]
pub(super) enum Command {
    AcknowledgeItems(AcknowledgeItems),
    AddBlob(AddBlob),
    Append(Box<Append>),
    AppendAll(Box<AppendAll>),
    DeleteData(DeleteData),
    PostItem(PostItem),
    PutData(PutData),
    RemoveBlob(RemoveBlob),
    RemoveExpired(i64, usize),
    RemoveExpiredItems(i64, usize),
    RemoveOlder(SpaceId, i64, usize),
    RenewTree(SpaceId, u8),
    SignRestore(SpaceId, u8),
}

impl Write {
    /// Decides what is open by what `records` hold now, for the `serial`th write of the history.
    pub(super) async fn settle(
        &self,
        serial: usize,
        records: &dyn Records,
    ) -> Result<Command, BackendError> {
        Ok(match self.clone() {
            Self::AcknowledgeItems(items, terms) => Command::AcknowledgeItems(items.settle(terms)),
            Self::AddBlob(space, blob, reference, tool_use, terms) => Command::AddBlob(AddBlob {
                space,
                blob,
                record: BlobRecord {
                    object: object(serial),
                    size: serial as u64,
                    checksums: vec![1; 8 * (serial % 3)],
                },
                reference,
                judged: terms.judged(reference.uploaded_by),
                tool_use,
                quotas: terms.quotas,
            }),
            Self::Append(post, terms) => {
                Command::Append(Box::new(post.settle(serial, records, terms).await?))
            }
            Self::AppendAll(post, count, terms) => Command::AppendAll(Box::new(
                post.settle_all(serial, count, records, terms).await?,
            )),
            Self::DeleteData(space, path, expected, member, terms) => {
                Command::DeleteData(DeleteData {
                    space,
                    expected: expected.settle(space, &path, records).await?,
                    path,
                    judged: terms.judged(member),
                })
            }
            Self::PostItem(post, terms) => Command::PostItem(post.settle(terms)),
            Self::PutData(space, entry, expected, terms) => Command::PutData(PutData {
                space,
                expected: expected.settle(space, &entry.path, records).await?,
                judged: terms.judged(entry.signed_by),
                entry,
                quotas: terms.quotas,
            }),
            Self::RemoveBlob(space, blob, uploaded_by, terms) => Command::RemoveBlob(RemoveBlob {
                space,
                blob,
                uploaded_by,
                judged: uploaded_by.and_then(|member| terms.judged(member)),
                operator: None,
            }),
            Self::RemoveExpired(now, limit) => Command::RemoveExpired(now, limit),
            Self::RemoveExpiredItems(now, limit) => Command::RemoveExpiredItems(now, limit),
            Self::RemoveOlder(space, before, limit) => Command::RemoveOlder(space, before, limit),
            Self::RenewTree(space, to) => Command::RenewTree(space, to),
            Self::SignRestore(space, of) => Command::SignRestore(space, of),
        })
    }
}

impl Expected {
    async fn settle(
        self,
        space: SpaceId,
        path: &DataPath,
        records: &dyn Records,
    ) -> Result<Option<DataVersion>, BackendError> {
        Ok(match self {
            Self::Stored => records.data(space, path).await?.map(|entry| DataVersion {
                signed_at: entry.signed_at,
                signed_by: entry.signed_by,
            }),
            Self::Other(version) => version,
        })
    }
}

impl Command {
    pub(super) async fn run(self, records: &dyn Records) -> Answer {
        match self {
            Self::AcknowledgeItems(items) => answer(records.acknowledge_items(items).await),
            Self::AddBlob(add) => answer(records.add_blob(add).await),
            Self::Append(append) => answer(records.append(*append).await),
            Self::DeleteData(delete) => answer(records.delete_data(delete).await),
            Self::PostItem(post) => answer(records.post_item(post).await),
            Self::RemoveExpiredItems(now, limit) => {
                answer(records.remove_expired_items(now, limit).await)
            }
            Self::PutData(put) => answer(records.put_data(put).await),
            Self::RemoveBlob(remove) => answer(records.remove_blob(remove).await),
            Self::AppendAll(append) => answer(records.append_all(*append).await),
            Self::RemoveExpired(now, limit) => answer(records.remove_expired(now, limit).await),
            Self::RemoveOlder(space, before, limit) => {
                answer(records.remove_older(space, before, limit).await)
            }
            Self::RenewTree(space, to) => answer(records.renew_tree(space, [to; 8]).await),
            Self::SignRestore(space, of) => {
                answer(records.sign_restore(space, [of; 8], [of; 64]).await)
            }
        }
    }
}

fn signed_at() -> impl Strategy<Value = i64> {
    prop_oneof![12 => 0..10_i64, 1 => Just(i64::MIN), 1 => 0..=i64::MAX]
}

fn expected() -> impl Strategy<Value = Expected> {
    let version =
        (signed_at(), universe::member()).prop_map(|(signed_at, signed_by)| DataVersion {
            signed_at,
            signed_by,
        });
    prop_oneof![
        4 => Just(Expected::Stored),
        1 => option::of(version).prop_map(Expected::Other),
    ]
}

fn entry() -> impl Strategy<Value = DataEntry> {
    use universe::{data_path, member, text};
    (data_path(), text(), member(), signed_at()).prop_map(|(path, data, signed_by, signed_at)| {
        DataEntry {
            path,
            data,
            signature: Signature::from_bytes([4; 64]),
            signed_by,
            signed_at,
        }
    })
}

/// Any write.
pub(super) fn write() -> impl Strategy<Value = Write> {
    use universe::{blob, data_path, limit, member, space, time, tool_use};
    let reference = (member(), time()).prop_map(|(uploaded_by, uploaded_at)| BlobReference {
        uploaded_by,
        uploaded_at,
    });
    let command = (post(), 1..4_usize, terms()).prop_map(|(a, b, c)| Write::AppendAll(a, b, c));
    let post = (post(), terms()).prop_map(|(post, terms)| Write::Append(post, terms));
    let expired = (time(), limit()).prop_map(|(now, limit)| Write::RemoveExpired(now, limit));
    let older = (space(), time(), limit()).prop_map(|(a, b, c)| Write::RemoveOlder(a, b, c));
    let renew = (space(), 0..4_u8).prop_map(|(space, to)| Write::RenewTree(space, to));
    let sign = (space(), 0..4_u8).prop_map(|(space, of)| Write::SignRestore(space, of));
    let put =
        (space(), entry(), expected(), terms()).prop_map(|(a, b, c, d)| Write::PutData(a, b, c, d));
    let delete = (space(), data_path(), expected(), member(), terms())
        .prop_map(|(a, b, c, d, e)| Write::DeleteData(a, b, c, d, e));
    let add = (space(), blob(), reference, tool_use(), terms())
        .prop_map(|(a, b, c, d, e)| Write::AddBlob(a, b, c, d, e));
    let remove = (space(), blob(), option::of(member()), terms())
        .prop_map(|(a, b, c, d)| Write::RemoveBlob(a, b, c, d));
    prop_oneof![
        10 => post.boxed(), 3 => command.boxed(), 6 => put.boxed(), 3 => delete.boxed(), 3 => add.boxed(),
        5 => inbox::write().boxed(), 2 => remove.boxed(), 1 => expired.boxed(), 1 => older.boxed(), 1 => renew.boxed(), 1 => sign.boxed(),
    ]
}

pub(super) fn terms() -> impl Strategy<Value = Terms> {
    let authority = prop_oneof![2 => Just(None), 1 => universe::position().prop_map(Some)];
    (authority, universe::quotas()).prop_map(|(authority, quotas)| Terms { authority, quotas })
}
