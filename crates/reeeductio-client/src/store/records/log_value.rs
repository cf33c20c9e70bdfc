//! Values of records of the log of a space with a policy. Those that are raised begin with a number that grows.

use reeeductio_core::Seen;
use reeeductio_core::log::{LaneTail, LogRecord, SeenVerdict, Sighting, SignedCheckpoint, Tail};
use reeeductio_proto::{
    Checkpoint, Lane, LogServer, MemberId, MessageId, Origin, SpaceId, TopicId,
};

use super::key::Kind;
use super::value::{Fields, damaged, text, topic as topic_of};
use crate::store::StoreError;

/// The state that stays in force after a restore, as the client writes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InForceRecord {
    /// Messages that it holds: of two processes that accept a restore, the one that knows more counts.
    pub messages: u64,
    /// Sealed by the client.
    pub sealed: Vec<u8>,
}

/// Bytes of a lane at the end of a key: the member, and the lane's id.
const LANE: usize = 33 + 8;

pub(super) fn checkpoint(signed: &SignedCheckpoint) -> Vec<u8> {
    let host = signed.checkpoint().origin.host().as_bytes();
    let mut bytes = signed.checkpoint().size.to_be_bytes().to_vec();
    bytes.extend_from_slice(signed.log_key());
    // A host has at most 253 bytes.
    bytes.push(u8::try_from(host.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(host);
    bytes.extend_from_slice(signed.note().as_bytes());
    bytes
}

pub(super) fn tail(tail: &Tail) -> Vec<u8> {
    let mut bytes = tail.number.to_be_bytes().to_vec();
    bytes.extend_from_slice(&tail.leaf);
    bytes.extend_from_slice(&tail.timestamp.to_be_bytes());
    bytes
}

pub(super) fn topic(newest: &Tail, is_whole: bool) -> Vec<u8> {
    let mut bytes = tail(newest);
    bytes.push(u8::from(is_whole));
    bytes
}

pub(super) fn lane(tail: &LaneTail) -> Vec<u8> {
    let mut bytes = tail.number.to_be_bytes().to_vec();
    bytes.extend_from_slice(tail.hash.hash());
    bytes.extend_from_slice(&tail.authority);
    if let Some(prev_hash) = &tail.prev_hash {
        bytes.extend_from_slice(prev_hash.hash());
    }
    bytes
}

pub(super) fn sighting(sighting: &Sighting) -> Vec<u8> {
    let mut bytes = sighting.number.to_be_bytes().to_vec();
    bytes.push(match sighting.verdict {
        SeenVerdict::Unproven => 0,
        SeenVerdict::Proven => 1,
        SeenVerdict::Suspicious => 2,
    });
    bytes.extend_from_slice(sighting.message.hash());
    bytes.extend_from_slice(&sighting.seen.incarnation);
    bytes.extend_from_slice(&sighting.seen.size.to_be_bytes());
    bytes.extend_from_slice(&sighting.seen.root);
    bytes
}

pub(super) fn passed(messages: &[(u64, MessageId)]) -> Vec<u8> {
    let newest = messages.last().map_or(0, |(number, _)| *number);
    let mut bytes = newest.to_be_bytes().to_vec();
    for (number, id) in messages {
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend_from_slice(id.hash());
    }
    bytes
}

pub(super) fn restored(before: [u8; 8], survived: u64, begins: &Checkpoint) -> Vec<u8> {
    let mut bytes = before.to_vec();
    bytes.extend_from_slice(&survived.to_be_bytes());
    bytes.extend_from_slice(&begins.size.to_be_bytes());
    bytes.extend_from_slice(&begins.root);
    bytes.extend_from_slice(&begins.origin.incarnation());
    bytes.extend_from_slice(begins.origin.host().as_bytes());
    bytes
}

/// Reads the record of a restore.
pub(super) fn read_restored(
    space: &SpaceId,
    key: &[u8],
    value: &[u8],
) -> Result<LogRecord, StoreError> {
    let number = u32::try_from(super::value::number(key)?);
    let number = number.map_err(|_| damaged(key, "names no restore"))?;
    let mut fields = Fields::open(key, value)?;
    let before = fields.take()?;
    let survived = u64::from_be_bytes(fields.take()?);
    let size = u64::from_be_bytes(fields.take()?);
    let (root, incarnation) = (fields.take()?, fields.take()?);
    let origin = Origin::new(&text(key, fields.rest)?, *space, incarnation);
    let origin = origin.ok_or_else(|| damaged(key, "names no host"))?;
    Ok(LogRecord::Restored {
        number,
        before,
        survived,
        begins: Box::new(Checkpoint { origin, size, root }),
    })
}

/// Reads a record of a kind, and how many restores had been accepted when it was made.
pub(super) fn read(
    kind: Kind,
    space: &SpaceId,
    key: &[u8],
    value: &[u8],
) -> Result<(u32, LogRecord), StoreError> {
    let mut fields = Fields::open(key, value)?;
    if kind == Kind::NamedCheckpoint {
        let named = LogRecord::Named(read_checkpoint(space, key, fields)?);
        return Ok((0, named));
    }
    let restores = u32::from_be_bytes(fields.take()?);
    let record = match kind {
        Kind::Checkpoint => Ok(LogRecord::Checkpoint(read_checkpoint(space, key, fields)?)),
        Kind::Passed => read_passed(key, fields),
        Kind::TopicTail => {
            let tail = read_tail(&mut fields)?;
            let is_whole = fields.take()? == [1];
            fields.end(LogRecord::Topic {
                topic: topic_of(key)?,
                tail,
                is_whole,
            })
        }
        Kind::LaneTail => {
            let number = u64::from_be_bytes(fields.take()?);
            let (hash, authority) = (fields.id()?, fields.take()?);
            let prev_hash = match fields.rest {
                [] => None,
                _ => Some(fields.id()?),
            };
            let (topic, lane) = lane_of(key)?;
            fields.end(LogRecord::Lane {
                topic,
                lane,
                tail: LaneTail {
                    hash,
                    prev_hash,
                    number,
                    authority,
                },
            })
        }
        Kind::StateTail => {
            let place = usize::try_from(super::value::number(key)?);
            let place = place.map_err(|_| damaged(key, "names no place"))?;
            let tail = read_tail(&mut fields)?;
            fields.end(LogRecord::State { place, tail })
        }
        Kind::Sighting => read_sighting(key, fields),
        _ => Err(damaged(key, "is none of a log")),
    };
    Ok((restores, record?))
}

fn read_passed(key: &[u8], mut fields: Fields<'_>) -> Result<LogRecord, StoreError> {
    let _newest: [u8; 8] = fields.take()?;
    let mut messages = Vec::new();
    while !fields.rest.is_empty() {
        let number = u64::from_be_bytes(fields.take()?);
        messages.push((number, fields.id()?));
    }
    Ok(LogRecord::Passed {
        topic: topic_of(key)?,
        messages,
    })
}

fn read_tail(fields: &mut Fields<'_>) -> Result<Tail, StoreError> {
    Ok(Tail {
        number: u64::from_be_bytes(fields.take()?),
        leaf: fields.take()?,
        timestamp: i64::from_be_bytes(fields.take()?),
    })
}

fn read_sighting(key: &[u8], mut fields: Fields<'_>) -> Result<LogRecord, StoreError> {
    let (topic, lane) = lane_of(key)?;
    let number = u64::from_be_bytes(fields.take()?);
    let verdict = match fields.take()? {
        [0] => SeenVerdict::Unproven,
        [1] => SeenVerdict::Proven,
        [2] => SeenVerdict::Suspicious,
        _ => return Err(damaged(key, "has an unknown verdict")),
    };
    let message: MessageId = fields.id()?;
    let seen = Seen {
        incarnation: fields.take()?,
        size: u64::from_be_bytes(fields.take()?),
        root: fields.take()?,
    };
    fields.end(LogRecord::Seen(Box::new(Sighting {
        topic,
        lane,
        message,
        number,
        seen,
        verdict,
    })))
}

/// A checkpoint, its signature verified again.
fn read_checkpoint(
    space: &SpaceId,
    key: &[u8],
    mut fields: Fields<'_>,
) -> Result<Box<SignedCheckpoint>, StoreError> {
    let size = u64::from_be_bytes(fields.take()?);
    let log_key = fields.take()?;
    let [length] = fields.take()?;
    let parts = fields.rest.split_at_checked(usize::from(length));
    let (host, note) = parts.ok_or_else(|| damaged(key, "is too short"))?;
    let server = LogServer {
        host: text(key, host)?,
        log_key,
    };
    let signed = SignedCheckpoint::verify(*space, &server, &text(key, note)?);
    match signed {
        Ok(signed) if signed.checkpoint().size == size => Ok(Box::new(signed)),
        _ => Err(damaged(key, "holds no signed checkpoint")),
    }
}

/// The topic and the lane in a key that ends with a lane.
fn lane_of(key: &[u8]) -> Result<(TopicId, Lane), StoreError> {
    let mut end = Fields::end_of(key, LANE)?;
    let member: MemberId = end.member()?;
    let id = end.take()?;
    Ok((topic_of(key)?, Lane { member, id }))
}
