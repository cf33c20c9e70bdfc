//! Messages of spaces with a policy, with what proves their place (spec/protocol.md).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::messages::{MessageBody, MessageCreated, PostMessage};

/// A message of a space with a policy: the eight keys of the base protocol, and what its leaf needs.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct EntryBody {
    /// The message.
    #[serde(flatten)]
    pub message: MessageBody,
    /// The ciphertext, standard base64; null if it was removed, or if there never was one.
    pub payload: Option<String>,
    /// Number of the event.
    pub n: u64,
    /// Id of the newest message of `state` before this event, null if there is none.
    pub state: Option<String>,
    /// The newest edit or delete of the message, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revised: Option<RevisedBody>,
}

/// The newest edit or delete of a message.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct RevisedBody {
    /// Id of the message that says so.
    pub by: String,
    /// Counts the changes of the message, from 1.
    pub revision: u32,
    /// Whether it is a delete.
    pub deleted: bool,
}

/// A page of messages of a space with a policy.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct EntryPage {
    /// In the order asked for.
    pub messages: Vec<EntryBody>,
    /// Whether the range holds more.
    pub has_more: bool,
    /// Hash of the leaf of the topic's event before the oldest message, standard base64; null if there is none.
    pub previous: Option<String>,
    /// Proof that the leaf of the newest message is in the tree; null for an empty page.
    pub proof: Option<InclusionBody>,
}

/// One message of a space with a policy, proven.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ProvenEntry {
    /// The message.
    #[serde(flatten)]
    pub entry: EntryBody,
    /// As of a page with this message alone.
    pub previous: Option<String>,
    /// Proof that its leaf is in the tree.
    pub proof: InclusionBody,
}

/// Proof that a leaf is in the tree of a checkpoint (RFC 9162, 2.1.3).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct InclusionBody {
    /// The checkpoint, a signed note.
    pub checkpoint: String,
    /// Standard base64, 32 bytes each.
    pub hashes: Vec<String>,
    /// That the checkpoint which the request names as `verified` is the beginning of this one (RFC 9162, 2.1.4); standard base64, 32
    /// bytes each. Absent if the request names none, or a size that the tree has not reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Vec<String>>,
}

/// Several messages for the topic `state`: all are stored, or none.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CommandBody {
    /// Each on top of the one before.
    pub messages: Vec<PostMessage>,
}

/// A command was carried out.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CommandDone {
    /// In the order of the command.
    pub messages: Vec<MessageCreated>,
}

/// The name and the key of a log of events.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct LogBody {
    /// Name of the server in its checkpoints.
    pub host: String,
    /// The Ed25519 key that signs them, standard base64.
    pub log_key: String,
}

/// A checkpoint of a space.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct CheckpointBody {
    /// A signed note.
    pub checkpoint: String,
}

/// The restores of a space's history, in their order.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct RestoreList {
    /// One for each.
    pub restores: Vec<RestoreBody>,
}

/// A restore (spec/crypto.md, "Restores").
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct RestoreBody {
    /// The old history: 16 hexadecimal digits.
    pub old_incarnation: String,
    /// How many events of it survived.
    pub size: u64,
    /// Root of their tree, standard base64.
    pub root: String,
    /// The history since: 16 hexadecimal digits.
    pub incarnation: String,
    /// The operator's signature of the statement, standard base64; null while there is none.
    pub signature: Option<String>,
}

/// A proof that a leaf is in a tree, or that a tree is the beginning of another.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct ProofBody {
    /// Standard base64, 32 bytes each.
    pub hashes: Vec<String>,
}
