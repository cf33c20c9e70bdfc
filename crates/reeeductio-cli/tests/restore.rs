//! `restore`: what an operator says of a server that a backup was put in place of.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use reeeductio_proto::{
    Checkpoint, History, Origin, Policy, PublicKey, Settings, Signature, encoding,
    restore_statement, state_entry,
};
use reeeductio_testkit::{Member, ServerProcess};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_reeeductio");

fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY)
        .arg("restore")
        .args(arguments)
        .output()
        .unwrap()
}

/// The output of a step that was done.
#[track_caller]
fn done(arguments: &[&str]) -> String {
    let output = run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The error of a step that was refused.
#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

/// A space with a policy whose settings name the operator's key.
async fn make_space(owner: &Member, operator_key: Option<[u8; 32]>) {
    let settings = Settings {
        operator_key,
        ..Settings::default()
    };
    let mut prev = None;
    let mut messages = Vec::new();
    for entry in [
        state_entry::policy(&Policy::new(History::Static)).unwrap(),
        state_entry::settings(&settings).unwrap(),
    ] {
        let draft = owner.draft("state", entry.path.as_str(), prev, entry.value.as_bytes());
        let hash = draft["message_hash"].as_str().unwrap();
        prev = Some(reeeductio_proto::MessageId::parse(hash).unwrap());
        messages.push(draft);
    }
    let body = json!({"messages": messages});
    let answer = owner.send(Method::POST, "commands", Some(body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

async fn checkpoint(owner: &Member) -> Checkpoint {
    let log: Value = owner
        .http()
        .get(format!("{}/log", owner.url()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let key = encoding::decode_array(log["log_key"].as_str().unwrap()).unwrap();
    let answer = owner.get("checkpoint").await;
    Checkpoint::verify(answer.json["checkpoint"].as_str().unwrap(), &key).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_has_a_new_history_that_its_operator_has_signed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, away) = (folder.path().join("data"), folder.path().join("away"));
    std::fs::create_dir(&away).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (key, statements) = (
        text(&away.join("operator.key")),
        text(&away.join("restore.json")),
    );
    let public = done(&["key", &key]).trim().to_owned();
    assert_eq!(
        std::fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(
        refused(&["key", &key]).contains("cannot make"),
        "a key is never overwritten"
    );

    let server = ServerProcess::start(Path::new(BINARY), &data);
    let owner = Member::sign_in_owner(server.url(), [1; 32]).await;
    make_space(&owner, Some(encoding::decode_array(&public).unwrap())).await;
    let other = Member::sign_in_owner(server.url(), [2; 32]).await;
    make_space(&other, None).await;
    let base = Member::sign_in_owner(server.url(), [3; 32]).await;
    assert_eq!(base.post("general", b"hi").await.status, 201);
    let before = checkpoint(&owner).await;
    let data_text = text(&data);
    let running = refused(&["begin", &data_text, "--output", &statements]);
    assert!(running.contains("cannot open"), "{running}");
    server.kill();

    let begun = done(&["begin", &data_text, "--output", &statements]);
    assert!(
        begun.contains("2 spaces with a policy have a new history"),
        "{begun}"
    );
    assert!(
        begun.contains("1 of them name no operator's key"),
        "{begun}"
    );
    // Begun again before anything is written, it is the same history.
    let first = std::fs::read(&statements).unwrap();
    std::fs::remove_file(&statements).unwrap();
    done(&["begin", &data_text, "--output", &statements]);
    assert_eq!(std::fs::read(&statements).unwrap(), first);
    let unsigned = refused(&["finish", &data_text, "--statements", &statements]);
    assert!(unsigned.contains("no signed statement"), "{unsigned}");
    let wrong = text(&away.join("wrong.key"));
    done(&["key", &wrong]);
    let refusal = refused(&["sign", &statements, "--key", &wrong]);
    assert!(refusal.contains("names this key"), "{refusal}");
    let signed = done(&["sign", &statements, "--key", &key]);
    assert!(signed.contains("1 statements are signed"), "{signed}");
    // A statement that was changed on its way is not taken.
    let good = std::fs::read_to_string(&statements).unwrap();
    std::fs::write(&statements, good.replace("\"size\": 2", "\"size\": 1")).unwrap();
    let changed = refused(&["finish", &data_text, "--statements", &statements]);
    assert!(changed.contains("is not signed by its key"), "{changed}");
    std::fs::write(&statements, good).unwrap();
    done(&["finish", &data_text, "--statements", &statements]);

    let server = ServerProcess::start(Path::new(BINARY), &data);
    let owner = Member::sign_in_owner(server.url(), [1; 32]).await;
    let after = checkpoint(&owner).await;
    assert_eq!((after.size, after.root), (before.size, before.root));
    assert_ne!(after.origin.incarnation(), before.origin.incarnation());
    let listed = owner.get("restores").await.json["restores"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    let signature = Signature::parse(listed[0]["signature"].as_str().unwrap()).unwrap();
    let statement = restore_statement(&before, after.origin.incarnation());
    let operator = PublicKey::parse(&encoding::decode_array(&public).unwrap()).unwrap();
    operator.verify(&statement, &signature).unwrap();
    let other = Member::sign_in_owner(server.url(), [2; 32]).await;
    assert_eq!(
        other.get("restores").await.json["restores"][0]["signature"],
        Value::Null
    );
    let base = Member::sign_in_owner(server.url(), [3; 32]).await;
    assert_eq!(
        base.get("restores").await.refusal(),
        (404, "space.no_policy")
    );
    let named = Origin::new(
        "localhost",
        before.origin.space(),
        before.origin.incarnation(),
    );
    assert_eq!(named.unwrap(), before.origin);
}
