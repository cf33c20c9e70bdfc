//! Sealed messages, format 1 (`spec/crypto.md`).

mod content;

use reeeductio_proto::{
    FormatError, MemberId, PAYLOAD, SealedHeader, SpaceId, Target, TargetChange, TopicId, lp,
};
use sha2::{Digest as _, Sha256};

use crate::epoch::TopicEpoch;
use crate::message_key::MessageKey;
use crate::seal::{OpenError, SealError};

pub use content::{MessageContent, Seen, check_content};

/// The type that every sealed message outside the topic `state` has.
pub const SEALED: &str = "sealed";

/// Where a sealed message belongs: it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct MessagePlace<'a> {
    /// The space.
    pub space: &'a SpaceId,
    /// The topic.
    pub topic: &'a TopicId,
    /// The type: [`SEALED`], or in the topic `state` the path.
    pub kind: &'a str,
    /// The member that signs.
    pub sender: &'a MemberId,
}

/// The fields of the signed part that the author chooses.
#[derive(Clone, Copy, Debug)]
pub struct MessageHead {
    /// The lane; zero in the topic `state`.
    pub lane: [u8; 8],
    /// Digest of the newest message below `auth/` that the author has verified.
    pub authority: [u8; 32],
    /// 16 fresh random bytes.
    pub salt: [u8; 16],
    /// When the payload is to be removed, Unix milliseconds.
    pub expires: Option<u64>,
    /// The message that this one edits or deletes; `None` for a message of its own.
    pub target: Option<Target>,
}

/// Why the payload of a message, or a signal, was not opened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SealedError {
    /// It is sealed under this epoch, and not under the one whose keys were given.
    #[error("sealed under epoch {0}, whose root is not there")]
    Epoch(u32),
    /// The payload is not the one that the signed part names.
    #[error("the payload is not that of the message")]
    Payload,
    /// The key is not the one that the author committed to.
    #[error("the key is not that of the message")]
    Commitment,
    /// The payload does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The plaintext is not in the format.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// Checks that a signed part may be where it is: lanes, edits and deletes belong to topics, not to the state. Both
/// the writer and the reader check it.
pub fn check_place(header: &SealedHeader, place: MessagePlace<'_>) -> Result<(), FormatError> {
    let is_state = place.topic.is_state();
    if is_state != (header.lane == [0; 8]) {
        return Err(FormatError::Malformed(
            "the lane is zero in the state alone",
        ));
    }
    if is_state && header.target.is_some() {
        return Err(FormatError::Malformed("the state has no edits and deletes"));
    }
    if header.target.is_some_and(|target| target.revision == 0) {
        return Err(FormatError::Malformed("revisions begin with 1"));
    }
    if !is_state && place.kind != SEALED {
        return Err(FormatError::Malformed(
            "the type of a sealed message is `sealed`",
        ));
    }
    Ok(())
}

/// Seals a message under an epoch of its topic: its signed part, and its payload.
pub fn seal_message(
    epoch: &TopicEpoch,
    place: MessagePlace<'_>,
    head: MessageHead,
    content: &MessageContent,
) -> Result<(SealedHeader, Vec<u8>), SealError> {
    if is_delete(head.target) && !content.is_empty() {
        return Err(SealError::Delete);
    }
    if !epoch.is_of(place.space, place.topic) {
        return Err(FormatError::Malformed("the epoch is of another topic or space").into());
    }
    let key = key_of(epoch, place, head.lane, &head.salt);
    let mut header = SealedHeader {
        lane: head.lane,
        epoch: epoch.number(),
        key_id: epoch.key_id(),
        authority: head.authority,
        salt: head.salt,
        commitment: key.commitment(),
        expires: head.expires,
        target: head.target,
        payload_hash: [0; 32],
    };
    check_place(&header, place)?;
    let plain = content.to_padded()?;
    let payload = key.seal(&associated(&header, place), plain)?;
    header.payload_hash = Sha256::digest(&payload).into();
    Ok((header, payload))
}

/// Derives the key of a message, to open it, or to reveal it alone.
pub fn message_key(
    epoch: &TopicEpoch,
    place: MessagePlace<'_>,
    header: &SealedHeader,
) -> MessageKey {
    key_of(epoch, place, header.lane, &header.salt)
}

/// Opens a payload with the key of its message.
pub fn open_message(
    key: &MessageKey,
    place: MessagePlace<'_>,
    header: &SealedHeader,
    payload: &[u8],
) -> Result<MessageContent, SealedError> {
    check_place(header, place)?;
    if Sha256::digest(payload).as_slice() != header.payload_hash {
        return Err(SealedError::Payload);
    }
    if !PAYLOAD.contains(&payload.len()) {
        return Err(FormatError::Malformed("a payload has 208 to 65,552 bytes").into());
    }
    if !key.is_committed(&header.commitment) {
        return Err(SealedError::Commitment);
    }
    let plain = key.open(&associated(header, place), payload)?;
    let content = MessageContent::from_padded(plain)?;
    if is_delete(header.target) && !content.is_empty() {
        return Err(FormatError::Malformed("a delete has no content").into());
    }
    Ok(content)
}

fn is_delete(target: Option<Target>) -> bool {
    target.is_some_and(|target| target.change == TargetChange::Delete)
}

fn key_of(
    epoch: &TopicEpoch,
    place: MessagePlace<'_>,
    lane: [u8; 8],
    salt: &[u8; 16],
) -> MessageKey {
    let context = lp([
        b"reeeductio/message/v1".as_slice(),
        &place.space.to_bytes(),
        place.topic.as_str().as_bytes(),
        &place.sender.to_bytes(),
        &lane,
    ]);
    MessageKey::derive(epoch.key(), salt, &context)
}

fn associated(header: &SealedHeader, place: MessagePlace<'_>) -> Vec<u8> {
    let mut bytes = header.unhashed();
    bytes.extend(lp([
        place.space.to_bytes().as_slice(),
        place.topic.as_str().as_bytes(),
        place.kind.as_bytes(),
        &place.sender.to_bytes(),
    ]));
    bytes
}

#[cfg(test)]
mod tests;
