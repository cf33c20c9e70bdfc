//! Writes that SQLite has acknowledged stay, and damaged data is not served.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::sync::Arc;

use reeeductio_backend::conformance::records::{message, unjudged};
use reeeductio_backend::{
    AppendOutcome, BackendErrorKind, Inspect as _, MessageRange, Messages as _, Order, PageLimit,
    Records as _,
};
use reeeductio_backend_sqlite::{DATABASE, Inspector, SqliteRecords};
use reeeductio_proto::{MessageId, SpaceId, TopicId};
use tempfile::TempDir;

fn space() -> SpaceId {
    SpaceId::from_public_key([1; 32])
}

fn topic(name: &str) -> TopicId {
    TopicId::parse(name).unwrap()
}

async fn fill(records: &SqliteRecords, name: &str, count: usize) {
    let mut prev = None;
    for number in 0..count {
        let text = format!("{name}{number:04}");
        let append = unjudged(space(), message(&topic(name), "n", prev, &text));
        let outcome = records.append(append).await.unwrap();
        assert!(matches!(outcome, AppendOutcome::Stored(_)));
        prev = Some(MessageId::of(text.as_bytes()));
    }
}

const ALL: MessageRange = MessageRange {
    from: i64::MIN,
    to: i64::MAX,
    order: Order::OldestFirst,
    limit: PageLimit::count(10_000),
};

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    fill(&records, "general", 20).await;
    records.close().await.unwrap();
    drop(records);
    let records = SqliteRecords::open(folder.path()).unwrap();
    let messages = records
        .messages(space(), &topic("general"), ALL)
        .await
        .unwrap();
    assert_eq!(messages.items.len(), 20);
    assert_eq!(records.last_event(space()).await.unwrap(), 20);
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _first = SqliteRecords::open(folder.path()).unwrap();
    let second = SqliteRecords::open(folder.path()).unwrap_err();
    assert!(
        second.to_string().contains("in use by another server"),
        "{second}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_on_many_topics_all_get_through() {
    let folder = tempfile::tempdir().unwrap();
    let records = Arc::new(SqliteRecords::open(folder.path()).unwrap());
    let writers: Vec<_> = (0..16)
        .map(|number| {
            let records = Arc::clone(&records);
            tokio::spawn(async move { fill(&records, &format!("topic{number:02}"), 50).await })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let all = PageLimit::count(10_000);
    let events = records.events(space(), 0, all).await.unwrap();
    let numbers: Vec<u64> = events
        .items
        .iter()
        .map(|commit| commit.event.position.message)
        .collect();
    assert_eq!(numbers, (1..=800).collect::<Vec<u64>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_on_one_head_one_gets_through() {
    let folder = tempfile::tempdir().unwrap();
    let records = Arc::new(SqliteRecords::open(folder.path()).unwrap());
    let writers: Vec<_> = (0..32)
        .map(|number| {
            let records = Arc::clone(&records);
            tokio::spawn(async move {
                let message = message(&topic("general"), "n", None, &format!("{number}"));
                records.append(unjudged(space(), message)).await.unwrap()
            })
        })
        .collect();
    let mut stored = 0;
    for writer in writers {
        if matches!(writer.await.unwrap(), AppendOutcome::Stored(_)) {
            stored += 1;
        }
    }
    assert_eq!(stored, 1);
}

/// A closed database with 200 messages, as bytes.
async fn database() -> (TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    fill(&records, "general", 200).await;
    records.close().await.unwrap();
    drop(records);
    let bytes = std::fs::read(folder.path().join(DATABASE)).unwrap();
    (folder, bytes)
}

fn find(bytes: &[u8], text: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(text.len()).enumerate();
    let found: Vec<usize> = windows
        .filter(|(_, window)| *window == text)
        .map(|(at, _)| at)
        .collect();
    assert!(!found.is_empty());
    found
}

#[tokio::test]
async fn a_flipped_bit_in_a_row_is_found_and_the_row_not_served() {
    let (folder, mut bytes) = database().await;
    // Pages keep old copies of rows that have moved: change them all.
    for at in find(&bytes, b"general0100") {
        bytes[at + 10] ^= 1;
    }
    std::fs::write(folder.path().join(DATABASE), &bytes).unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    let hash = MessageId::of(b"general0100");
    let one = records
        .message(space(), &topic("general"), hash)
        .await
        .unwrap_err();
    assert_eq!(one.kind(), BackendErrorKind::Corrupt);
    let page = records
        .messages(space(), &topic("general"), ALL)
        .await
        .unwrap_err();
    assert_eq!(page.kind(), BackendErrorKind::Corrupt);
    // The others still are.
    let other = MessageId::of(b"general0099");
    assert!(
        records
            .message(space(), &topic("general"), other)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_torn_database_is_found() {
    let (folder, bytes) = database().await;
    let half = bytes.len() / 2 / 4096 * 4096;
    std::fs::write(folder.path().join(DATABASE), &bytes[..half]).unwrap();
    let found = match Inspector::open(folder.path()) {
        Err(error) => error.kind() == BackendErrorKind::Corrupt,
        Ok(inspector) => match inspector.check_storage() {
            Ok(damage) => !damage.is_empty(),
            Err(error) => error.kind() == BackendErrorKind::Corrupt,
        },
    };
    assert!(found);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(DATABASE), [7_u8; 8192]).unwrap();
    let error = SqliteRecords::open(folder.path()).unwrap_err();
    assert_eq!(error.kind(), BackendErrorKind::Corrupt);
}

#[tokio::test]
async fn a_database_of_a_later_release_is_refused() {
    let (folder, mut bytes) = database().await;
    // `user_version` is at byte 60 of the header, big-endian.
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(folder.path().join(DATABASE), &bytes).unwrap();
    let error = SqliteRecords::open(folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("version 99") && error.contains("newer release"),
        "{error}"
    );
}
