//! Rows and their checksums: what is written is sealed, what is read is compared.

use reeeductio_backend::{BackendError, BlobRecord, BlobReference, Head, ObjectName};
use reeeductio_proto::{BlobId, DataEntry, MemberId, Message, MessageId, SpaceId};
use xxhash_rust::xxh3::Xxh3;

/// Hashes columns so that no two rows of other columns hash the same bytes.
pub(crate) struct Seal(Xxh3);

impl Seal {
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

/// Compares a row's seal with what it should be.
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

pub(crate) fn seal_message(space: &SpaceId, message: &Message, event: i64) -> i64 {
    Seal::of("messages")
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
        .number(event)
        .finish()
}

pub(crate) fn seal_head(space: &SpaceId, topic: &str, head: &Head) -> i64 {
    Seal::of("heads")
        .bytes(space.as_bytes())
        .bytes(topic.as_bytes())
        .bytes(head.hash.hash())
        .number(head.timestamp)
        .finish()
}

pub(crate) fn seal_data(space: &SpaceId, entry: &DataEntry, deleted: bool) -> i64 {
    Seal::of("data_entries")
        .bytes(space.as_bytes())
        .bytes(entry.path.as_str().as_bytes())
        .bytes(entry.data.as_bytes())
        .bytes(&entry.signature.to_bytes())
        .bytes(&entry.signed_by.to_bytes())
        .number(entry.signed_at)
        .number(i64::from(deleted))
        .finish()
}

pub(crate) fn seal_tool_uses(space: &SpaceId, tool: &MemberId, uses: i64) -> i64 {
    Seal::of("tool_uses")
        .bytes(space.as_bytes())
        .bytes(&tool.to_bytes())
        .number(uses)
        .finish()
}

pub(crate) fn seal_reference(space: &SpaceId, blob: &BlobId, reference: &BlobReference) -> i64 {
    Seal::of("blob_references")
        .bytes(space.as_bytes())
        .bytes(blob.hash())
        .bytes(&reference.uploaded_by.to_bytes())
        .number(reference.uploaded_at)
        .finish()
}

pub(crate) fn seal_blob(blob: &BlobId, record: &BlobRecord) -> i64 {
    Seal::of("blobs")
        .bytes(blob.hash())
        .bytes(record.object.as_str().as_bytes())
        .number(record.size.cast_signed())
        .bytes(&record.checksums)
        .finish()
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
