//! Rows and their checksums: each is written with one over all its columns, which is compared when it is read.

use reeeductio_backend::{
    BackendError, BlobRecord, BlobReference, Leaf, ObjectName, Restore, Revised, Usage,
};
use reeeductio_proto::{
    BlobId, ChainId, DataEntry, EventPosition, Lane, MemberId, Message, MessageId, Position,
    SpaceId, TopicId,
};
use xxhash_rust::xxh3::Xxh3;

use crate::tiles::TileId;

/// Hashes columns so that no two rows of other columns hash the same bytes.
pub(crate) struct RowChecksum(Xxh3);

impl RowChecksum {
    /// Starts with the table's name, so that a row cannot pass for one of another table.
    pub(crate) fn of(table: &str) -> Self {
        Self(Xxh3::new()).bytes(table.as_bytes())
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    pub(crate) fn optional(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.number(1).bytes(bytes),
            None => self.number(0),
        }
    }

    pub(crate) fn number(mut self, number: i64) -> Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    /// As SQLite stores it: the same 64 bits, signed.
    pub(crate) fn finish(&self) -> i64 {
        self.0.digest().cast_signed()
    }
}

/// Compares a row's checksum with what it should be.
pub(crate) fn check(
    table: &'static str,
    key: impl FnOnce() -> String,
    stored: i64,
    computed: i64,
) -> Result<(), BackendError> {
    if stored == computed {
        Ok(())
    } else {
        Err(BackendError::corrupt(
            "check a stored row",
            format!("table {table}, row {}: the checksum does not match", key()),
        ))
    }
}

pub(crate) fn checksum_of_message(
    space: &SpaceId,
    message: &Message,
    lane: Option<&Lane>,
    event: i64,
    leaf: Option<&Leaf>,
) -> i64 {
    let row = RowChecksum::of("messages")
        .bytes(space.as_bytes())
        .bytes(message.topic_id.as_str().as_bytes())
        .number(message.server_timestamp)
        .bytes(message.message_hash.hash())
        .bytes(message.kind.as_bytes())
        .optional(
            message
                .prev_hash
                .as_ref()
                .map(|hash| hash.hash().as_slice()),
        )
        .bytes(message.data.as_bytes())
        .bytes(&message.sender.to_bytes())
        .bytes(&message.signature.to_bytes())
        .number(event);
    let row = with_leaf(row, leaf);
    // Rows of the shared chain have the checksum they had before there were lanes.
    match lane {
        Some(lane) => row.bytes(&lane.id).finish(),
        None => row.finish(),
    }
}

pub(crate) fn checksum_of_head(space: &SpaceId, chain: &ChainId, head: &Position) -> i64 {
    let row = RowChecksum::of("heads")
        .bytes(space.as_bytes())
        .bytes(chain.topic.as_str().as_bytes())
        .bytes(head.hash.hash())
        .number(head.timestamp);
    match &chain.lane {
        Some(lane) => row.bytes(&lane_key(lane)).finish(),
        None => row.finish(),
    }
}

/// The column `lane` of the table `heads`.
pub(crate) fn lane_key(lane: &Lane) -> Vec<u8> {
    [&lane.member.to_bytes()[..], &lane.id[..]].concat()
}

/// The leaf in the columns `leaf` and `state`.
pub(crate) fn leaf(
    number: Option<i64>,
    state: Option<&[u8]>,
) -> Result<Option<Leaf>, BackendError> {
    let Some(number) = number else {
        return Ok(None);
    };
    Ok(Some(Leaf {
        number: number.cast_unsigned(),
        state: state.map(message_id).transpose()?,
    }))
}

/// The lane of a message, whose member is the sender.
pub(crate) fn lane(member: MemberId, id: &[u8]) -> Result<Lane, BackendError> {
    let id = id.try_into().map_err(|_| malformed("a lane"))?;
    Ok(Lane { member, id })
}

pub(crate) fn checksum_of_data(
    space: &SpaceId,
    entry: &DataEntry,
    deleted: bool,
    position: Option<EventPosition>,
    leaf: Option<&Leaf>,
) -> i64 {
    let row = RowChecksum::of("data_entries")
        .bytes(space.as_bytes())
        .bytes(entry.path.as_str().as_bytes())
        .bytes(entry.data.as_bytes())
        .bytes(&entry.signature.to_bytes())
        .bytes(&entry.signed_by.to_bytes())
        .number(entry.signed_at)
        .number(i64::from(deleted));
    // Rows of before changes of data had positions have the checksum they had then.
    let row = match position {
        Some(position) => row
            .number(position.message.cast_signed())
            .number(position.change.cast_signed()),
        None => row,
    };
    with_leaf(row, leaf).finish()
}

/// The columns `leaf` and `state`, which count where there is a tree.
fn with_leaf(row: RowChecksum, leaf: Option<&Leaf>) -> RowChecksum {
    let Some(leaf) = leaf else {
        return row;
    };
    let row = row.number(leaf.number.cast_signed());
    match &leaf.state {
        Some(state) => row.optional(Some(state.hash())),
        None => row,
    }
}

pub(crate) fn checksum_of_payload(space: &SpaceId, row: &PayloadRow<'_>) -> i64 {
    let checksum = RowChecksum::of("payloads")
        .bytes(space.as_bytes())
        .number(i64::from(row.place.is_state))
        .number(row.place.timestamp)
        .number(row.place.event)
        .bytes(row.sealed)
        .number(row.key.block)
        .number(row.key.slot);
    match row.expires {
        Some(expires) => checksum.number(expires).finish(),
        None => checksum.finish(),
    }
}

