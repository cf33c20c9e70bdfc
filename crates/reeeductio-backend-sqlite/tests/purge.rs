//! Purges of spaces with more rows than a step removes, and what is left of one that was interrupted.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes
)]

use reeeductio_backend::conformance::records::{message, unjudged};
use reeeductio_backend::{
    AppendOutcome, Inspect as _, Messages as _, PageLimit, Purge, PurgeOutcome, Purged,
    Records as _, Spaces as _, Tools as _,
};
use reeeductio_backend_sqlite::{DATABASE, Inspector, SqliteRecords};
use reeeductio_proto::{MemberId, MessageId, SpaceId, TopicId, registration_path};
use rusqlite::Connection;

fn space(number: u8) -> SpaceId {
    SpaceId::from_public_key([number; 32])
}

async fn post(records: &SqliteRecords, name: &str, count: usize) {
    let topic = TopicId::parse(name).unwrap();
    let text = |number: usize| format!("{name} {number}");
    for number in 0..count {
        let prev = number
            .checked_sub(1)
            .map(|before| MessageId::of(text(before).as_bytes()));
        let next = message(&topic, "n", prev, &text(number));
        let outcome = records.append(unjudged(space(1), next)).await.unwrap();
        assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
    }
}

async fn step(records: &SqliteRecords, count: usize) -> Purged {
    let purge = Purge {
        space: space(1),
        operator: None,
        apps: Vec::new(),
        limit: PageLimit::count(count),
    };
    match records.purge(purge).await.unwrap() {
        PurgeOutcome::Purged(step) => step,
        other => panic!("not purged: {other:?}"),
    }
}

/// The registration of the space in another one.
async fn register(records: &SqliteRecords) -> AppendOutcome {
    let path = registration_path(&space(1));
    let entry = message(&TopicId::state(), &path, None, "registration");
    records.append(unjudged(space(9), entry)).await.unwrap()
}

/// More messages than are counted at once: some are in the table of what is stored, some are counted when it is read.
#[tokio::test]
async fn messages_are_counted_down_whether_the_table_counts_them_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    post(&records, "general", 600).await;
    let sender = MemberId::user([9; 32]);
    let mut left = 600;
    loop {
        let Purged {
            removed, has_more, ..
        } = step(&records, 100).await;
        left -= removed;
        for of in [None, Some(sender)] {
            let usage = records.usage(space(1), of).await.unwrap();
            assert_eq!(usage.messages.count, left);
            assert_eq!(usage.messages.bytes == 0, left == 0);
        }
        if !has_more {
            break;
        }
    }
    assert_eq!(left, 0);
}

/// Every table is bounded: heads, tool uses and what members store as well.
#[tokio::test]
async fn a_step_removes_no_more_rows_than_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    for number in 0..30 {
        post(&records, &format!("topic{number}"), 1).await;
        let tool = MemberId::tool([number; 32]);
        records.raise_tool_uses(space(1), tool, 1).await.unwrap();
    }
    let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
    let rows = || {
        let tables = ["messages", "heads", "tool_uses", "usage"];
        let count = |table| {
            connection
                .query_row(&format!("SELECT count(*) FROM {table}"), (), |row| {
                    row.get::<_, i64>(0)
                })
                .unwrap()
        };
        tables.into_iter().map(count).sum::<i64>()
    };
    let mut before = rows();
    assert_eq!(before, 90);
    while step(&records, 7).await.has_more {
        assert!(before - rows() <= 7, "{before} to {}", rows());
        before = rows();
    }
    assert_eq!(rows(), 0);
    assert_eq!(records.spaces(None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn that_a_space_is_being_purged_outlives_the_server_and_is_in_its_backup() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = SqliteRecords::open(folder.path()).unwrap();
    post(&records, "general", 3).await;
    assert!(step(&records, 1).await.has_more);
    records.close().await.unwrap();
    drop(records);
    let inspector = Inspector::open(folder.path()).unwrap();
    assert_eq!(inspector.damaged_records().unwrap(), []);
    assert_eq!(inspector.check_storage().unwrap(), Vec::<String>::new());
    let copy = inspector.copy_to(backup.path(), u64::MAX, &mut |_| {});
    copy.unwrap().finish().unwrap();
    for folder in [&folder, &backup] {
        let records = SqliteRecords::open(folder.path()).unwrap();
        assert_eq!(register(&records).await, AppendOutcome::PurgeUnfinished);
        assert!(!step(&records, 100).await.has_more);
        let registered = register(&records).await;
        assert!(
            matches!(registered, AppendOutcome::Stored(_)),
            "{registered:?}"
        );
        records.close().await.unwrap();
    }
}
