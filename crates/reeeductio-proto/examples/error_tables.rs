//! Prints the table of error codes as a file of a binding: `error_tables python` or `error_tables typescript`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use reeeductio_proto::{ClientCode, ErrorCode, ErrorKind};

fn main() -> ExitCode {
    let printed = match std::env::args().nth(1).as_deref() {
        Some("python") => python(),
        Some("typescript") => typescript(),
        _ => return ExitCode::from(2),
    };
    #[expect(clippy::print_stdout, reason = "this is a program for people")]
    {
        print!("{printed}");
    }
    ExitCode::SUCCESS
}

/// The class that the first release raised, where it is another. An error of two classes can be caught as both.
fn published(code: &str) -> Option<&'static str> {
    if let Some(client) = ClientCode::parse(code) {
        return match client {
            ClientCode::Credentials | ClientCode::NotSignedIn => Some("Validation"),
            ClientCode::VerifyBlob => Some("Blob"),
            other if other.kind() == ErrorKind::Integrity => Some("Chain"),
            _ => None,
        };
    }
    match ErrorCode::parse(code)? {
        ErrorCode::BlobTooLarge => Some("Blob"),
        ErrorCode::DataStale => Some("Validation"),
        ErrorCode::MemberUnknown => Some("Authorization"),
        ErrorCode::SpaceUnknown => Some("Authentication"),
        _ => None,
    }
}

/// Name of the exception.
fn class(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::Interrupted | ErrorKind::Other => "ReeeductioError".to_owned(),
        _ => format!("{}Error", kind.as_str()),
    }
}

/// Code and class of each row.
fn server() -> Vec<(&'static str, String)> {
    let row = |code: &ErrorCode| (code.as_str(), class(code.kind()));
    ErrorCode::ALL.iter().map(row).collect()
}

fn client() -> Vec<(&'static str, String)> {
    let row = |code: &ClientCode| (code.as_str(), class(code.kind()));
    ClientCode::ALL.iter().map(row).collect()
}

fn statuses() -> Vec<(u16, String)> {
    let row = |(status, kind): &(u16, ErrorKind)| (*status, class(*kind));
    ErrorKind::STATUSES.iter().map(row).collect()
}

/// Codes that are of a second class.
fn also() -> Vec<(&'static str, String)> {
    let codes = server().into_iter().chain(client());
    codes
        .filter_map(|(code, _)| Some((code, format!("{}Error", published(code)?))))
        .collect()
}

/// Lines, one of each row, each made by `line`.
fn lines<K>(rows: &[(K, String)], line: impl Fn(&K, &str) -> String) -> String {
    rows.iter().map(|(key, class)| line(key, class)).collect()
}

fn python() -> String {
    let line = |code: &&str, class: &str| format!("    \"{code}\": \"{class}\",\n");
    format!(
        "\"\"\"Names of the exceptions by code and status. Written by `cargo xtask generate`: edit the tables in Rust.\"\"\"\n\n\
         from typing import Final\n\n\
         #: Codes of a server's refusals.\nSERVER: Final[dict[str, str]] = {{\n{}}}\n\n\
         #: Codes of what the client finds by itself. A server that uses one does not choose its class.\n\
         CLIENT: Final[dict[str, str]] = {{\n{}}}\n\n\
         #: Second class of a code: the one that release 0.1.1 raised.\nALSO: Final[dict[str, str]] = {{\n{}}}\n\n\
         #: Statuses of refusals whose code is unknown. All other statuses from 500 on are a `ServerError`.\n\
         STATUS: Final[dict[int, str]] = {{\n{}}}\n",
        lines(&server(), line),
        lines(&client(), line),
        lines(&also(), line),
        lines(&statuses(), |status, class| format!(
            "    {status}: \"{class}\",\n"
        )),
    )
}

fn typescript() -> String {
    let line = |code: &&str, class: &str| format!("  ['{code}', {class}],\n");
    let mut used = BTreeSet::new();
    used.extend(
        server()
            .into_iter()
            .chain(client())
            .chain(also())
            .map(|(_, class)| class),
    );
    used.extend(statuses().into_iter().map(|(_, class)| class));
    let imports: Vec<String> = used.iter().map(|class| format!("  {class},\n")).collect();
    let imports = imports.concat();
    format!(
        "/** Classes of errors by code and status. Written by `cargo xtask generate`: edit the tables in Rust. */\n\n\
         import {{\n  type ErrorDetails,\n{imports}}} from './errors.js';\n\n\
         /** A class of errors that a code can have. */\n\
         export type Kind = new (message: string, details: ErrorDetails) => ReeeductioError;\n\n\
         /** Codes of a server's refusals. */\nexport const SERVER: ReadonlyMap<string, Kind> = new Map<string, Kind>([\n{}]);\n\n\
         /** Codes of what the client finds by itself. A server that uses one does not choose its class. */\n\
         export const CLIENT: ReadonlyMap<string, Kind> = new Map<string, Kind>([\n{}]);\n\n\
         /** Second class of a code: the one that the first release raised. */\n\
         export const ALSO: ReadonlyMap<string, Kind> = new Map<string, Kind>([\n{}]);\n\n\
         /** Statuses of refusals whose code is unknown. All other statuses from 500 on are a `ServerError`. */\n\
         export const STATUS: ReadonlyMap<number, Kind> = new Map<number, Kind>([\n{}]);\n",
        lines(&server(), line),
        lines(&client(), line),
        lines(&also(), line),
        lines(&statuses(), |status, class| format!(
            "  [{status}, {class}],\n"
        )),
    )
}
