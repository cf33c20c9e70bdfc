//! Values of records: fields one after the other, then a checksum over key and fields.

use reeeductio_proto::{
    DataEntry, DataPath, MemberId, Message, MessageId, Position, Signature, SpaceId, StatePath,
    TopicId, encoding,
};
use sha2::{Digest, Sha256};

use super::key::{ID, TIME, number as ordered_number, ordered};
use super::{Entry, Snapshot};
use crate::store::StoreError;

/// Bytes of the checksum.
const CHECKSUM: usize = 8;

/// The fields with their checksum. It covers the key, so that a value under another's key is noticed.
fn close(key: &[u8], mut fields: Vec<u8>) -> Vec<u8> {
    let sum = checksum(key, &fields);
    fields.extend_from_slice(&sum);
    fields
}

fn checksum(key: &[u8], fields: &[u8]) -> [u8; CHECKSUM] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update((key.len() as u64).to_be_bytes())
        .chain_update(key)
        .chain_update(fields)
        .finalize()
        .into();
    let mut sum = [0; CHECKSUM];
    for (to, from) in sum.iter_mut().zip(hash) {
        *to = from;
    }
    sum
}

pub(super) fn format(key: &[u8], version: u32) -> Vec<u8> {
    close(key, version.to_be_bytes().to_vec())
}

pub(super) fn read_format(key: &[u8], value: &[u8]) -> Result<u32, StoreError> {
    let mut fields = Fields::open(key, value)?;
    let version = u32::from_be_bytes(fields.take()?);
    // A later format may have more to say here.
    Ok(version)
}

pub(super) fn draft_number(key: &[u8], number: u64) -> Vec<u8> {
    close(key, number.to_be_bytes().to_vec())
}

pub(super) fn read_number(key: &[u8], value: &[u8]) -> Result<u64, StoreError> {
    let mut fields = Fields::open(key, value)?;
    let number = u64::from_be_bytes(fields.take()?);
    fields.end(number)
}

pub(super) fn time(key: &[u8], time: i64) -> Vec<u8> {
    close(key, ordered(time).to_vec())
}

pub(super) fn read_time(key: &[u8], value: &[u8]) -> Result<i64, StoreError> {
    let mut fields = Fields::open(key, value)?;
    let time = fields.time()?;
    fields.end(time)
}

/// Time first, so that the later position is the greater value.
pub(super) fn position(key: &[u8], position: &Position) -> Vec<u8> {
    close(key, position_fields(position))
}

fn position_fields(position: &Position) -> Vec<u8> {
    let mut fields = ordered(position.timestamp).to_vec();
    fields.extend_from_slice(position.hash.hash());
    fields
}

pub(super) fn read_position(key: &[u8], value: &[u8]) -> Result<Position, StoreError> {
    let mut fields = Fields::open(key, value)?;
    let position = fields.position()?;
    fields.end(position)
}

pub(super) fn entry(key: &[u8], entry: &Entry) -> Vec<u8> {
    let mut fields = position_fields(&entry.position);
    fields.extend_from_slice(&entry.sender.to_bytes());
    close(key, fields)
}

pub(super) fn read_entry(key: &[u8], value: &[u8]) -> Result<Entry, StoreError> {
    let mut fields = Fields::open(key, value)?;
    let entry = Entry {
        position: fields.position()?,
        sender: fields.member()?,
    };
    fields.end(entry)
}

/// Time first, so that the later entry is the greater value.
pub(super) fn data_entry(key: &[u8], entry: &DataEntry) -> Vec<u8> {
    let mut fields = ordered(entry.signed_at).to_vec();
    fields.extend_from_slice(&entry.signed_by.to_bytes());
    fields.extend_from_slice(&entry.signature.to_bytes());
    fields.extend_from_slice(entry.data.as_bytes());
    close(key, fields)
}

pub(super) fn read_data_entry(
    path: &DataPath,
    key: &[u8],
    value: &[u8],
) -> Result<DataEntry, StoreError> {
    let mut fields = Fields::open(key, value)?;
    Ok(DataEntry {
        path: path.clone(),
        signed_at: fields.time()?,
        signed_by: fields.member()?,
        signature: Signature::from_bytes(fields.take()?),
        data: text(key, fields.rest)?,
    })
}

pub(super) fn snapshot(key: &[u8], snapshot: &Snapshot) -> Vec<u8> {
    let mut fields = position_fields(&snapshot.position);
    fields.extend_from_slice(&snapshot.bytes);
    close(key, fields)
}

pub(super) fn read_snapshot(key: &[u8], value: &[u8]) -> Result<Snapshot, StoreError> {
    let mut fields = Fields::open(key, value)?;
    Ok(Snapshot {
        position: fields.position()?,
        bytes: fields.rest.to_vec(),
    })
}

pub(super) fn bytes(key: &[u8], bytes: Vec<u8>) -> Vec<u8> {
    close(key, bytes)
}

pub(super) fn read_bytes(key: &[u8], value: &[u8]) -> Result<Vec<u8>, StoreError> {
    Ok(Fields::open(key, value)?.rest.to_vec())
}

