//! A message that was posted, taken apart and checked as far as it can be by itself.

use std::sync::Arc;

use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{
    ChainId, ErrorCode, FormatError, Lane, MemberKind, Message, MessageId, PAYLOAD, SealedHeader,
    Signature, StatePath, TopicId, encoding,
};
use sha2::{Digest as _, Sha256};

use crate::caller::SpaceMember;
use crate::refusal::Refusal;

/// Longest `type` of a message, in bytes. State paths are checked by their own rule.
const MAX_TYPE: usize = 512;

/// Type of all sealed messages outside the topic `state`: what they are is sealed as well.
const SEALED: &str = "sealed";

/// By which rules a message is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rules {
    /// Those of the base protocol.
    Base,
    /// Those of a space with a policy.
    Policy,
}

/// A message whose hash is right; left to decide are its signature, the right to append it, and the chain.
pub(crate) struct Draft {
    pub(crate) message: Message,
    /// In the topic `state`: its path.
    pub(crate) path: Option<StatePath>,
    /// Of a message in sealed format 1.
    pub(crate) sealed: Option<Sealed>,
    pub(crate) rules: Rules,
    /// The published client hashes an empty `prev_hash` like none, and no chain starts with it.
    pub(crate) misses_head: bool,
}

/// The two parts of a message in sealed format 1.
pub(crate) struct Sealed {
    pub(crate) header: SealedHeader,
    pub(crate) payload: Arc<[u8]>,
}

impl Draft {
    /// Takes what was posted apart, and compares its hashes.
    pub(crate) fn read(
        caller: &SpaceMember,
        topic: &TopicId,
        path: Option<StatePath>,
        post: PostMessage,
        rules: Rules,
        now: i64,
    ) -> Result<Self, Refusal> {
        encoding::check(&post.data)
            .map_err(|error| Refusal::field(ErrorCode::MessageInvalidData, "data", error))?;
        let mismatch = || {
            Refusal::field(
                ErrorCode::MessageHashMismatch,
                "message_hash",
                "not the hash of space, topic, type, prev_hash, data and sender. Compute it again from what is sent.",
            )
        };
        let prev_hash = match post.prev_hash.as_deref() {
            None | Some("") => None,
            Some(text) => Some(MessageId::parse(text).map_err(|error| {
                Refusal::field(ErrorCode::MessageInvalidPrevHash, "prev_hash", error)
            })?),
        };
        let message_hash = MessageId::parse(&post.message_hash).map_err(|_| mismatch())?;
        let signature = Signature::parse(&post.signature)
            .map_err(|error| Refusal::field(ErrorCode::SignatureUndecodable, "signature", error))?;
        let sealed = match rules {
            Rules::Base if post.payload.is_some() => {
                return Err(Refusal::field(
                    ErrorCode::FormatUnknown,
                    "payload",
                    "This space has no policy: its messages are those of the base protocol.",
                ));
            }
            Rules::Base => None,
            Rules::Policy => Sealed::read(caller, topic, &post)?,
        };
        let message = Message {
            message_hash,
            topic_id: topic.clone(),
            kind: post.kind,
            prev_hash,
            data: post.data,
            sender: caller.id,
            signature,
            server_timestamp: now,
        };
        if message.compute_hash(&caller.space_id()) != message_hash {
            return Err(mismatch());
        }
        Ok(Self {
            message,
            path,
            sealed,
            rules,
            misses_head: post.prev_hash.as_deref() == Some(""),
        })
    }

    /// Its path, in the topic `state`.
    pub(crate) fn state_path(&self) -> Result<&StatePath, Refusal> {
        self.path
            .as_ref()
            .ok_or_else(|| Refusal::new(ErrorCode::Internal, "a state message without a path"))
    }

    /// The chain it is added to.
    pub(crate) fn chain(&self) -> ChainId {
        ChainId {
            topic: self.message.topic_id.clone(),
            lane: self.lane(),
        }
    }

