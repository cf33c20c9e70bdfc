//! Payloads that were removed are in no file any more.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes
)]

use std::path::Path;

use reeeductio_backend::conformance::records::{message, unjudged};
use reeeductio_backend::{
    Append, AppendOutcome, Messages as _, PageLimit, Payload, Payloads as _, Purge, PurgeOutcome,
    Records as _, Revision, Spaces as _,
};
use reeeductio_backend_sqlite::{DATABASE, SqliteRecords};
use reeeductio_proto::{MessageId, SpaceId, TopicId};
use rusqlite::{Connection, OpenFlags};

const MESSAGES: u32 = 1_500;

fn text(of: u8, number: u32) -> String {
    format!("{of} {number}")
}

/// The beginning of a payload, which nothing else contains.
fn pattern(of: u8, number: u32) -> String {
    format!("payload {of} {number}:")
}

/// A message of a space with a payload of some length; every third expires.
fn post(of: u8, number: u32) -> Append {
    let prev = number.checked_sub(1).map(|before| text(of, before));
    let prev = prev.map(|text| MessageId::of(text.as_bytes()));
    let general = TopicId::parse("general").unwrap();
    let next = message(&general, "sealed", prev, &text(of, number));
    let length = [208, 240, 400, 900, 5_000][(number % 5) as usize];
    let mut bytes = pattern(of, number).into_bytes();
    bytes.resize(length, b'.');
    Append {
        payload: Some(Payload {
            expires: number.is_multiple_of(3).then_some(5),
            ..Payload::new(bytes)
        }),
        ..unjudged(SpaceId::from_public_key([of; 32]), next)
    }
}

async fn store(records: &SqliteRecords, append: Append) {
    let outcome = records.append(append).await.unwrap();
    assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
}

/// The bytes of every file of a folder.
fn files(folder: &Path) -> Vec<u8> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        found.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    found
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|found| found == wanted)
}

