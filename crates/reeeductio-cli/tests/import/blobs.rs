//! Blobs, in files and in a database.

use std::fs;

use reeeductio_proto::BlobId;
use rusqlite::{Connection, params};
use serde_json::json;

use crate::target::{Target, owner};
use crate::upstream::{Author, Upstream};

const TIME: i64 = 1_700_000_000_000;

#[tokio::test]
async fn missing_damaged_and_ownerless_blobs_are_left_out() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let mine = [(space.id, space.owner.id)];
    let whole = upstream.blob(b"whole", &mine);
    let missing = upstream.blob(b"missing", &mine);
    fs::remove_file(upstream.blob_file(missing)).unwrap();
    let damaged = upstream.blob(b"damaged", &mine);
    fs::write(upstream.blob_file(damaged), b"damage!").unwrap();
    let unreferenced = upstream.blob(b"nobody's", &[]);
    let bare = BlobId::of(b"bare");
    fs::write(upstream.blob_file(bare), b"bare").unwrap();
    let planted = upstream.blob(b"planted", &[(space.id, Author::user(66).id)]);
    let broken = upstream.blob(b"broken", &mine);
    fs::write(upstream.blob_file(broken).with_extension("meta"), b"{").unwrap();
    fs::write(upstream.path().join("blobs").join("README"), b"x").unwrap();
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(3));
    assert_eq!(
        imported.report["left_out_by_code"],
        json!({
            "blob.hash": 1,
            "blob.id": 1,
            "blob.meta": 1,
            "blob.missing": 1,
            "blob.unreferenced": 2,
            "reference.stranger": 1,
        })
    );
    for (code, id) in [
        ("blob.missing", missing),
        ("blob.hash", damaged),
        ("blob.meta", broken),
        ("reference.stranger", planted),
    ] {
        assert!(imported.finding(code).contains(&id.to_string()));
    }
    assert_eq!(target.verify()["blobs"], 1);
    let server = target.serve().await;
    let owner = owner(&server, &space).await;
    assert_eq!(
        owner.get_blob(&whole.to_string()).await.unwrap().1,
        b"whole"
    );
    for id in [missing, damaged, unreferenced, bare, planted, broken] {
        assert_eq!(owner.get(&format!("blobs/{id}")).await.status, 404);
    }
}

#[test]
fn a_blob_that_comes_back_whole_is_taken_by_the_next_run() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let id = upstream.blob(b"bytes", &[(space.id, space.owner.id)]);
    fs::write(upstream.blob_file(id), b"damage").unwrap();
    let target = Target::new();
    assert_eq!(target.import(&upstream).left_out(), ["blob.hash"]);
    target.verify();
    fs::write(upstream.blob_file(id), b"bytes").unwrap();
    assert_eq!(target.import(&upstream).tally("blobs"), [1, 1, 0]);
    assert_eq!(target.verify()["blobs"], 1);
}

#[tokio::test]
async fn blobs_of_a_database_are_taken_over_as_well() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let bytes = vec![9; 2_500_000];
    let (whole, damaged, missing) = (BlobId::of(&bytes), BlobId::of(b"2"), BlobId::of(b"3"));
    let connection = Connection::open(upstream.path().join("blobs.db")).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE blobs (blob_id TEXT PRIMARY KEY, data BLOB NOT NULL, size INTEGER NOT NULL);
             CREATE TABLE blob_references (blob_id TEXT, space_id TEXT, uploaded_by TEXT, uploaded_at INTEGER);",
        )
        .unwrap();
    for (id, bytes) in [(whole, bytes.as_slice()), (damaged, b"other")] {
        let values = params![id.to_string(), bytes, 0];
        connection
            .execute("INSERT INTO blobs VALUES (?1, ?2, ?3)", values)
            .unwrap();
    }
    for id in [whole, damaged, missing] {
        let (space, member) = (space.id.to_string(), space.owner.id.to_string());
        let values = params![id.to_string(), space, member, TIME];
        connection
            .execute(
                "INSERT INTO blob_references VALUES (?1, ?2, ?3, ?4)",
                values,
            )
            .unwrap();
    }
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.left_out(), ["blob.hash", "blob.missing"]);
    assert_eq!(target.verify()["blobs"], 1);
    let server = target.serve().await;
    let owner = owner(&server, &space).await;
    assert_eq!(owner.get_blob(&whole.to_string()).await.unwrap().1, bytes);
}

#[test]
fn blobs_may_be_kept_elsewhere() {
    let (upstream, elsewhere) = (Upstream::new(), Upstream::new());
    let space = upstream.space(1);
    elsewhere.blob(b"bytes", &[(space.id, space.owner.id)]);
    let target = Target::new();
    let done = target
        .command(upstream.path())
        .arg("--blobs")
        .arg(elsewhere.path().join("blobs"))
        .output()
        .unwrap();
    let out = String::from_utf8(done.stdout).unwrap();
    assert!(
        out.contains("blob references: 1 found, 1 imported, 0 there already"),
        "{out}"
    );
}