/// The parts of a message that are not in its key.
pub(super) fn message(key: &[u8], message: &Message) -> Vec<u8> {
    let mut fields = Vec::with_capacity(256 + message.kind.len() + message.data.len());
    match &message.prev_hash {
        None => fields.push(0),
        Some(hash) => {
            fields.push(1);
            fields.extend_from_slice(hash.hash());
        }
    }
    fields.extend_from_slice(&message.sender.to_bytes());
    fields.extend_from_slice(&message.signature.to_bytes());
    fields.extend_from_slice(&(message.kind.len() as u64).to_be_bytes());
    fields.extend_from_slice(message.kind.as_bytes());
    fields.extend_from_slice(message.data.as_bytes());
    close(key, fields)
}

/// The message of `topic` under a key that ends with its time and id.
pub(super) fn read_message(
    topic: &TopicId,
    key: &[u8],
    value: &[u8],
) -> Result<Message, StoreError> {
    let mut fields = Fields::open(key, value)?;
    let prev_hash = match fields.take::<1>()? {
        [0] => None,
        [1] => Some(fields.id()?),
        _ => return Err(damaged(key, "has a field that is neither set nor unset")),
    };
    let sender = fields.member()?;
    let signature = Signature::from_bytes(fields.take()?);
    let length = u64::from_be_bytes(fields.take()?);
    let kind = usize::try_from(length)
        .ok()
        .and_then(|length| fields.rest.split_at_checked(length));
    let Some((kind, data)) = kind else {
        return Err(damaged(key, "is too short"));
    };
    let mut place = Fields::end_of(key, TIME + ID)?;
    Ok(Message {
        server_timestamp: place.time()?,
        message_hash: place.id()?,
        topic_id: topic.clone(),
        kind: text(key, kind)?,
        prev_hash,
        data: text(key, data)?,
        sender,
        signature,
    })
}

/// The space in a key that begins with kind and space.
pub(super) fn space(key: &[u8]) -> Result<SpaceId, StoreError> {
    let space = key.get(1..).and_then(<[u8]>::first_chunk::<32>);
    let space = space.ok_or_else(|| damaged(key, "names no space"))?;
    Ok(SpaceId::from_public_key(*space))
}

/// The topic in a key that begins with kind, space and chain.
pub(super) fn topic(key: &[u8]) -> Result<TopicId, StoreError> {
    let short = || damaged(key, "names no topic");
    // The kind and the space.
    let (length, rest) = key
        .get(33..)
        .and_then(<[u8]>::split_first)
        .ok_or_else(short)?;
    let name = rest.get(..usize::from(*length)).ok_or_else(short)?;
    TopicId::parse(&text(key, name)?).map_err(|_| short())
}

/// The number that a draft's key ends with.
pub(super) fn number(key: &[u8]) -> Result<u64, StoreError> {
    let mut fields = Fields::end_of(key, 8)?;
    Ok(u64::from_be_bytes(fields.take()?))
}

/// The path that a key has behind its first `start` bytes.
pub(super) fn path(key: &[u8], start: usize) -> Result<StatePath, StoreError> {
    let path = text(key, key.get(start..).unwrap_or_default())?;
    StatePath::parse(&path).map_err(|_| damaged(key, "names no path"))
}

pub(super) fn text(key: &[u8], bytes: &[u8]) -> Result<String, StoreError> {
    let text = std::str::from_utf8(bytes).map_err(|_| damaged(key, "holds what is not UTF-8"))?;
    Ok(text.to_owned())
}

pub(super) fn damaged(key: &[u8], what: &str) -> StoreError {
    StoreError::Damaged(format!("the record {} {what}", encoding::encode(key)))
}

/// The bytes of a value or a key that are still to be read.
pub(super) struct Fields<'a> {
    key: &'a [u8],
    pub(super) rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn open(key: &'a [u8], value: &'a [u8]) -> Result<Self, StoreError> {
        let split = value.split_last_chunk::<CHECKSUM>();
        match split {
            Some((rest, sum)) if checksum(key, rest) == *sum => Ok(Self { key, rest }),
            _ => Err(damaged(key, "has a wrong checksum")),
        }
    }

    pub(super) fn end_of(key: &'a [u8], length: usize) -> Result<Self, StoreError> {
        let start = key.len().checked_sub(length);
        let rest = start.and_then(|start| key.get(start..));
        match rest {
            Some(rest) => Ok(Self { key, rest }),
            None => Err(damaged(key, "has too short a key")),
        }
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(damaged(self.key, "is too short"));
        };
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn time(&mut self) -> Result<i64, StoreError> {
        Ok(ordered_number(self.take()?))
    }

    pub(super) fn id(&mut self) -> Result<MessageId, StoreError> {
        Ok(MessageId::from_hash(self.take()?))
    }

    pub(super) fn member(&mut self) -> Result<MemberId, StoreError> {
        let bytes = self.take()?;
        MemberId::from_bytes(&bytes).map_err(|_| damaged(self.key, "names no member"))
    }

    fn position(&mut self) -> Result<Position, StoreError> {
        Ok(Position {
            timestamp: self.time()?,
            hash: self.id()?,
        })
    }

    pub(super) fn end<T>(self, read: T) -> Result<T, StoreError> {
        if self.rest.is_empty() {
            Ok(read)
        } else {
            Err(damaged(self.key, "is too long"))
        }
    }
}