/// The keys of all payloads that are stored, each with its space and the number of its message.
fn keys(folder: &Path) -> Vec<(u8, u32, [u8; 32])> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(folder.join(DATABASE), flags).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT space_id, event, substr(keys, key_slot * 32 + 1, 32) FROM payloads JOIN payload_keys ON block = key_block",
        )
        .unwrap();
    let rows = statement.query_map((), |row| {
        let space: [u8; 32] = row.get(0)?;
        Ok((space[0], row.get(1)?, row.get(2)?))
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Beginnings of keys, for a search of all of them at once.
fn any_key(bytes: &[u8], keys: &[[u8; 32]]) -> Option<[u8; 32]> {
    let wanted: std::collections::HashSet<&[u8]> = keys.iter().map(|key| &key[..]).collect();
    let found = bytes.windows(32).find(|window| wanted.contains(window));
    found.map(|key| key.try_into().unwrap())
}

#[tokio::test]
async fn the_key_of_a_replaced_payload_is_gone_before_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    for number in 0..20 {
        store(&records, post(1, number)).await;
    }
    let all = keys(folder.path());
    let of = |event: u32| all.iter().find(|(_, at, _)| *at == event).unwrap().2;
    assert!(contains(&files(folder.path()), &of(8)));
    let edit = Append {
        revision: Some(Revision {
            target: MessageId::of(text(1, 7).as_bytes()),
            number: 1,
            deletes: false,
        }),
        ..post(1, 20)
    };
    store(&records, edit).await;
    // The log was cut off before this was written.
    records.ready().await.unwrap();
    let bytes = files(folder.path());
    assert!(!contains(&bytes, &of(8)), "the key is in a file");
    assert!(contains(&bytes, &of(9)), "the key of another one is kept");
    assert!(!contains(&bytes, pattern(1, 7).as_bytes()));
}

#[tokio::test]
async fn a_key_that_a_killed_server_left_in_the_log_is_gone_once_it_is_started_again() {
    let (folder, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = SqliteRecords::open(folder.path()).unwrap();
    for number in 0..20 {
        store(&records, post(1, number)).await;
    }
    let all = keys(folder.path());
    let of = |event: u32| all.iter().find(|(_, at, _)| *at == event).unwrap().2;
    // A query that takes long keeps the log as it is.
    let reader = Connection::open(folder.path().join(DATABASE)).unwrap();
    let begin = "BEGIN; SELECT * FROM messages";
    reader.execute_batch(begin).unwrap();
    let edit = Append {
        revision: Some(Revision {
            target: MessageId::of(text(1, 7).as_bytes()),
            number: 1,
            deletes: true,
        }),
        ..post(1, 20)
    };
    store(&records, edit).await;
    for name in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
        std::fs::copy(folder.path().join(&name), killed.path().join(&name)).unwrap();
    }
    assert!(contains(&files(killed.path()), &of(8)));
    let records = SqliteRecords::open(killed.path()).unwrap();
    records.ready().await.unwrap();
    let bytes = files(killed.path());
    assert!(!contains(&bytes, &of(8)), "the key is in a file");
    assert!(contains(&bytes, &of(9)), "the key of another one is kept");
}

#[tokio::test]
async fn no_key_of_many_payloads_that_were_removed_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    for number in 0..MESSAGES / 3 {
        for of in [1, 2, 3] {
            store(&records, post(of, number)).await;
        }
    }
    let all = keys(folder.path());
    assert_eq!(all.len(), MESSAGES as usize);
    let old = records.remove_older(SpaceId::from_public_key([2; 32]), i64::MAX, 400);
    assert_eq!(old.await.unwrap(), 400);
    let expired = records.remove_expired(5, 10_000).await.unwrap();
    assert!(expired > 300, "{expired}");
    records.close().await.unwrap();
    drop(records);
    let left = keys(folder.path());
    let removed: Vec<[u8; 32]> = all
        .iter()
        .filter(|key| !left.contains(key))
        .map(|(_, _, key)| *key)
        .collect();
    assert_eq!(removed.len(), 400 + expired);
    let bytes = files(folder.path());
    assert_eq!(any_key(&bytes, &removed), None);
    let kept: Vec<[u8; 32]> = left.iter().map(|(_, _, key)| *key).collect();
    assert!(
        any_key(&bytes, &kept).is_some(),
        "a search finds what is there"
    );
}

/// Damages the first block of keys, and stores payloads in blocks after it.
async fn with_damaged_keys(folder: &Path) -> SqliteRecords {
    let records = SqliteRecords::open(folder).unwrap();
    for number in 0..3 {
        store(&records, post(1, number)).await;
    }
    records.close().await.unwrap();
    drop(records);
    let connection = Connection::open(folder.join(DATABASE)).unwrap();
    let damage = "UPDATE payload_keys SET checksum = checksum + 1";
    connection.execute_batch(damage).unwrap();
    connection.close().unwrap();
    // A process begins a block of its own.
    let records = SqliteRecords::open(folder).unwrap();
    for number in 0..3 {
        store(&records, post(2, number)).await;
    }
    records
}

#[tokio::test]
async fn damaged_keys_do_not_keep_other_payloads_beyond_their_time() {
    let folder = tempfile::tempdir().unwrap();
    let records = with_damaged_keys(folder.path()).await;
    // Each time the server looks.
    for _ in 0..3 {
        drop(records.remove_expired(5, 100).await);
    }
    let left = keys(folder.path());
    let expired = left.iter().any(|(space, at, _)| (*space, *at) == (2, 1));
    assert!(!expired, "of another space, with whole keys");
}

#[tokio::test]
async fn a_space_with_damaged_keys_can_be_purged() {
    let folder = tempfile::tempdir().unwrap();
    let records = with_damaged_keys(folder.path()).await;
    let purge = Purge {
        space: SpaceId::from_public_key([1; 32]),
        operator: None,
        apps: Vec::new(),
        limit: PageLimit::count(1_000),
    };
    let purged = records.purge(purge).await;
    assert!(matches!(purged, Ok(PurgeOutcome::Purged(_))), "{purged:?}");
}
