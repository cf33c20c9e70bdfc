//! Messages of the log that were judged.

use std::fmt;

use reeeductio_proto::{Lane, Message, MessageId, SealedHeader, SpaceId, Target, encoding};

use super::judge::check_payload;
use super::reason::{LogRefused, Reason};
use crate::chain::VerifiedMessage;

/// One message of a page, judged for itself: a bad one never hides the good ones.
#[derive(Clone, Debug)]
pub enum LogItem {
    /// It is its sender's, who was allowed to write it, and it is where the server put it for everybody.
    Verified(Box<LogMessage>),
    /// It is in the log, and not to be believed.
    Refused(Box<LogRefused>),
}

/// A message of the log that was verified. Its payload is sealed still.
#[derive(Clone, Eq, PartialEq)]
pub struct LogMessage {
    pub(super) message: VerifiedMessage,
    pub(super) header: Option<SealedHeader>,
    pub(super) payload: Payload,
    pub(super) number: u64,
    pub(super) may_change_others: bool,
}

/// The ciphertext of a message, or why it is not there.
#[derive(Clone, Eq, PartialEq)]
pub enum Payload {
    /// The ciphertext, which has the hash that the signed part names.
    Here(Vec<u8>),
    /// There never was one: a value of the state that everybody can read.
    Plain,
    /// Its author had asked for its removal, and that time has come.
    Expired,
    /// The space's settings keep payloads for less time.
    NotRetained,
    /// It is missing: an edit or a delete explains it, or it is withheld. [`Revisions`](super::Revisions) tells which.
    Missing,
}

impl LogMessage {
    /// Takes a message back from where it was kept after it was verified, with what [`may_change_others`](Self::may_change_others)
    /// said. Hash, signature and payload are checked again; its place and its sender's rights are not.
    pub fn restore(
        space: &SpaceId,
        message: Message,
        payload: Payload,
        number: u64,
        may_change_others: bool,
    ) -> Result<Self, Reason> {
        let message = VerifiedMessage::restore(space, message).map_err(Reason::Chain)?;
        let header = match payload {
            Payload::Plain => None,
            _ => Some(SealedHeader::parse(
                &encoding::decode(&message.data).unwrap_or_default(),
            )?),
        };
        let payload = match (payload, &header) {
            (Payload::Here(bytes), Some(header)) => check_payload(header, bytes)?,
            (payload, _) => payload,
        };
        Ok(Self {
            message,
            header,
            payload,
            number,
            may_change_others,
        })
    }

    /// Returns whether its sender had the right to edit or delete, as this message does, what others wrote.
    pub fn may_change_others(&self) -> bool {
        self.may_change_others
    }

    /// The message with its signed part.
    pub fn message(&self) -> &VerifiedMessage {
        &self.message
    }

    /// The id.
    pub fn id(&self) -> MessageId {
        self.message.message_hash
    }

    /// The signed part, read; `None` for a plain value of the state.
    pub fn header(&self) -> Option<&SealedHeader> {
        self.header.as_ref()
    }

    /// The payload.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Number of the event.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The lane.
    pub fn lane(&self) -> Lane {
        Lane {
            member: self.message.sender,
            id: self.header.as_ref().map_or([0; 8], |header| header.lane),
        }
    }

    /// The message that it edits or deletes.
    pub fn target(&self) -> Option<&Target> {
        self.header.as_ref()?.target.as_ref()
    }

    /// Bytes that it holds, about.
    pub(super) fn bytes(&self) -> usize {
        let payload = match &self.payload {
            Payload::Here(bytes) => bytes.len(),
            _ => 0,
        };
        payload + self.message.data.len() + size_of::<Self>()
    }
}

impl LogItem {
    /// The message, or why it is not handed out.
    pub fn into_result(self) -> Result<Box<LogMessage>, Box<LogRefused>> {
        match self {
            Self::Verified(message) => Ok(message),
            Self::Refused(refused) => Err(refused),
        }
    }

    /// The message, if it was verified.
    pub fn verified(&self) -> Option<&LogMessage> {
        match self {
            Self::Verified(message) => Some(message),
            Self::Refused(_) => None,
        }
    }
}

impl fmt::Debug for LogMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogMessage")
            .field("id", &self.id())
            .field("number", &self.number)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(bytes) => write!(f, "Here({} bytes)", bytes.len()),
            Self::Plain => f.write_str("Plain"),
            Self::Expired => f.write_str("Expired"),
            Self::NotRetained => f.write_str("NotRetained"),
            Self::Missing => f.write_str("Missing"),
        }
    }
}
