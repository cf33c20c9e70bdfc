//! Messages: the canonical bytes, the id, the signature (wire.md 3).

use sha2::{Digest, Sha256};

use crate::id::{MemberId, MessageId, SpaceId};
use crate::signature::{PublicKey, Signature, SignatureError};
use crate::topic::TopicId;

/// A message as it is stored and served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// SHA-256 of the canonical bytes.
    pub message_hash: MessageId,
    /// The topic.
    pub topic_id: TopicId,
    /// `type` on the wire; in the topic `state`, the path.
    pub kind: String,
    /// The message before it in the topic, `None` for the first.
    pub prev_hash: Option<MessageId>,
    /// Base64 text, exactly as it was sent: it is what is hashed.
    pub data: String,
    /// The member that signed it.
    pub sender: MemberId,
    /// Ed25519 over the 33 bytes of `message_hash`.
    pub signature: Signature,
    /// Unix milliseconds, assigned by the server, strictly increasing in the topic. Not signed.
    pub server_timestamp: i64,
}

/// A message is not what it claims to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// `message_hash` is not the hash of the other fields.
    #[error("message_hash is not the hash of the message")]
    Hash,
    /// The signature is not the sender's.
    #[error("signature: {0}")]
    Signature(#[from] SignatureError),
}

/// SHA-256 of `space|topic|type|prev|data|sender`, where a missing `prev` is the text `null`.
pub fn message_hash(
    space: &SpaceId,
    topic: &TopicId,
    kind: &str,
    prev_hash: Option<&MessageId>,
    data: &str,
    sender: &MemberId,
) -> MessageId {
    let mut head = Vec::with_capacity(256 + kind.len());
    space.write_text(&mut head);
    head.push(b'|');
    head.extend_from_slice(topic.as_str().as_bytes());
    head.push(b'|');
    head.extend_from_slice(kind.as_bytes());
    head.push(b'|');
    match prev_hash {
        Some(hash) => hash.write_text(&mut head),
        None => head.extend_from_slice(b"null"),
    }
    head.push(b'|');
    let mut tail = Vec::with_capacity(1 + crate::id::TEXT_LENGTH);
    tail.push(b'|');
    sender.write_text(&mut tail);
    let hash = Sha256::new()
        .chain_update(&head)
        .chain_update(data.as_bytes())
        .chain_update(&tail)
        .finalize();
    MessageId::from_hash(hash.into())
}

impl Message {
    /// The id these fields must have.
    pub fn compute_hash(&self, space: &SpaceId) -> MessageId {
        message_hash(
            space,
            &self.topic_id,
            &self.kind,
            self.prev_hash.as_ref(),
            &self.data,
            &self.sender,
        )
    }

    /// Checks the id against the fields and the signature against the id.
    pub fn verify(&self, space: &SpaceId, key: &PublicKey) -> Result<(), MessageError> {
        if self.compute_hash(space) != self.message_hash {
            return Err(MessageError::Hash);
        }
        key.verify(&self.message_hash.to_bytes(), &self.signature)?;
        Ok(())
    }

    /// [`verify`](Self::verify) with the key that the sender's id is.
    pub fn verify_by_sender(&self, space: &SpaceId) -> Result<(), MessageError> {
        self.verify(space, &PublicKey::parse(self.sender.public_key())?)
    }

    /// Appends the JSON object with exactly the eight keys of the base protocol. The published clients
    /// refuse a message with one more or one less.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"message_hash\":\"");
        self.message_hash.write_text(out);
        out.extend_from_slice(b"\",\"topic_id\":\"");
        out.extend_from_slice(self.topic_id.as_str().as_bytes());
        out.extend_from_slice(b"\",\"type\":");
        write_string(&self.kind, out);
        out.extend_from_slice(b",\"prev_hash\":");
        match &self.prev_hash {
            Some(hash) => {
                out.push(b'"');
                hash.write_text(out);
                out.push(b'"');
            }
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"data\":");
        write_string(&self.data, out);
        out.extend_from_slice(b",\"sender\":\"");
        self.sender.write_text(out);
        out.extend_from_slice(b"\",\"signature\":\"");
        out.extend_from_slice(crate::encoding::encode(&self.signature.to_bytes()).as_bytes());
        out.extend_from_slice(b"\",\"server_timestamp\":");
        out.extend_from_slice(self.server_timestamp.to_string().as_bytes());
        out.push(b'}');
    }
}

/// Appends a JSON string. Most need no escaping.
fn write_string(text: &str, out: &mut Vec<u8>) {
    if text.bytes().all(|c| c >= 0x20 && c != b'"' && c != b'\\') {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}
