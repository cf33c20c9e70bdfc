//! No start of a server removes blobs that it only does not know.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, UNIX_EPOCH};

use reeeductio_proto::{BlobId, History, Policy, state_entry};
use reeeductio_testkit::{Member, TestServer};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_reeeductio");

fn run(arguments: &[&str], folder: &Path) -> Output {
    Command::new(BINARY)
        .args(arguments)
        .arg(folder)
        .env("SERVER__PORT", "0")
        .output()
        .unwrap()
}

fn shown(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8(text).unwrap()
}

/// Neither the check nor the server accepts the folder; both name what is wrong.
fn refused(data: &Path, blobs: Option<&Path>, words: &str) {
    for check in [true, false] {
        let mut command = Command::new(BINARY);
        command.args(["serve", "--dev"]);
        command.args(check.then_some("--check"));
        command.arg("--data").arg(data).env("SERVER__PORT", "0");
        if let Some(blobs) = blobs {
            command.env("BLOB_STORE__PATH", blobs);
        }
        let output = command.output().unwrap();
        let text = shown(&output);
        assert_eq!(output.status.code(), Some(1), "check {check}: {text}");
        assert!(text.contains(words), "{text}");
    }
}

async fn put(owner: &Member, content: &[u8]) {
    let id = BlobId::of(content).to_string();
    assert_eq!(owner.put_blob(&id, content.to_vec()).await.status, 201);
}

/// A stopped server's folder with a blob, and a backup from before it.
async fn folder_and_backup() -> (TempDir, PathBuf) {
    let copy = tempfile::tempdir().unwrap().keep().join("copy");
    let server = TestServer::start().await;
    let owner = server.owner(1).await;
    put(&owner, b"before").await;
    let made = Command::new(BINARY)
        .arg("backup")
        .args([server.data(), &copy])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", shown(&made));
    put(&owner, b"after").await;
    (server.stop().await, copy)
}

