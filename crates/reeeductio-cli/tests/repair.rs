//! `repair` puts back from a backup what is damaged, and nothing else.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use reeeductio_proto::BlobId;
use reeeductio_testkit::{Member, TestServer};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_reeeductio");

fn run(task: &str, folder: &Path, options: &[&str]) -> (Option<i32>, Value) {
    let output = Command::new(BINARY)
        .args([task, "--json"])
        .arg(folder)
        .args(options)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let document = serde_json::from_str(&printed).unwrap_or(Value::String(errors));
    (output.status.code(), document)
}

/// A stopped server's folder, and a backup of it before the last message and blob came in.
async fn folder_and_backup() -> (TempDir, PathBuf) {
    let copies = tempfile::tempdir().unwrap().keep();
    let server = TestServer::start().await;
    let owner = server.owner(1).await;
    for number in 0..5 {
        let text = format!("message {number}");
        assert_eq!(owner.post("general", text.as_bytes()).await.status, 201);
    }
    assert_eq!(owner.set_bytes("profiles/ada", b"x").await.status, 201);
    put(&owner, b"old blob").await;
    let copy = copies.join("copy");
    let made = Command::new(BINARY)
        .arg("backup")
        .args([server.data(), &copy])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
    assert_eq!(owner.post("general", b"after").await.status, 201);
    put(&owner, b"new blob").await;
    (server.stop().await, copy)
}

async fn put(owner: &Member, content: &[u8]) {
    let id = BlobId::of(content).to_string();
    assert_eq!(owner.put_blob(&id, content.to_vec()).await.status, 201);
}

