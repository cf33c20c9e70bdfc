//! Records of the client, as tuples in the order of the fields of `reeeductio.models`.

use reeeductio_client::{Position, VerifiedMessage};
use reeeductio_proto::{DataEntry, Message};

/// `Message`: hash, topic, type, sender, signature, data, previous hash, time.
pub(crate) type MessageRecord = (
    String,
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    i64,
);
/// `MessageCreated`: hash, time.
pub(crate) type PostedRecord = (String, i64);
/// `DataEntry`: path, data, signer, signature, time.
pub(crate) type EntryRecord = (String, String, String, String, i64);

pub(crate) fn message(verified: VerifiedMessage) -> MessageRecord {
    stored(verified.into_message())
}

pub(crate) fn stored(message: Message) -> MessageRecord {
    let Message {
        message_hash,
        topic_id,
        kind,
        prev_hash,
        data,
        sender,
        signature,
        server_timestamp,
    } = message;
    (
        message_hash.to_string(),
        topic_id.to_string(),
        kind,
        sender.to_string(),
        signature.to_string(),
        data,
        prev_hash.map(|hash| hash.to_string()),
        server_timestamp,
    )
}

pub(crate) fn posted(posted: Position) -> PostedRecord {
    (posted.hash.to_string(), posted.timestamp)
}

pub(crate) fn entry(entry: DataEntry) -> EntryRecord {
    (
        entry.path.to_string(),
        entry.data,
        entry.signed_by.to_string(),
        entry.signature.to_string(),
        entry.signed_at,
    )
}
