//! `reeeductio-admin key`.

use clap::Subcommand;
use reeeductio_client::{Identity, random};
use reeeductio_proto::{BlobId, MemberId, MemberKind, MessageId};
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::secret::{to_hex, write_exposed};

#[derive(Debug, Subcommand)]
pub(crate) enum KeyTask {
    /// Make a key pair and print it
    Generate,
    /// Say what an id is the id of
    Info {
        /// The id of a user, space, tool, message or blob
        identifier: String,
    },
}

#[derive(Serialize)]
struct KeyPair {
    #[serde(serialize_with = "write_exposed")]
    private_key_hex: Zeroizing<String>,
    public_key_hex: String,
    user_id: String,
    space_id: String,
    tool_id: String,
}

impl KeyTask {
    pub(super) fn run(&self) -> Result<Answer, Failure> {
        match self {
            Self::Generate => generate(),
            Self::Info { identifier } => info(identifier),
        }
    }
}

fn generate() -> Result<Answer, Failure> {
    let keys = Identity::from_seed(&Zeroizing::new(random()?));
    let pair = KeyPair {
        private_key_hex: to_hex(&keys.seed()),
        public_key_hex: to_hex(&keys.public_key()).to_string(),
        user_id: keys.user_id().to_string(),
        space_id: keys.space_id().to_string(),
        tool_id: keys.tool_id().to_string(),
    };
    let text = format!(
        "Private Key: {}\nPublic Key:  {}\n\nIts ids:\n  User ID:  {}\n  Space ID: {}\n  Tool ID:  {}",
        *pair.private_key_hex, pair.public_key_hex, pair.user_id, pair.space_id, pair.tool_id
    );
    Ok(Answer::new(text, &pair))
}

fn info(identifier: &str) -> Result<Answer, Failure> {
    let kind = kind(identifier).ok_or_else(|| {
        Failure::usage(
            "the identifier",
            "is no id",
            "an id has 44 characters of base64url and begins with U, S, T, M or B",
        )
    })?;
    let text = format!("Type: {kind}\nID:   {identifier}");
    Ok(Answer::new(
        text,
        &json!({ "type": kind, "id": identifier }),
    ))
}

fn kind(identifier: &str) -> Option<&'static str> {
    if let Ok(member) = MemberId::parse(identifier) {
        return Some(match member.kind() {
            MemberKind::Space => "SPACE",
            MemberKind::Tool => "TOOL",
            MemberKind::User => "USER",
        });
    }
    if MessageId::parse(identifier).is_ok() {
        return Some("MESSAGE");
    }
    BlobId::parse(identifier).is_ok().then_some("BLOB")
}