/// A row of the table `payloads`.
pub(crate) struct PayloadRow<'a> {
    pub(crate) place: PayloadPlace,
    pub(crate) sealed: &'a [u8],
    pub(crate) key: KeyPlace,
    pub(crate) expires: Option<i64>,
}

/// The key of a payload within its space.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PayloadPlace {
    pub(crate) is_state: bool,
    pub(crate) timestamp: i64,
    pub(crate) event: i64,
}

/// Where the key that a payload is sealed with lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyPlace {
    pub(crate) block: i64,
    pub(crate) slot: i64,
}

pub(crate) fn checksum_of_key_block(block: i64, keys: &[u8]) -> i64 {
    let row = RowChecksum::of("payload_keys").number(block);
    row.bytes(keys).finish()
}

pub(crate) fn checksum_of_revision(
    space: &SpaceId,
    topic: &TopicId,
    target: &MessageId,
    revised: &Revised,
) -> i64 {
    RowChecksum::of("revisions")
        .bytes(space.as_bytes())
        .bytes(topic.as_str().as_bytes())
        .bytes(target.hash())
        .number(i64::from(revised.number))
        .bytes(revised.by.hash())
        .number(i64::from(revised.deletes))
        .finish()
}

pub(crate) fn checksum_of_tree(space: &SpaceId, incarnation: [u8; 8]) -> i64 {
    let row = RowChecksum::of("trees").bytes(space.as_bytes());
    row.bytes(&incarnation).finish()
}

pub(crate) fn checksum_of_tile(space: &SpaceId, id: TileId, hashes: &[u8]) -> i64 {
    RowChecksum::of("tree_tiles")
        .bytes(space.as_bytes())
        .number(i64::from(id.level))
        .number(id.index.cast_signed())
        .bytes(hashes)
        .finish()
}

pub(crate) fn checksum_of_restore(space: &SpaceId, number: i64, restore: &Restore) -> i64 {
    let row = RowChecksum::of("restores")
        .bytes(space.as_bytes())
        .number(number)
        .bytes(&restore.old.incarnation)
        .number(restore.old.size.cast_signed())
        .bytes(&restore.old.root)
        .bytes(&restore.new);
    match &restore.signature {
        Some(signature) => row.optional(Some(signature)).finish(),
        None => row.finish(),
    }
}

pub(crate) fn checksum_of_tool_uses(space: &SpaceId, tool: &MemberId, uses: i64) -> i64 {
    RowChecksum::of("tool_uses")
        .bytes(space.as_bytes())
        .bytes(&tool.to_bytes())
        .number(uses)
        .finish()
}

pub(crate) fn checksum_of_reference(
    space: &SpaceId,
    blob: &BlobId,
    reference: &BlobReference,
) -> i64 {
    RowChecksum::of("blob_references")
        .bytes(space.as_bytes())
        .bytes(blob.hash())
        .bytes(&reference.uploaded_by.to_bytes())
        .number(reference.uploaded_at)
        .finish()
}

pub(crate) fn checksum_of_blob(space: &SpaceId, blob: &BlobId, record: &BlobRecord) -> i64 {
    RowChecksum::of("blobs")
        .bytes(space.as_bytes())
        .bytes(blob.hash())
        .bytes(record.object.as_str().as_bytes())
        .number(record.size.cast_signed())
        .bytes(&record.checksums)
        .finish()
}

pub(crate) fn checksum_of_usage(
    space: &SpaceId,
    member: Option<&MemberId>,
    usage: &Usage,
    counted_event: i64,
) -> i64 {
    let member = member.map(|member| member.to_bytes().to_vec());
    let row = RowChecksum::of("usage")
        .bytes(space.as_bytes())
        .bytes(&member.unwrap_or_default());
    [usage.messages, usage.entries, usage.blobs]
        .into_iter()
        .fold(row, |row, tally| {
            row.number(tally.count.cast_signed())
                .number(tally.bytes.cast_signed())
        })
        .number(counted_event)
        .finish()
}

pub(crate) fn checksum_of_purge(space: &SpaceId) -> i64 {
    RowChecksum::of("purging").bytes(space.as_bytes()).finish()
}

pub(crate) fn member(bytes: &[u8]) -> Result<MemberId, BackendError> {
    <&[u8; 33]>::try_from(bytes)
        .ok()
        .and_then(|bytes| MemberId::from_bytes(bytes).ok())
        .ok_or_else(|| malformed("a member id"))
}

pub(crate) fn message_id(bytes: &[u8]) -> Result<MessageId, BackendError> {
    bytes
        .try_into()
        .map(MessageId::from_hash)
        .map_err(|_| malformed("a message id"))
}

pub(crate) fn blob_id(bytes: &[u8]) -> Result<BlobId, BackendError> {
    bytes
        .try_into()
        .map(BlobId::from_hash)
        .map_err(|_| malformed("a blob id"))
}

pub(crate) fn space_id(bytes: &[u8]) -> Result<SpaceId, BackendError> {
    bytes
        .try_into()
        .map(SpaceId::from_public_key)
        .map_err(|_| malformed("a space id"))
}

pub(crate) fn object_name(text: &str) -> Result<ObjectName, BackendError> {
    ObjectName::parse(text).ok_or_else(|| malformed("an object name"))
}

pub(crate) fn malformed(what: &str) -> BackendError {
    BackendError::corrupt("read a stored row", format!("a column is not {what}"))
}