    /// The sender's lane, `None` for the chain that all writers of the topic share.
    pub(crate) fn lane(&self) -> Option<Lane> {
        let header = &self.sealed.as_ref()?.header;
        (!self.message.topic_id.is_state()).then_some(Lane {
            member: self.message.sender,
            id: header.lane,
        })
    }
}

impl Sealed {
    /// Reads what is posted to a space with a policy. In the topic `state` values need not be sealed.
    fn read(
        caller: &SpaceMember,
        topic: &TopicId,
        post: &PostMessage,
    ) -> Result<Option<Self>, Refusal> {
        if caller.id.kind() == MemberKind::Space {
            return Err(Refusal::field(
                ErrorCode::FormatMalformed,
                "sender",
                "In a space with a policy the owner acts by its U… id. Sign in with that.",
            ));
        }
        let is_state = topic.is_state();
        let Some(payload) = &post.payload else {
            if is_state {
                return Ok(None);
            }
            return Err(Refusal::field(
                ErrorCode::FormatRequired,
                "payload",
                "missing. Messages of this space are in sealed format 1: send the ciphertext beside `data`.",
            ));
        };
        let malformed = |field, why: &str| Refusal::field(ErrorCode::FormatMalformed, field, why);
        if !is_state && post.kind != SEALED {
            return Err(malformed("type", "must be `sealed`"));
        }
        let data = encoding::decode(&post.data)
            .map_err(|error| Refusal::field(ErrorCode::MessageInvalidData, "data", error))?;
        let header = SealedHeader::parse(&data).map_err(|error| {
            let code = match error {
                FormatError::Unknown { .. } => ErrorCode::FormatUnknown,
                _ => ErrorCode::FormatMalformed,
            };
            Refusal::field(code, "data", error)
        })?;
        if is_state != (header.lane == [0; 8]) {
            return Err(malformed(
                "data",
                "lane: must be zero in the topic `state`, and must not be elsewhere",
            ));
        }
        if is_state && header.target.is_some() {
            return Err(malformed(
                "data",
                "target: there are no edits and deletes in the topic `state`",
            ));
        }
        let payload = encoding::decode(payload)
            .map_err(|error| Refusal::field(ErrorCode::FormatMalformed, "payload", error))?;
        if !PAYLOAD.contains(&payload.len()) {
            return Err(malformed(
                "payload",
                &format!(
                    "{} bytes; {} to {} are allowed",
                    payload.len(),
                    PAYLOAD.start(),
                    PAYLOAD.end()
                ),
            ));
        }
        if <[u8; 32]>::from(Sha256::digest(&payload)) != header.payload_hash {
            return Err(Refusal::field(
                ErrorCode::PayloadMismatch,
                "payload",
                "does not have the hash that `data` names. Send the payload that belongs to it.",
            ));
        }
        Ok(Some(Self {
            header,
            payload: payload.into(),
        }))
    }
}

/// Reads the type of what is posted: the path in the topic `state`.
pub(crate) fn read_type(topic: &TopicId, kind: &str) -> Result<Option<StatePath>, Refusal> {
    if topic.is_state() {
        return StatePath::parse(kind).map(Some).map_err(invalid_path);
    }
    // Hash preimages join fields by `|`; a type that holds one could be read two ways.
    let reason = if kind.len() > MAX_TYPE {
        format!("at most {MAX_TYPE} bytes are allowed")
    } else if kind.contains(|c: char| c == '|' || c.is_control()) {
        "control characters and | are not allowed".to_owned()
    } else {
        return Ok(None);
    };
    Err(Refusal::field(
        ErrorCode::MessageInvalidType,
        "type",
        reason,
    ))
}

pub(crate) fn invalid_path(error: reeeductio_proto::PathError) -> Refusal {
    Refusal::field(ErrorCode::StateInvalidPath, "path", error)
}
