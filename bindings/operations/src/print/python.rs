//! `_operations.py`: a typed method for each operation.

use std::fmt::Write as _;

use reeeductio_operations::{AnswerType, Parameter, Signature, Type};

use super::tables;

const HEAD: &str = r#"# Written by `cargo xtask generate`.
"""The operations of the native module, each with its types."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike

from reeeductio import _native
from reeeductio._answers import (
    blob,
    changes,
    created,
    credentials,
    entry,
    frames,
    history,
    keyring,
    message,
    messages,
    opened,
    opened_page,
    same,
    sealed_blob,
    sent,
    space_credentials,
    statuses,
    value_list,
    waiting,
)
from reeeductio._operation import Operation, Runner
from reeeductio.credentials import Credentials
from reeeductio.exceptions import (
    AuthenticationError,
    BlobError,
    ChainError,
    OpaqueError,
    ReeeductioError,
    StreamError,
    ValidationError,
)
from reeeductio.files import Progress, Readable
from reeeductio.models import BlobCreated, DataEntry, EncryptedBlobCreated, Message, MessageCreated, Status
from reeeductio.opaque import OpaqueCredentials
from reeeductio.outbox import SentMessage, WaitingMessage
from reeeductio.streams import Items
from reeeductio.topics import TopicMessage
from reeeductio.values import Value
"#;

/// The file.
pub(crate) fn stub() -> String {
    let mut text = HEAD.to_owned();
    for (class, about, signatures) in tables() {
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "\n\nclass {class}(Runner):\n    \"\"\"{about}\"\"\"\n"
        );
        for signature in signatures {
            text.push('\n');
            text.push_str(&method(signature));
        }
    }
    text
}

fn method(signature: &Signature) -> String {
    let Signature {
        name,
        about,
        parameters,
        answer,
        ..
    } = signature;
    let (result, convert) = shape(*answer);
    let mut text = format!("    def {}(", snake(name));
    if parameters.is_empty() {
        text.push_str("self");
    } else {
        text.push_str("\n        self,\n");
        for Parameter { name, kind } in *parameters {
            let _ = writeln!(text, "        {name}: {},", spelled(kind));
        }
        text.push_str("    ");
    }
    let _ = writeln!(
        text,
        ") -> Operation[{result}]:\n        \"\"\"{}\"\"\"",
        about.trim()
    );
    // A tuple of one has a comma.
    let kinds = match raised(signature).as_slice() {
        [one] => format!("({one},)"),
        several => format!("({})", several.join(", ")),
    };
    let _ = write!(
        text,
        "        return self.begin(\n            \"{name}\",\n            {convert},\n            {kinds},\n"
    );
    for Parameter { name, .. } in *parameters {
        let _ = writeln!(text, "            {name}={name},");
    }
    text.push_str("        )\n");
    text
}

fn spelled(kind: &Type) -> String {
    match kind {
        Type::Bool => "bool".to_owned(),
        Type::Whole => "int".to_owned(),
        Type::Text => "str".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Content => "bytes | str".to_owned(),
        Type::Place => "str | None".to_owned(),
        Type::Position => "tuple[str, int]".to_owned(),
        Type::Path => "str | PathLike[str]".to_owned(),
        Type::Change => "Callable[[bytes | None], bytes | str | None]".to_owned(),
        Type::Store => "_native.Store".to_owned(),
        Type::Source => "Readable".to_owned(),
        Type::Progress => "Progress".to_owned(),
        Type::Follow => "list[tuple[str, str | None, int | None]] | None".to_owned(),
        Type::Optional(inner) => format!("{} | None", spelled(inner)),
    }
}

/// The type of an answer, and the function that makes it.
fn shape(answer: AnswerType) -> (&'static str, &'static str) {
    match answer {
        AnswerType::None => ("None", "same"),
        AnswerType::Text => ("str", "same"),
        AnswerType::MaybeText => ("str | None", "same"),
        AnswerType::Texts => ("list[str]", "same"),
        AnswerType::Bytes => ("bytes", "same"),
        AnswerType::Number => ("int", "same"),
        AnswerType::Position => ("MessageCreated", "created"),
        AnswerType::Message => ("Message", "message"),
        AnswerType::Page => ("list[Message]", "messages"),
        AnswerType::Entry => ("DataEntry", "entry"),
        AnswerType::Blob => ("BlobCreated", "blob"),
        AnswerType::SealedBlob => ("EncryptedBlobCreated", "sealed_blob"),
        AnswerType::Enabled => ("tuple[bool, bool, bool]", "same"),
        AnswerType::Login => ("OpaqueCredentials", "credentials"),
        AnswerType::Credentials => ("Credentials", "space_credentials"),
        AnswerType::Keyring => ("list[Credentials]", "keyring"),
        AnswerType::MaybeBytes => ("bytes | None", "same"),
        AnswerType::Entries => ("list[Value]", "value_list"),
        AnswerType::Opened => ("TopicMessage", "opened"),
        AnswerType::OpenedPage => ("list[TopicMessage]", "opened_page"),
        AnswerType::Waiting => ("list[WaitingMessage]", "waiting"),
        AnswerType::Sent => ("list[SentMessage]", "sent"),
        AnswerType::Live => ("Items[Message | None]", "frames"),
        AnswerType::History => ("Items[TopicMessage]", "history"),
        AnswerType::Changes => ("Items[Value]", "changes"),
        AnswerType::Statuses => ("Items[Status]", "statuses"),
        AnswerType::Pieces => ("Items[int | bytes]", "same"),
    }
}

/// The exceptions that release 0.1.1 raises for every failure of such an operation.
fn raised(signature: &Signature) -> Vec<&'static str> {
    let area = signature.area.rsplit("::").next().unwrap_or_default();
    match (area, signature.answer, signature.name) {
        ("topics" | "values" | "connection" | "outbox" | "account", ..)
        | ("admin", _, "DeleteBlob") => vec![],
        ("admin" | "session", ..) => vec!["AuthenticationError"],
        ("blobs" | "files", ..) => vec!["BlobError"],
        ("passwords", AnswerType::Enabled, _) => vec!["ReeeductioError"],
        ("passwords", _, "RegisterPassword") => vec!["OpaqueError", "ValidationError"],
        ("passwords", ..) | ("entrance", AnswerType::Login, _) => vec!["OpaqueError"],
        ("entrance", _, name) if name != "AcceptInvitation" => vec![],
        (_, AnswerType::Live | AnswerType::Statuses, _) => vec!["StreamError"],
        ("entrance" | "invitations", ..) | (_, AnswerType::Position, _) => vec!["ChainError"],
        _ => vec!["ValidationError"],
    }
}

fn snake(name: &str) -> String {
    let mut spelled = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !spelled.is_empty() {
            spelled.push('_');
        }
        spelled.push(letter.to_ascii_lowercase());
    }
    spelled
}
