//! `verify-evidence`: files that say that a server signed two histories.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes
)]

use std::fs;
use std::process::{Command, Output};

use reeeductio_core::Identity;
use reeeductio_core::log::Evidence;
use reeeductio_proto::tree::Proof;
use reeeductio_proto::{Checkpoint, Origin, encoding};
use serde_json::{Value, json};

fn server() -> Identity {
    Identity::from_seed(&[7; 32])
}

/// A checkpoint of seven events with this root, as a server signs it.
fn note(root: u8) -> String {
    let server = server();
    let checkpoint = Checkpoint {
        origin: Origin::new("chat.example", server.space_id(), [1; 8]).unwrap(),
        size: 7,
        root: [root; 32],
    };
    let signature = server.sign(checkpoint.text().as_bytes());
    checkpoint.to_note(&server.public_key(), &signature)
}

fn evidence() -> Vec<u8> {
    let key = server().public_key();
    let evidence = Evidence::new(key, note(1), note(2), Proof::default());
    evidence.unwrap().to_bytes()
}

fn run(file: &[u8], arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence");
    fs::write(&path, file).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeeductio"));
    command.arg("verify-evidence").arg(path);
    command.args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn evidence_says_which_server_signed_what() {
    let output = run(&evidence(), &[]);
    assert_eq!(output.status.code(), Some(0));
    let key = encoding::encode(&server().public_key());
    let report = text(&output.stdout);
    let space = server().space_id();
    for part in [
        format!("verified: chat.example has signed two histories of space {space}"),
        format!("7 events, root {}", encoding::encode(&[2; 32])),
        format!("signed with {key}"),
        "Compare this key".to_owned(),
    ] {
        assert!(report.contains(&part), "{part}: {report}");
    }
    let output = run(&evidence(), &["--json", "--log-key", &key]);
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let tree = |root: u8| json!({"size": 7, "root": encoding::encode(&[root; 32])});
    let expected = json!({
        "host": "chat.example",
        "space": space.to_string(),
        "incarnation": "0101010101010101",
        "log_key": key,
        "checkpoints": [tree(1), tree(2)],
    });
    assert_eq!(report, expected);
}

#[test]
fn what_is_no_evidence_fails_and_says_why() {
    let other = encoding::encode(&[9; 32]);
    let output = run(&evidence(), &["--log-key", &other]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("another key"));
    assert!(output.stdout.is_empty());
    let same = text(&evidence()).replace(&note(2), &note(1));
    let mut forged = evidence();
    let last = forged.len() - 5;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let unknown = text(&evidence()).replacen("evidence 1", "evidence 2", 1);
    for (file, why) in [
        (
            same.as_bytes(),
            "does not show that the checkpoints disagree",
        ),
        (&forged, "shows nothing"),
        (
            unknown.as_bytes(),
            "of a version that this release does not read",
        ),
        (&vec![b'x'; 100_000], "not evidence"),
        (b"", "not evidence"),
    ] {
        for arguments in [&[][..], &["--json"]] {
            let output = run(file, arguments);
            assert_eq!(output.status.code(), Some(1), "{why}");
            let error = text(&output.stderr);
            assert!(error.contains(why), "{why}: {error}");
        }
    }
}

#[test]
fn a_file_that_is_not_there_fails() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeeductio"));
    let output = command
        .args(["verify-evidence", "nowhere"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot open nowhere"));
}
