//! `verify` names what is damaged, `serve` does not serve it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reeeductio_proto::BlobId;
use reeeductio_testkit::{Member, TestServer};
use tempfile::TempDir;

const BLOB: usize = 3 << 20;

fn verify(data: &Path) -> (Option<i32>, String) {
    let Output { status, stdout, .. } = Command::new(env!("CARGO_BIN_EXE_reeeductio"))
        .args(["verify", "--json"])
        .arg(data)
        .output()
        .unwrap();
    (status.code(), String::from_utf8(stdout).unwrap())
}

fn blob_bytes() -> Vec<u8> {
    (0..BLOB)
        .map(|at| at.to_le_bytes()[1] ^ at.to_le_bytes()[2])
        .collect()
}

/// A stopped server's folder with messages, an entry and a blob.
async fn folder() -> TempDir {
    let server = TestServer::start().await;
    let owner = server.owner(1).await;
    for number in 0..20 {
        assert_eq!(
            owner
                .post("general", format!("message {number:03}").as_bytes())
                .await
                .status,
            201
        );
    }
    assert_eq!(owner.set_bytes("profiles/ada", b"x").await.status, 201);
    let bytes = blob_bytes();
    assert_eq!(
        owner
            .put_blob(&BlobId::of(&bytes).to_string(), bytes)
            .await
            .status,
        201
    );
    server.stop().await
}

fn blob_file(folder: &Path) -> PathBuf {
    let shard = std::fs::read_dir(folder.join("blobs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    std::fs::read_dir(shard.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
}

async fn serve(folder: &Path) -> (TestServer, Member) {
    let folder = folder.to_owned();
    let server = TestServer::start_with(|config| config.data_dir = folder).await;
    let owner = server.owner(1).await;
    (server, owner)
}

#[tokio::test]
async fn a_whole_folder_is_clean() {
    let folder = folder().await;
    let (code, report) = verify(folder.path());
    assert_eq!(code, Some(0), "{report}");
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["messages"], &report["blobs"]),
        (&21.into(), &1.into())
    );
}

#[tokio::test]
async fn a_changed_message_is_reported_and_refused() {
    let folder = folder().await;
    let database = folder.path().join("reeeductio.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let text = reeeductio_proto::encoding::encode(b"message 010");
    // Pages keep old copies of rows that have moved: change them all.
    let places: Vec<usize> = bytes
        .windows(text.len())
        .enumerate()
        .filter(|(_, window)| *window == text.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at] ^= 1;
    }
    std::fs::write(&database, bytes).unwrap();
    let (code, report) = verify(folder.path());
    assert_eq!(code, Some(3));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let found = &report["damage"][0];
    assert_eq!(found["code"], "row.corrupt", "{report:#}");
    let what = found["what"].as_str().unwrap();
    assert!(what.starts_with("message general "), "{what}");
    assert_eq!(found["file"], database.to_str().unwrap());
    let space = reeeductio_core::Identity::from_seed(&[1; 32]).space_id();
    assert_eq!(found["spaces"], serde_json::json!([space.to_string()]));
    let (_server, owner) = serve(folder.path()).await;
    let page = owner.get("topics/general/messages").await;
    assert_eq!(page.refusal(), (500, "storage.corrupt"));
    assert_eq!(
        owner.get("topics/general/messages?limit=5").await.status,
        200
    );
}

#[tokio::test]
async fn a_changed_blob_is_reported_and_broken_off() {
    let folder = folder().await;
    let file = blob_file(folder.path());
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[2 << 20] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (code, report) = verify(folder.path());
    assert_eq!(code, Some(3));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let found = &report["damage"][0];
    assert_eq!(found["code"], "blob.corrupt");
    // Where it is, whose it is, and what to do.
    assert_eq!(found["file"], file.to_str().unwrap());
    let space = reeeductio_core::Identity::from_seed(&[1; 32]).space_id();
    assert_eq!(found["spaces"], serde_json::json!([space.to_string()]));
    assert!(
        found["cure"]
            .as_str()
            .unwrap()
            .contains("reeeductio repair")
    );
    let (_server, owner) = serve(folder.path()).await;
    let id = BlobId::of(&blob_bytes()).to_string();
    assert!(
        owner.get_blob(&id).await.is_err(),
        "the connection breaks before the damage"
    );
}

#[tokio::test]
async fn a_blob_damaged_at_its_start_is_a_clean_error() {
    let folder = folder().await;
    let file = blob_file(folder.path());
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (_server, owner) = serve(folder.path()).await;
    let id = BlobId::of(&blob_bytes()).to_string();
    assert_eq!(
        owner.get(&format!("blobs/{id}")).await.refusal(),
        (500, "storage.corrupt")
    );
}

#[tokio::test]
async fn a_torn_or_missing_blob_is_reported() {
    let folder = folder().await;
    let file = blob_file(folder.path());
    std::fs::OpenOptions::new()
        .write(true)
        .open(&file)
        .unwrap()
        .set_len(100)
        .unwrap();
    let (code, report) = verify(folder.path());
    assert_eq!(code, Some(3));
    assert!(report.contains("100 bytes are stored"), "{report}");
    std::fs::remove_file(&file).unwrap();
    assert!(verify(folder.path()).1.contains("missing"));
}

#[tokio::test]
async fn bytes_that_nothing_refers_to_are_no_damage() {
    let folder = folder().await;
    let shard = blob_file(folder.path()).parent().unwrap().to_owned();
    let name = format!("B{}left.0123", shard.file_name().unwrap().to_str().unwrap());
    std::fs::write(shard.join(name), b"x").unwrap();
    let (code, report) = verify(folder.path());
    assert_eq!(code, Some(0), "{report}");
    assert!(report.contains("object.unreferenced"), "{report}");
}
