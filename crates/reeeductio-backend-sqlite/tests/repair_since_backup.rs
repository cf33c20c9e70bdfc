//! Repairs of databases that have gone on since the backup was made.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::path::Path;

use reeeductio_backend::conformance::records::{message, unjudged};
use reeeductio_backend::{
    Append, AppendOutcome, Inspect as _, Mend, MendBy, Messages as _, PageLimit, Payload, Purge,
    RecordKind, Records as _, Repair as _, Spaces as _, Trees as _,
};
use reeeductio_backend_sqlite::{DATABASE, Inspector, SqliteRecords, SqliteRepair};
use reeeductio_proto::{MessageId, SpaceId, TopicId};
use rusqlite::Connection;

/// A space with a tree.
fn here() -> SpaceId {
    SpaceId::from_public_key([3; 32])
}

async fn store(records: &SqliteRecords, append: Append) {
    let outcome = records.append(append).await.unwrap();
    assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
}

async fn begin(records: &SqliteRecords, incarnation: [u8; 8]) {
    let policy = message(&TopicId::state(), "space/policy", None, "policy");
    let policy = Append {
        begins_tree: Some(incarnation),
        ..unjudged(here(), policy)
    };
    store(records, policy).await;
}

/// Posts a message with a payload.
async fn post(records: &SqliteRecords, space: SpaceId, number: u32) {
    let text = |number| format!("message {number}");
    let prev = number.checked_sub(1).map(text);
    let prev = prev.map(|text| MessageId::of(text.as_bytes()));
    let general = TopicId::parse("general").unwrap();
    let append = Append {
        payload: Some(Payload::new(*b"content")),
        ..unjudged(space, message(&general, "sealed", prev, &text(number)))
    };
    store(records, append).await;
}

fn back_up(from: &Path, to: &Path) {
    let copy = Inspector::open(from).unwrap();
    let copy = copy.copy_to(to, u64::MAX, &mut |_| {}).unwrap();
    copy.finish().unwrap();
}

fn change(folder: &Path, sql: &str) {
    let connection = Connection::open(folder.join(DATABASE)).unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
}

fn repair(folder: &Path, backup: &Path) -> Vec<Mend> {
    let mut repair = SqliteRepair::open(folder, backup).unwrap();
    let plan = repair.plan().unwrap();
    drop(repair.build().unwrap());
    repair.replace().unwrap();
    plan
}

#[tokio::test]
async fn what_a_space_had_that_was_purged_since_the_backup_does_not_come_back() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = SqliteRecords::open(folder.path()).unwrap();
    let other = SpaceId::from_public_key([1; 32]);
    begin(&records, [1; 8]).await;
    for space in [here(), other] {
        post(&records, space, 0).await;
        post(&records, space, 1).await;
    }
    back_up(folder.path(), backup.path());
    let purge = Purge {
        space: here(),
        operator: None,
        apps: Vec::new(),
        limit: PageLimit::count(10_000),
    };
    records.purge(purge).await.unwrap();
    begin(&records, [7; 8]).await;
    let tree = records.tree(here()).await.unwrap();
    records.close().await.unwrap();
    drop(records);
    // A message of another space is damaged, which has the same key as one that was purged.
    change(
        folder.path(),
        "UPDATE messages SET data = 'x' WHERE topic_id = 'general'",
    );
    repair(folder.path(), backup.path());
    let records = SqliteRecords::open(folder.path()).unwrap();
    assert_eq!(records.last_event(here()).await.unwrap(), 1);
    assert_eq!(records.tree(here()).await.unwrap(), tree);
}

#[tokio::test]
async fn payloads_whose_keys_are_newer_than_the_backup_are_named_as_lost() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = SqliteRecords::open(folder.path()).unwrap();
    begin(&records, [1; 8]).await;
    post(&records, here(), 0).await;
    back_up(folder.path(), backup.path());
    post(&records, here(), 1).await;
    records.close().await.unwrap();
    drop(records);
    change(
        folder.path(),
        "UPDATE payload_keys SET checksum = checksum + 1",
    );
    let plan = repair(folder.path(), backup.path());
    let named = |by| {
        let mends = plan.iter().filter(move |mend| mend.by == by);
        mends.map(|mend| mend.record.kind).collect::<Vec<_>>()
    };
    assert_eq!(named(MendBy::PutBack), [RecordKind::PayloadKeys]);
    assert_eq!(named(MendBy::Lost), [RecordKind::Payload]);
    let records = SqliteRecords::open(folder.path()).unwrap();
    let events = records.events(here(), 0, PageLimit::count(10)).await;
    let with: Vec<bool> = (events.unwrap().items.iter())
        .map(|one| one.payload.is_some())
        .collect();
    assert_eq!(with, [false, true, false]);
}
