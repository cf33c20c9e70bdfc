//! Inboxes: acknowledged items are in no file any more, and damaged ones are put back from a backup.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::collections::HashMap;
use std::path::Path;

use reeeductio_backend::conformance::records::{acknowledgement, inbox_item};
use reeeductio_backend::{
    AcknowledgeItemsOutcome, InboxRange, Inboxes as _, Inspect as _, Mend, MendBy, PageLimit,
    PostItem, PostItemOutcome, RecordKind, Records as _, Repair as _, Spaces as _,
};
use reeeductio_backend_sqlite::{DATABASE, Inspector, SqliteRecords, SqliteRepair};
use rusqlite::{Connection, OpenFlags};

const ITEMS: u32 = 400;

/// Some are shorter than a page of the database and some longer; those of even numbers expire.
fn post(number: u32) -> PostItem {
    let length = [200, 1_339, 3_000, 9_000][(number % 4) as usize];
    PostItem {
        kept_until: if number.is_multiple_of(2) { 5 } else { 50 },
        ..inbox_item(number, length)
    }
}

/// The bytes of every file of a folder.
fn files(folder: &Path) -> Vec<u8> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        found.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    found
}

/// The keys of all items that are stored, by the numbers of these.
fn keys(folder: &Path) -> HashMap<u32, [u8; 32]> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(folder.join(DATABASE), flags).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT expires, substr(keys, key_slot * 32 + 1, 32) FROM inbox JOIN payload_keys ON block = key_block",
        )
        .unwrap();
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

async fn acknowledge(records: &SqliteRecords, numbers: &[u32]) {
    let outcome = records
        .acknowledge_items(acknowledgement(numbers))
        .await
        .unwrap();
    assert_eq!(outcome, AcknowledgeItemsOutcome::Removed(numbers.len()));
}

#[tokio::test]
async fn no_key_of_an_acknowledged_or_an_expired_item_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    for number in 0..ITEMS {
        records.post_item(post(number)).await.unwrap();
    }
    let all = keys(folder.path());
    assert_eq!(all.len(), ITEMS as usize);
    let before = files(folder.path());
    let any = before.windows(32).any(|window| *window == all[&1]);
    assert!(any, "the search finds keys");
    let odd: Vec<u32> = (0..ITEMS / 2).map(|number| 2 * number + 1).collect();
    let (acknowledged, kept) = odd.split_at(odd.len() - 3);
    for some in acknowledged.chunks(100) {
        acknowledge(&records, some).await;
    }
    let expired = records.remove_expired_items(5, 10_000).await.unwrap();
    assert_eq!(expired, ITEMS as usize / 2);
    records.close().await.unwrap();
    drop(records);
    let left = keys(folder.path());
    assert_eq!(left.len(), kept.len());
    let removed: HashMap<[u8; 32], u32> = all
        .into_iter()
        .filter(|(number, _)| !left.contains_key(number))
        .map(|(number, key)| (key, number))
        .collect();
    let bytes = files(folder.path());
    let found = bytes.windows(32).find_map(|window| {
        let window: &[u8; 32] = window.try_into().ok()?;
        removed.get(window)
    });
    assert_eq!(found, None, "the key of a removed item is in a file");
}

fn change(folder: &Path, sql: &str) {
    let connection = Connection::open(folder.join(DATABASE)).unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
}

fn count(plan: &[Mend], by: MendBy) -> usize {
    plan.iter().filter(|mend| mend.by == by).count()
}

fn repair(folder: &Path, backup: &Path) -> Vec<Mend> {
    let mut repair = SqliteRepair::open(folder, backup).unwrap();
    let plan = repair.plan().unwrap();
    drop(repair.build().unwrap());
    repair.replace().unwrap();
    plan
}

/// Numbers of the items in the inbox.
async fn items(records: &SqliteRecords) -> Vec<u64> {
    let PostItem {
        space, recipient, ..
    } = post(1);
    let range = InboxRange {
        after: i64::MIN,
        now: 0,
        limit: PageLimit::count(10),
    };
    let page = records.inbox(space, recipient, range).await.unwrap();
    page.items.iter().map(|item| item.expires).collect()
}

#[tokio::test]
async fn a_damaged_item_is_put_back_and_an_acknowledged_one_is_not() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = SqliteRecords::open(folder.path()).unwrap();
    for number in 1..=4 {
        records.post_item(post(number)).await.unwrap();
    }
    let copy = Inspector::open(folder.path()).unwrap();
    let copy = copy.copy_to(backup.path(), u64::MAX, &mut |_| {}).unwrap();
    copy.finish().unwrap();
    acknowledge(&records, &[1]).await;
    records.post_item(post(5)).await.unwrap();
    records.close().await.unwrap();
    drop(records);
    change(
        folder.path(),
        "UPDATE inbox SET kept_until = 0 WHERE expires = 2; UPDATE inbox SET item = zeroblob(16) WHERE expires = 5;
         UPDATE payload_keys SET keys = zeroblob(4000);",
    );
    let damaged = Inspector::open(folder.path()).unwrap();
    let damaged = damaged.damaged_records().unwrap();
    let items_among = damaged
        .iter()
        .filter(|name| name.kind == RecordKind::InboxItem);
    // Those that are whole have lost their keys.
    assert_eq!(items_among.count(), 4, "{damaged:?}");
    let plan = repair(folder.path(), backup.path());
    assert_eq!(count(&plan, MendBy::PutBack), 2, "{plan:?}");
    assert_eq!(count(&plan, MendBy::Lost), 1, "{plan:?}");
    let records = SqliteRecords::open(folder.path()).unwrap();
    assert_eq!(items(&records).await, [2, 3, 4]);
    let usage = records.usage(post(0).space, None).await.unwrap();
    assert_eq!(usage.messages.count, 3);
    // The receipt of the first is there.
    let again = records.post_item(post(1)).await.unwrap();
    assert!(matches!(
        again,
        PostItemOutcome::Stored { is_new: false, .. }
    ));
}

#[tokio::test]
async fn an_item_that_was_acknowledged_since_the_backup_does_not_come_back_with_its_table() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = SqliteRecords::open(folder.path()).unwrap();
    for number in 1..=3 {
        records.post_item(post(number)).await.unwrap();
    }
    let copy = Inspector::open(folder.path()).unwrap();
    let copy = copy.copy_to(backup.path(), u64::MAX, &mut |_| {}).unwrap();
    copy.finish().unwrap();
    acknowledge(&records, &[2]).await;
    records.close().await.unwrap();
    drop(records);
    // An index without rows: the table is not whole, and every item of the backup is looked at.
    change(
        folder.path(),
        "CREATE TABLE other (kept_until); CREATE INDEX empty ON other (kept_until); PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'empty') WHERE name = 'inbox_by_end';",
    );
    let plan = repair(folder.path(), backup.path());
    assert_eq!(count(&plan, MendBy::PutBack), 1, "{plan:?}");
    let records = SqliteRecords::open(folder.path()).unwrap();
    assert_eq!(items(&records).await, [1, 3]);
}