/// The object of the blob with this content, in whichever space's folder it is.
fn blob_file(folder: &Path, content: &[u8]) -> PathBuf {
    let id = BlobId::of(content).to_string();
    let files = |folder: PathBuf| {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    files(folder.join("blobs"))
        .filter(|shard| shard.is_dir())
        .flat_map(files)
        .find(|path| path.file_name().unwrap().to_string_lossy().contains(&id))
        .unwrap()
}

fn change(folder: &Path, sql: &str) {
    let connection = Connection::open(folder.join("reeeductio.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

fn damage(folder: &Path) {
    std::fs::write(blob_file(folder, b"old blob"), b"0ld blob").unwrap();
    change(
        folder,
        "UPDATE messages SET data = 'other' WHERE event = 3;
         UPDATE blobs SET size = size + 1;
         UPDATE blob_references SET uploaded_at = 1;",
    );
}

#[tokio::test]
async fn what_is_damaged_and_in_the_backup_is_put_back_and_the_rest_is_named() {
    let (folder, copy) = folder_and_backup().await;
    damage(folder.path());
    let from = ["--from", copy.to_str().unwrap()];
    assert_eq!(run("verify", folder.path(), &[]).0, Some(3));
    let (code, report) = run("repair", folder.path(), &from);
    // The new blob's record and reference are not in the backup.
    assert_eq!(code, Some(3), "{report:#}");
    let by = |list: &str, by: &str| {
        let all = report[list].as_array().unwrap().iter();
        all.filter(|mended| mended["by"] == by).count()
    };
    assert_eq!(by("records", "put_back"), 3, "{report:#}");
    assert_eq!(by("records", "lost"), 2, "{report:#}");
    assert_eq!(by("blobs", "put_back"), 1, "{report:#}");
    assert_eq!(
        std::fs::read(blob_file(folder.path(), b"old blob")).unwrap(),
        b"old blob"
    );
    let (code, checked) = run("verify", folder.path(), &[]);
    assert_eq!(code, Some(0), "{checked:#}");
    assert_eq!(checked["messages"], 7, "what came after the backup stays");
    // A second run finds nothing to do.
    let (code, again) = run("repair", folder.path(), &from);
    assert_eq!((code, &again["records"]), (Some(0), &Value::Array(vec![])));
    let data = folder.path().to_owned();
    let server = TestServer::start_with(|config| config.data_dir = data).await;
    let owner = server.owner(1).await;
    let page = owner.get("topics/general/messages").await;
    assert_eq!(page.json["messages"].as_array().unwrap().len(), 6);
    let blob = owner.get_blob(&BlobId::of(b"old blob").to_string()).await;
    assert_eq!(blob.unwrap().1, b"old blob");
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_changes_nothing() {
    let (folder, copy) = folder_and_backup().await;
    damage(folder.path());
    let database = std::fs::read(folder.path().join("reeeductio.db")).unwrap();
    let from = ["--from", copy.to_str().unwrap()];
    let (code, dry) = run(
        "repair",
        folder.path(),
        &[&from[..], &["--dry-run"]].concat(),
    );
    assert_eq!(code, Some(3), "something is lost: {dry:#}");
    assert!(std::fs::read(folder.path().join("reeeductio.db")).unwrap() == database);
    assert_eq!(
        std::fs::read(blob_file(folder.path(), b"old blob")).unwrap(),
        b"0ld blob"
    );
    let (_, wet) = run("repair", folder.path(), &from);
    assert_eq!(dry["records"], wet["records"]);
}

#[tokio::test]
async fn nothing_intact_is_overwritten_and_no_damage_is_copied() {
    let (folder, copy) = folder_and_backup().await;
    // The same blob is damaged in both, and the backup has other damage.
    for folder in [folder.path(), &copy] {
        std::fs::write(blob_file(folder, b"old blob"), b"0ld blob").unwrap();
    }
    change(&copy, "UPDATE messages SET data = 'other' WHERE event = 2");
    let (code, report) = run("repair", folder.path(), &["--from", copy.to_str().unwrap()]);
    assert_eq!(code, Some(3), "{report:#}");
    assert_eq!(report["blobs"][0]["by"], "lost");
    assert_eq!(report["records"], Value::Array(vec![]));
    assert!(report["backup_damage"].as_u64().unwrap() > 0);
    assert_eq!(
        std::fs::read(blob_file(folder.path(), b"old blob")).unwrap(),
        b"0ld blob"
    );
}

#[tokio::test]
async fn a_folder_that_lost_its_database_and_its_blobs_gets_those_of_the_backup() {
    let (folder, copy) = folder_and_backup().await;
    std::fs::write(folder.path().join("reeeductio.db"), b"").unwrap();
    std::fs::remove_dir_all(folder.path().join("blobs")).unwrap();
    let (code, report) = run("repair", folder.path(), &["--from", copy.to_str().unwrap()]);
    assert_eq!(code, Some(3), "what is newer is lost: {report:#}");
    assert_eq!(report["newer_lost"], true);
    let (code, checked) = run("verify", folder.path(), &[]);
    assert_eq!(
        (code, &checked["blobs"]),
        (Some(0), &1.into()),
        "{checked:#}"
    );
    let (code, again) = run("repair", folder.path(), &["--from", copy.to_str().unwrap()]);
    assert_eq!((code, &again["newer_lost"]), (Some(0), &false.into()));
}

/// Ways in which a database cannot be read any more.
fn unreadable() -> [fn(&Path); 5] {
    [
        |database| std::fs::write(database, b"").unwrap(),
        |database| std::fs::remove_file(database).unwrap(),
        |database| cut_off(database, 100),
        |database| cut_off(database, 5000),
        |database| std::fs::write(database, vec![7; 50_000]).unwrap(),
    ]
}

fn cut_off(database: &Path, length: u64) {
    let file = std::fs::File::options().write(true).open(database);
    file.unwrap().set_len(length).unwrap();
}

fn without_log(folder: &Path) {
    for log in ["reeeductio.db-wal", "reeeductio.db-shm"] {
        let _not_there = std::fs::remove_file(folder.join(log));
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_read_is_rebuilt_as_the_dry_run_says_and_what_is_newer_is_lost() {
    for damage in unreadable() {
        let (folder, copy) = folder_and_backup().await;
        std::fs::remove_file(blob_file(folder.path(), b"old blob")).unwrap();
        without_log(folder.path());
        damage(&folder.path().join("reeeductio.db"));
        let from = ["--from", copy.to_str().unwrap()];
        let (code, dry) = run(
            "repair",
            folder.path(),
            &[&from[..], &["--dry-run", "--leftovers"]].concat(),
        );
        assert_eq!(code, Some(3), "{dry:#}");
        assert_eq!(dry["newer_lost"], true, "{dry:#}");
        let (code, wet) = run("repair", folder.path(), &from);
        assert_eq!(code, Some(3), "{wet:#}");
        for part in ["newer_lost", "records", "blobs"] {
            assert_eq!(dry[part], wet[part], "{part}");
        }
        assert_eq!(wet["blobs"].as_array().unwrap().len(), 1);
        assert_eq!(run("verify", folder.path(), &[]).0, Some(0));
    }
}

#[tokio::test]
async fn a_backup_of_another_server_is_refused() {
    let (folder, _copy) = folder_and_backup().await;
    let (_other, copy) = folder_and_backup().await;
    let from = ["--from", copy.to_str().unwrap()];
    let refused = || {
        let (code, report) = run("repair", folder.path(), &from);
        assert_eq!(code, Some(1), "{report:#}");
        assert!(report.to_string().contains("of another server"), "{report}");
    };
    refused();
    without_log(folder.path());
    cut_off(&folder.path().join("reeeductio.db"), 100);
    refused();
}

#[tokio::test]
async fn a_backup_of_another_history_is_refused() {
    let (folder, copy) = folder_and_backup().await;
    // The backup was served, and went its own way.
    let data = copy.clone();
    let server = TestServer::start_with(|config| config.data_dir = data).await;
    let owner = server.owner(1).await;
    assert_eq!(owner.post("general", b"another way").await.status, 201);
    assert_eq!(owner.post("general", b"and on").await.status, 201);
    drop(server.stop().await);
    let data = folder.path().to_owned();
    let server = TestServer::start_with(|config| config.data_dir = data).await;
    assert_eq!(
        server.owner(1).await.post("general", b"on").await.status,
        201
    );
    drop(server.stop().await);
    change(
        folder.path(),
        "UPDATE messages SET data = 'other' WHERE event = 3",
    );
    let before = std::fs::read(folder.path().join("reeeductio.db")).unwrap();
    let (code, report) = run("repair", folder.path(), &["--from", copy.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{report:#}");
    assert!(report.to_string().contains("another history"), "{report}");
    assert!(std::fs::read(folder.path().join("reeeductio.db")).unwrap() == before);
}

#[tokio::test]
async fn a_folder_in_use_is_not_repaired() {
    let (folder, copy) = folder_and_backup().await;
    let data = folder.path().to_owned();
    let _server = TestServer::start_with(|config| config.data_dir = data).await;
    let (code, report) = run("repair", folder.path(), &["--from", copy.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(report.to_string().contains("in use"), "{report}");
}

#[tokio::test]
async fn leftovers_are_removed_when_asked_for_and_only_then() {
    let (folder, copy) = folder_and_backup().await;
    let shard = blob_file(folder.path(), b"old blob")
        .parent()
        .unwrap()
        .to_owned();
    let name = shard.file_name().unwrap().to_str().unwrap();
    let left = shard.join(format!("B{name}left.0123"));
    let unfinished = shard.join(format!("B{name}part.0123#1"));
    std::fs::write(&left, b"x").unwrap();
    std::fs::write(&unfinished, b"x").unwrap();
    let from = ["--from", copy.to_str().unwrap()];
    assert_eq!(run("repair", folder.path(), &from).0, Some(0));
    assert!(left.exists());
    let (code, report) = run("repair", folder.path(), &["--leftovers", "--dry-run"]);
    assert_eq!((code, &report["leftovers"]), (Some(0), &1.into()));
    assert!(left.exists());
    let (code, report) = run("repair", folder.path(), &["--leftovers"]);
    assert_eq!(
        (code, &report["leftovers"]),
        (Some(0), &2.into()),
        "{report:#}"
    );
    assert!(!left.exists() && !unfinished.exists());
    assert_eq!(run("verify", folder.path(), &[]).0, Some(0));
}

#[tokio::test]
async fn a_database_that_cannot_be_read_is_named_by_verify_and_backup_and_leaves_no_copy() {
    for (number, damage) in unreadable().into_iter().enumerate() {
        if number == 1 {
            // Without a database there is nothing to check.
            continue;
        }
        let (folder, copy) = folder_and_backup().await;
        without_log(folder.path());
        let database = folder.path().join("reeeductio.db");
        damage(&database);
        let (code, report) = run("verify", folder.path(), &[]);
        assert_eq!(code, Some(3), "{number}: {report:#}");
        let named = |finding: &Value| {
            assert_eq!(finding["code"], "database.corrupt", "{finding}");
            assert_eq!(finding["file"], database.to_str().unwrap());
            assert!(
                finding["cure"]
                    .as_str()
                    .unwrap()
                    .contains("reeeductio repair")
            );
        };
        named(&report["damage"][0]);
        let target = copy.with_file_name("another");
        let (code, report) = run("backup", folder.path(), &[target.to_str().unwrap()]);
        assert_eq!(code, Some(3), "{number}: {report:#}");
        assert!(!report["check"]["damage"].as_array().unwrap().is_empty());
        if report["backup"].is_null() {
            named(&report["check"]["damage"][0]);
            let left = std::fs::read_dir(&target).unwrap().count();
            assert_eq!(left, 0, "{number}: the next run can use the directory");
        }
    }
}

#[tokio::test]
async fn a_blob_folder_that_is_not_there_is_named_with_the_option() {
    let (folder, copy) = folder_and_backup().await;
    let blobs = folder.path().join("blobs");
    std::fs::rename(&blobs, folder.path().join("elsewhere")).unwrap();
    let target = copy.with_file_name("another");
    for (task, options) in [
        ("verify", vec![]),
        ("backup", vec![target.to_str().unwrap()]),
    ] {
        let (code, report) = run(task, folder.path(), &options);
        assert_eq!(code, Some(1), "{report:#}");
        let said = report.to_string();
        assert!(said.contains(blobs.to_str().unwrap()), "{said}");
        assert!(said.contains("--blobs DIR"), "{said}");
    }
}
