//! `operations.ts`: the arguments and the answer of each operation.

use std::fmt::Write as _;

use reeeductio_operations::{AnswerType, Parameter, Type, camel};

use super::tables;

const HEAD: &str = "/** Operations of the WebAssembly module: the arguments and the answer of each. Written by `cargo xtask generate`. */

import type { Stream as NativeStream } from '../build/reeeductio_wasm.js';
import type { CredentialsRecord } from './credentials.js';
import type { Bytes, Content } from './encoding.js';
import type { MessageRecord, OpenedRecord } from './message.js';
import type { Progress } from './options.js';
import type { Input } from './source.js';
import type { LocalStore } from './store.js';
import type { ValueRecord } from './values.js';
";

/// The file.
pub(crate) fn stub() -> String {
    let mut text = HEAD.to_owned();
    for (class, about, signatures) in tables() {
        // Writing to a String does not fail.
        let _ = write!(text, "\n/** {about} */\nexport interface {class} {{\n");
        for signature in signatures {
            // There are no files in a browser.
            if signature
                .parameters
                .iter()
                .any(|one| matches!(one.kind, Type::Path))
            {
                continue;
            }
            let _ = writeln!(
                text,
                "  /** {} */\n  {}: {{",
                signature.about.trim(),
                signature.name
            );
            let _ = writeln!(text, "    arguments: {};", arguments(signature.parameters));
            let _ = writeln!(text, "    answer: {};\n  }};", shape(signature.answer));
        }
        text.push_str("}\n");
    }
    text
}

fn arguments(parameters: &[Parameter]) -> String {
    if parameters.is_empty() {
        return "object".to_owned();
    }
    let each: Vec<_> = parameters
        .iter()
        .map(|Parameter { name, kind }| match kind {
            Type::Optional(inner) => format!("{}?: {} | undefined", camel(name), spelled(inner)),
            Type::Place | Type::Follow => {
                format!("{}?: {} | undefined", camel(name), spelled(kind))
            }
            kind => format!("{}: {}", camel(name), spelled(kind)),
        })
        .collect();
    format!("{{ {} }}", each.join("; "))
}

fn spelled(kind: &Type) -> &'static str {
    match kind {
        Type::Bool => "boolean",
        Type::Whole => "number",
        Type::Text | Type::Path => "string",
        Type::Bytes => "Uint8Array",
        Type::Content => "Content",
        Type::Place => "string | null",
        Type::Change => "(old: Bytes | undefined) => Content | undefined",
        Type::Store => "LocalStore",
        Type::Source => "Input",
        Type::Progress => "Progress",
        Type::Position => "[messageHash: string, serverTimestamp: number]",
        Type::Follow => "(string | number | null)[][]",
        Type::Optional(inner) => spelled(inner),
    }
}

fn shape(answer: AnswerType) -> &'static str {
    match answer {
        AnswerType::None => "undefined",
        AnswerType::Text => "string",
        AnswerType::MaybeText => "string | undefined",
        AnswerType::Texts => "string[]",
        AnswerType::Bytes => "Bytes",
        AnswerType::Number => "number",
        AnswerType::Position => "[messageHash: string, serverTimestamp: number]",
        AnswerType::Message => "MessageRecord",
        AnswerType::Page => "[messages: MessageRecord[], hasMore: boolean]",
        AnswerType::Entry => {
            "[path: string, data: string, signedBy: string, signature: string, signedAt: number]"
        }
        AnswerType::Blob => "[blobId: string, size: number]",
        AnswerType::SealedBlob => "[blobId: string, size: number, dek: Bytes]",
        AnswerType::Enabled => "[serverSetup: boolean, role: boolean, capability: boolean]",
        AnswerType::Login => {
            "[memberId: string, privateKey: Bytes, symmetricRoot: Bytes, userSymmetricKey: Bytes | undefined]"
        }
        AnswerType::Credentials => "CredentialsRecord",
        AnswerType::Keyring => "CredentialsRecord[]",
        AnswerType::MaybeBytes => "Bytes | undefined",
        AnswerType::Entries => "ValueRecord[]",
        AnswerType::Opened => "OpenedRecord",
        AnswerType::OpenedPage => "OpenedRecord[]",
        AnswerType::Waiting => {
            "[number: number, topicId: string, type: string, content: Bytes | undefined][]"
        }
        AnswerType::Sent => "[number: number, messageHash: string, serverTimestamp: number][]",
        AnswerType::Live
        | AnswerType::History
        | AnswerType::Changes
        | AnswerType::Statuses
        | AnswerType::Pieces => "NativeStream",
    }
}
