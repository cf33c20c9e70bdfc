//! A draft, and its bytes in the local store.

use reeeductio_proto::{MemberId, Message, MessageId, Position, TopicId, encoding};
use serde::{Deserialize, Serialize};

use crate::error::ClientError;
use crate::store::StoreError;

/// A message that waits to be sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Draft {
    /// Random: no two drafts are the same bytes.
    pub(super) id: [u8; 16],
    /// The newest message that was known of the topic when the draft was made: the draft is not before it.
    pub(super) after: Option<Position>,
    /// A time that the server's clock had reached then, Unix milliseconds.
    pub(super) since: Option<i64>,
    pub(super) topic: TopicId,
    pub(super) kind: String,
    /// Base64, as it is sent.
    pub(super) data: String,
}

/// A draft as the local store keeps it.
#[derive(Deserialize, Serialize)]
struct Record {
    version: u8,
    id: [u8; 16],
    after: Option<(String, i64)>,
    since: Option<i64>,
    topic: String,
    kind: String,
    data: String,
}

const VERSION: u8 = 1;

impl Draft {
    /// Returns whether a message is this draft: what was sealed is never the same twice, and what was not sealed and is the same says the same.
    pub(super) fn is(&self, message: &Message, member: MemberId) -> bool {
        message.sender == member && message.kind == self.kind && message.data == self.data
    }

    /// The bytes to be sent.
    pub(super) fn data(&self) -> Result<Vec<u8>, ClientError> {
        encoding::decode(&self.data).map_err(|error| damaged(&error))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let record = Record {
            version: VERSION,
            id: self.id,
            after: self.after.map(|at| (at.hash.to_string(), at.timestamp)),
            since: self.since,
            topic: self.topic.to_string(),
            kind: self.kind.clone(),
            data: self.data.clone(),
        };
        // Nothing in it that JSON cannot say.
        serde_json::to_vec(&record).unwrap_or_default()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, ClientError> {
        let record: Record = serde_json::from_slice(bytes).map_err(|error| damaged(&error))?;
        if record.version != VERSION {
            let version = record.version;
            let error = format!("a draft of version {version}; use a newer release");
            return Err(StoreError::Unavailable(error).into());
        }
        let after = record.after.map(|(hash, timestamp)| {
            let hash = MessageId::parse(&hash).map_err(|error| damaged(&error))?;
            Ok::<_, ClientError>(Position { hash, timestamp })
        });
        Ok(Self {
            id: record.id,
            after: after.transpose()?,
            since: record.since,
            topic: TopicId::parse(&record.topic).map_err(|error| damaged(&error))?,
            kind: record.kind,
            data: record.data,
        })
    }
}

fn damaged(error: &dyn std::fmt::Display) -> ClientError {
    StoreError::Damaged(format!("a draft: {error}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_read_as_it_was_written_and_nothing_else_is() {
        let draft = Draft {
            id: [7; 16],
            after: Some(Position {
                hash: MessageId::of(b"head"),
                timestamp: 5,
            }),
            since: None,
            topic: TopicId::parse("general").unwrap(),
            kind: "ü|\"k\"".to_owned(),
            data: "AAAA".to_owned(),
        };
        let bytes = draft.to_bytes();
        assert_eq!(Draft::from_bytes(&bytes).unwrap(), draft);
        for length in 0..bytes.len() {
            let error = Draft::from_bytes(&bytes[..length]).unwrap_err();
            assert_eq!(error.code_text(), "store.damaged");
        }
        let later = String::from_utf8(bytes)
            .unwrap()
            .replace("\"version\":1", "\"version\":2");
        let error = Draft::from_bytes(later.as_bytes()).unwrap_err();
        assert_eq!(error.code_text(), "store.unavailable");
    }
}
