//! Results of commands.

use std::fmt::Write as _;

use reeeductio_client::Position;
use reeeductio_proto::{MemberId, SpaceId};
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// The result of a command in both of its forms. Some hold keys, so they are wiped when dropped.
pub(crate) struct Answer {
    /// For people.
    pub(crate) text: Zeroizing<String>,
    /// For programs: JSON.
    pub(crate) json: Zeroizing<String>,
}

impl Answer {
    /// The same in both forms.
    pub(crate) fn new(text: impl Into<String>, fields: &impl Serialize) -> Self {
        // Commands answer with structs of texts, numbers and lists of them: always JSON.
        let json = serde_json::to_string_pretty(fields).unwrap_or_default();
        Self {
            text: Zeroizing::new(text.into()),
            json: Zeroizing::new(json),
        }
    }

    /// A text for a program that reads nothing else, such as a shell.
    pub(crate) fn script(text: &str) -> Self {
        Self {
            text: Zeroizing::new(text.to_owned()),
            json: Zeroizing::new(text.to_owned()),
        }
    }

    /// An entry was written: `line` and `fields` say which.
    pub(crate) fn posted(line: &str, mut fields: Value, space: SpaceId, posted: Position) -> Self {
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("space_id".to_owned(), json!(space));
            fields.insert("message_hash".to_owned(), json!(posted.hash));
            fields.insert("server_timestamp".to_owned(), json!(posted.timestamp));
        }
        Self::new(format!("{line}\nSpace: {space}"), &fields)
    }

    /// All members of a kind.
    pub(crate) fn list(kind: &str, members: &[MemberId], space: SpaceId) -> Self {
        let mut text = match members {
            [] => format!("Space {space} has no {kind}"),
            _ => format!("All {kind} of space {space}:"),
        };
        for member in members {
            // Writing to a string cannot fail.
            let _ok = write!(text, "\n  {member}");
        }
        Self::new(text, &json!({ kind: members }))
    }
}
