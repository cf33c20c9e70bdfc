//! Everything that can be written.

use proptest::option;
use proptest::prelude::{Just, Strategy, prop_oneof};
use reeeductio_proto::{
    BlobId, DataEntry, DataPath, MemberId, Message, MessageId, Signature, SpaceId, TopicId,
};

use super::answer::{Answer, answer};
use super::query::object;
use super::universe;
use crate::{
    AddBlob, Append, BackendError, BlobRecord, BlobReference, DataVersion, DeleteData, PutData,
    Records, ToolUse,
};

/// A write whose place in its history decides the rest: ids, and what it builds upon.
#[derive(Clone, Debug)]
pub enum Write {
    /// [`Records::add_blob`], to an object of its own
    AddBlob(SpaceId, BlobId, BlobReference, Option<ToolUse>),
    /// [`Records::append`] of a message with an id of its own
    Append(Post),
    /// [`Records::delete_data`]
    DeleteData(SpaceId, DataPath, Expected),
    /// [`Records::put_data`]
    PutData(SpaceId, DataEntry, Expected),
    /// [`Records::remove_blob`]
    RemoveBlob(BlobId),
    /// [`Records::remove_blob_references`]
    RemoveBlobReferences(SpaceId, BlobId, Option<MemberId>),
}

/// A message to be appended.
#[derive(Clone, Debug)]
pub struct Post {
    space: SpaceId,
    topic: TopicId,
    kind: &'static str,
    text: String,
    sender: MemberId,
    time: i64,
    tool_use: Option<ToolUse>,
    prev: Prev,
}

/// What a message names as the one before it.
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

/// What a writer of data believes to be stored.
#[derive(Clone, Debug)]
pub enum Expected {
    /// What was stored before the writes of its step.
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
    RemoveBlob(BlobId),
    RemoveBlobReferences(SpaceId, BlobId, Option<MemberId>),
}

impl Write {
    /// Decides what is open by what `records` hold now, for the `serial`th write of the history.
    pub(super) async fn settle(
        &self,
        serial: usize,
        records: &dyn Records,
    ) -> Result<Command, BackendError> {
        Ok(match self.clone() {
            Self::AddBlob(space, blob, reference, tool_use) => Command::AddBlob(AddBlob {
                space,
                blob,
                record: BlobRecord {
                    object: object(serial),
                    size: serial as u64,
                    checksums: vec![1; 8 * (serial % 3)],
                },
                reference,
                tool_use,
            }),
            Self::Append(post) => Command::Append(post.settle(serial, records).await?),
            Self::DeleteData(space, path, expected) => Command::DeleteData(DeleteData {
                space,
                expected: expected.settle(space, &path, records).await?,
                path,
            }),
            Self::PutData(space, entry, expected) => Command::PutData(PutData {
                space,
                expected: expected.settle(space, &entry.path, records).await?,
                entry,
            }),
            Self::RemoveBlob(blob) => Command::RemoveBlob(blob),
            Self::RemoveBlobReferences(space, blob, member) => {
                Command::RemoveBlobReferences(space, blob, member)
            }
        })
    }
}

impl Post {
    async fn settle(self, serial: usize, records: &dyn Records) -> Result<Append, BackendError> {
        let head = records.head(self.space, &self.topic).await?;
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
                sender: self.sender,
                signature: Signature::from_bytes([3; 64]),
                server_timestamp: self.time,
            },
            tool_use: self.tool_use,
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
            Self::RemoveBlob(blob) => answer(records.remove_blob(blob).await),
            Self::RemoveBlobReferences(space, blob, member) => {
                answer(records.remove_blob_references(space, blob, member).await)
            }
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
    use universe::{member, space, text, time, tool_use, topic_and_type};
    let place = (space(), topic_and_type(), prev());
    let content = (text(), member(), time(), tool_use());
    (place, content).prop_map(
        |((space, (topic, kind), prev), (text, sender, time, tool_use))| Post {
            space,
            topic,
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
    prop_oneof![
        8 => post().prop_map(Write::Append),
        6 => (space(), entry(), expected()).prop_map(|(a, b, c)| Write::PutData(a, b, c)),
        3 => (space(), data_path(), expected()).prop_map(|(a, b, c)| Write::DeleteData(a, b, c)),
        3 => (space(), blob(), reference, tool_use())
            .prop_map(|(a, b, c, d)| Write::AddBlob(a, b, c, d)),
        1 => (space(), blob(), option::of(member()))
            .prop_map(|(a, b, c)| Write::RemoveBlobReferences(a, b, c)),
        1 => blob().prop_map(Write::RemoveBlob),
    ]
}