/// The files of blobs.
fn objects(blobs: &Path) -> Vec<PathBuf> {
    fs::read_dir(blobs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|shard| shard.is_dir())
        .flat_map(|shard| fs::read_dir(shard).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect()
}

/// Makes every blob older than what a sweep spares.
fn age(blobs: &Path) {
    let then = UNIX_EPOCH + Duration::from_hours(10_000);
    for object in objects(blobs) {
        File::options()
            .write(true)
            .open(object)
            .unwrap()
            .set_modified(then)
            .unwrap();
    }
}

/// Starts a server and stops it after its first sweep.
async fn serve_until_swept(data: &Path, blobs: &Path) {
    let (data, blobs) = (data.to_owned(), blobs.to_owned());
    let server = TestServer::start_with(|config| {
        config.data_dir = data;
        config.blob_store.path = Some(blobs);
    })
    .await;
    let address = server.url().replace("http://", "");
    tokio::task::spawn_blocking(move || while !swept(&address) {})
        .await
        .unwrap();
    server.stop().await;
}

fn swept(address: &str) -> bool {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let last = answer
        .lines()
        .find_map(|line| line.strip_prefix("reeeductio_last_sweep_timestamp_seconds "));
    last.unwrap() != "0"
}

#[tokio::test]
async fn a_missing_or_empty_database_is_not_made_anew_beside_what_a_server_left() {
    let (folder, _copy) = folder_and_backup().await;
    let data = folder.path();
    let blobs = data.join("blobs");
    age(&blobs);
    let database = data.join("reeeductio.db");
    for log in ["reeeductio.db-wal", "reeeductio.db-shm"] {
        let _not_there = fs::remove_file(data.join(log));
    }
    fs::write(&database, b"").unwrap();
    refused(data, None, "reeeductio.db is empty, but blobs of a server");
    fs::remove_file(&database).unwrap();
    refused(
        data,
        None,
        "reeeductio.db is missing, but blobs of a server",
    );
    assert_eq!(objects(&blobs).len(), 2);
    assert!(!database.exists());
    fs::remove_dir_all(&blobs).unwrap();
    refused(data, None, "token.secret of a server is there");
    // An empty data directory is one of a new server.
    fs::remove_file(data.join("token.secret")).unwrap();
    refused(data, None, "log.key of a server is there");
    fs::remove_file(data.join("log.key")).unwrap();
    let output = run(&["serve", "--check", "--dev", "--data"], data);
    assert!(output.status.success(), "{}", shown(&output));
}

#[tokio::test]
async fn a_lost_log_key_is_not_made_anew_once_it_has_signed() {
    let data = TestServer::start().await.stop().await;
    let key = data.path().join("log.key");
    fs::remove_file(&key).unwrap();
    // Nothing was signed with it.
    let config = data.path().to_owned();
    let server = TestServer::start_with(|new| new.data_dir = config).await;
    let owner = Member::sign_in_owner(&server.url(), [1; 32]).await;
    let policy = state_entry::policy(&Policy::new(History::Static)).unwrap();
    let message = owner.draft("state", policy.path.as_str(), None, policy.value.as_bytes());
    let body = json!({"messages": [message]});
    let answer = owner.send(Method::POST, "commands", Some(body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let _folder = server.stop().await;
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    refused(data.path(), None, "log.key is missing, but the database");
    assert!(!key.exists());
    fs::write(&key, kept).unwrap();
    let output = run(&["serve", "--check", "--dev", "--data"], data.path());
    assert!(output.status.success(), "{}", shown(&output));
}

#[tokio::test]
async fn another_data_directory_does_not_get_the_blobs() {
    let (folder, _copy) = folder_and_backup().await;
    let blobs = folder.path().join("blobs");
    age(&blobs);
    // A new one, and one that was served before with blobs of its own.
    let new = tempfile::tempdir().unwrap();
    refused(new.path(), Some(&blobs), "reeeductio.db is missing");
    let other = TestServer::start().await.stop().await;
    refused(other.path(), Some(&blobs), "belong to another database");
    assert_eq!(objects(&blobs).len(), 2);
    // The same database, in a copy, while the server runs.
    let copy = tempfile::tempdir().unwrap();
    for file in ["reeeductio.db", "token.secret"] {
        fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let data = folder.path().to_owned();
    let running = TestServer::start_with(|config| config.data_dir = data).await;
    let output = Command::new(BINARY)
        .args(["serve", "--dev", "--data"])
        .arg(copy.path())
        .env("BLOB_STORE__PATH", &blobs)
        .env("SERVER__PORT", "0")
        .output()
        .unwrap();
    let text = shown(&output);
    assert!(text.contains("in use by another server"), "{text}");
    running.stop().await;
    assert_eq!(objects(&blobs).len(), 2);
}

#[tokio::test]
async fn a_backup_beside_the_newer_blobs_removes_none_until_the_operator_says_so() {
    let (folder, copy) = folder_and_backup().await;
    let blobs = folder.path().join("blobs");
    age(&blobs);
    // Twice: the first start must not make the second one forget.
    for _ in 0..2 {
        serve_until_swept(&copy, &blobs).await;
        assert_eq!(objects(&blobs).len(), 2);
    }
    let output = Command::new(BINARY)
        .args(["serve", "--check", "--dev", "--data"])
        .arg(&copy)
        .env("BLOB_STORE__PATH", &blobs)
        .env("SERVER__PORT", "0")
        .output()
        .unwrap();
    let text = shown(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("are kept"), "{text}");
    // And the newer database knows that another one was there.
    serve_until_swept(folder.path(), &blobs).await;
    assert_eq!(objects(&blobs).len(), 2);
}

#[tokio::test]
async fn a_copy_of_the_file_is_older_as_soon_as_the_server_has_run_again() {
    let (folder, _copy) = folder_and_backup().await;
    let blobs = folder.path().join("blobs");
    let old = tempfile::tempdir().unwrap();
    let database = old.path().join("reeeductio.db");
    fs::copy(folder.path().join("reeeductio.db"), &database).unwrap();
    let data = folder.path().to_owned();
    let server = TestServer::start_with(|config| config.data_dir = data).await;
    put(&server.owner(1).await, b"newest").await;
    server.stop().await;
    age(&blobs);
    serve_until_swept(old.path(), &blobs).await;
    assert_eq!(objects(&blobs).len(), 3);
}

#[tokio::test]
async fn after_a_repair_that_wrote_the_database_anew_leftovers_are_kept_until_they_are_asked_for() {
    let (folder, copy) = folder_and_backup().await;
    let blobs = folder.path().join("blobs");
    age(&blobs);
    let database = File::options()
        .write(true)
        .open(folder.path().join("reeeductio.db"))
        .unwrap();
    database.set_len(5000).unwrap();
    let repair = ["repair", "--from", copy.to_str().unwrap()];
    run(&repair, folder.path());
    for _ in 0..2 {
        serve_until_swept(folder.path(), &blobs).await;
        assert_eq!(objects(&blobs).len(), 2);
    }
    let output = run(&["repair", "--leftovers", "--dry-run"], folder.path());
    assert!(shown(&output).contains("1 leftovers"), "{}", shown(&output));
    serve_until_swept(folder.path(), &blobs).await;
    assert_eq!(objects(&blobs).len(), 2);
    assert!(
        run(&["repair", "--leftovers"], folder.path())
            .status
            .success()
    );
    assert_eq!(objects(&blobs).len(), 1);
    // From now on the server sweeps up again.
    let left = objects(&blobs)[0].with_extension("0000000000000001");
    fs::write(&left, b"left").unwrap();
    age(&blobs);
    serve_until_swept(folder.path(), &blobs).await;
    assert!(!left.exists());
}

#[tokio::test]
async fn a_backup_is_served_where_it_is_and_sweeps_up() {
    let (_folder, copy) = folder_and_backup().await;
    let blobs = copy.join("blobs");
    let left = objects(&blobs)[0].with_extension("0000000000000001");
    fs::write(&left, b"left").unwrap();
    age(&blobs);
    serve_until_swept(&copy, &blobs).await;
    assert_eq!(objects(&blobs).len(), 1);
}
