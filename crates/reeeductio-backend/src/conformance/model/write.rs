//! Everything that can be written.

use proptest::option;
use proptest::prelude::{Just, Strategy, prop_oneof};
use reeeductio_proto::{
    BlobId, ChainId, DataEntry, DataPath, Lane, MemberId, Message, MessageId, Position, Signature,
    SpaceId, TopicId,
};

use super::answer::{Answer, answer};
use super::query::object;
use super::universe;
use crate::{
    AddBlob, Append, BackendError, BlobRecord, BlobReference, DataVersion, DeleteData, Judged,
    PutData, Quotas, Records, RemoveBlob, ToolUse,
};

/// A write whose place in its history decides the rest: ids, and what it builds upon.
#[derive(Clone, Debug)]
pub enum Write {
    /// [`BlobRecords::add_blob`](crate::BlobRecords::add_blob), to an object of its own
    AddBlob(SpaceId, BlobId, BlobReference, Option<ToolUse>, Terms),
    /// [`Messages::append`](crate::Messages::append) of a message with an id of its own
    Append(Post, Terms),
    /// [`DataEntries::delete_data`](crate::DataEntries::delete_data)
    DeleteData(SpaceId, DataPath, Expected, MemberId, Terms),
    /// [`DataEntries::put_data`](crate::DataEntries::put_data)
    PutData(SpaceId, DataEntry, Expected, Terms),
    /// [`BlobRecords::remove_blob`](crate::BlobRecords::remove_blob)
    RemoveBlob(SpaceId, BlobId, Option<MemberId>, Terms),
}

/// Judgement and quotas of a write.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// `None` if nothing was judged.
    authority: Option<Option<Position>>,
    quotas: Quotas,
}

impl Terms {
    fn judged(&self, member: MemberId) -> Option<Judged> {
        let authority = self.authority?;
        Some(Judged {
            member,
            authority,
            registration: None,
        })
    }
}

/// A message to be appended.
#[derive(Clone, Debug)]
pub struct Post {
    space: SpaceId,
    topic: TopicId,
    lane: Option<Lane>,
    kind: &'static str,
    text: String,
    sender: MemberId,
    time: i64,
    tool_use: Option<ToolUse>,
    prev: Prev,
}

/// Predecessor that a message names.
#[derive(Clone, Debug)]
pub enum Prev {
    /// The topic's head before the writes of its step, so that several of one step race.
    Head,
    /// The message that was written just before, stored or not.
    Last,
    /// None.
    Nothing,
    /// Any message of the history, also of another topic, also one that does not exist yet.
    Serial(usize),
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
    AddBlob(AddBlob),
    Append(Append),
    DeleteData(DeleteData),
    PutData(PutData),
    RemoveBlob(RemoveBlob),
}

impl Write {
    /// Decides what is open by what `records` hold now, for the `serial`th write of the history.
    pub(super) async fn settle(
        &self,
        serial: usize,
        records: &dyn Records,
    ) -> Result<Command, BackendError> {
        Ok(match self.clone() {
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
                Command::Append(post.settle(serial, records, terms).await?)
            }
            Self::DeleteData(space, path, expected, member, terms) => {
                Command::DeleteData(DeleteData {
                    space,
                    expected: expected.settle(space, &path, records).await?,
                    path,
                    judged: terms.judged(member),
                })
            }
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
        })
    }
}

impl Post {
    async fn settle(
        self,
        serial: usize,
        records: &dyn Records,
        terms: Terms,
    ) -> Result<Append, BackendError> {
        let chain = ChainId {
            topic: self.topic.clone(),
            lane: self.lane,
        };
        let head = records.head(self.space, &chain).await?;
        let prev_hash: Option<MessageId> = match self.prev {
            Prev::Head => head.map(|head| head.hash),
            Prev::Last => serial.checked_sub(1).map(universe::message_id),
            Prev::Nothing => None,
            Prev::Serial(serial) => Some(universe::message_id(serial)),
        };
        Ok(Append {
            space: self.space,
            message: Message {
                message_hash: universe::message_id(serial),
                topic_id: self.topic,
                kind: self.kind.to_owned(),
                prev_hash,
                data: self.text,
                sender: self.lane.map_or(self.sender, |lane| lane.member),
                signature: Signature::from_bytes([3; 64]),
                server_timestamp: self.time,
            },
            lane: self.lane,
            judged: terms.judged(self.sender),
            tool_use: self.tool_use,
            quotas: terms.quotas,
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
            Self::AddBlob(add) => answer(records.add_blob(add).await),
            Self::Append(append) => answer(records.append(append).await),
            Self::DeleteData(delete) => answer(records.delete_data(delete).await),
            Self::PutData(put) => answer(records.put_data(put).await),
            Self::RemoveBlob(remove) => answer(records.remove_blob(remove).await),
        }
    }
}

fn prev() -> impl Strategy<Value = Prev> {
    prop_oneof![
        8 => Just(Prev::Head),
        3 => Just(Prev::Last),
        1 => Just(Prev::Nothing),
        1 => (0..40_usize).prop_map(Prev::Serial),
    ]
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

fn post() -> impl Strategy<Value = Post> {
    use universe::{lane, member, space, text, time, tool_use, topic_and_type};
    let place = (space(), topic_and_type(), lane(), prev());
    let content = (text(), member(), time(), tool_use());
    (place, content).prop_map(
        |((space, (topic, kind), lane, prev), (text, sender, time, tool_use))| Post {
            space,
            topic,
            lane,
            kind,
            text,
            sender,
            time,
            tool_use,
            prev,
        },
    )
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
    use universe::{blob, data_path, member, space, time, tool_use};
    let reference = (member(), time()).prop_map(|(uploaded_by, uploaded_at)| BlobReference {
        uploaded_by,
        uploaded_at,
    });
    let post = (post(), terms()).prop_map(|(post, terms)| Write::Append(post, terms));
    let put =
        (space(), entry(), expected(), terms()).prop_map(|(a, b, c, d)| Write::PutData(a, b, c, d));
    let delete = (space(), data_path(), expected(), member(), terms())
        .prop_map(|(a, b, c, d, e)| Write::DeleteData(a, b, c, d, e));
    let add = (space(), blob(), reference, tool_use(), terms())
        .prop_map(|(a, b, c, d, e)| Write::AddBlob(a, b, c, d, e));
    let remove = (space(), blob(), option::of(member()), terms())
        .prop_map(|(a, b, c, d)| Write::RemoveBlob(a, b, c, d));
    prop_oneof![8 => post, 6 => put, 3 => delete, 3 => add, 2 => remove]
}

fn terms() -> impl Strategy<Value = Terms> {
    let authority = prop_oneof![2 => Just(None), 1 => universe::position().prop_map(Some)];
    (authority, universe::quotas()).prop_map(|(authority, quotas)| Terms { authority, quotas })
}
