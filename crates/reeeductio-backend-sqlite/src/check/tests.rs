use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use reeeductio_backend::{BackendErrorKind, Messages as _, Records as _};
use reeeductio_proto::SpaceId;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{CURRENT, FoundDatabase, check_database};
use crate::extent::tests::{cut, fill, killed};
use crate::{DATABASE, SqliteRecords};

/// A directory that a server has left in order.
async fn stopped() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    fill(&records, "old", 200).await;
    records.close().await.unwrap();
    folder
}

/// Every file with its bytes and the time of its last change.
fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>, SystemTime)> {
    let mut found: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let changed = path.metadata().unwrap().modified().unwrap();
            (path.clone(), fs::read(&path).unwrap(), changed)
        })
        .collect();
    found.sort();
    found
}

/// Checks a directory, which must stay as it is.
fn check(directory: &Path) -> Result<FoundDatabase, String> {
    let before = files(directory);
    let found = check_database(directory);
    assert!(files(directory) == before, "a file was changed or made");
    found.map_err(|error| error.to_string())
}

fn refusal(directory: &Path) -> String {
    let refusal = check(directory).unwrap_err();
    let path = directory.join(DATABASE);
    assert!(refusal.contains(&*path.to_string_lossy()), "{refusal}");
    // A server does not start on it either.
    let served = SqliteRecords::open(directory).unwrap_err();
    assert_eq!(served.kind(), BackendErrorKind::Corrupt);
    refusal
}

#[tokio::test]
async fn a_database_is_checked_without_changing_a_file() {
    let none = tempfile::tempdir().unwrap();
    assert_eq!(check(none.path()), Ok(FoundDatabase::Missing));
    let missing = none.path().join("missing");
    assert_eq!(check_database(&missing).unwrap(), FoundDatabase::Missing);
    let stopped = stopped().await;
    assert_eq!(check(stopped.path()), Ok(FoundDatabase::Current));
    // A folder whose name means something in a URI.
    let odd = none.path().join("a?mode=rw#%41 é");
    fs::create_dir(&odd).unwrap();
    fs::copy(stopped.path().join(DATABASE), odd.join(DATABASE)).unwrap();
    assert_eq!(check(&odd), Ok(FoundDatabase::Current));
}

#[tokio::test]
async fn what_a_killed_server_left_is_checked_with_its_log() {
    let folder = killed().await;
    assert_eq!(check(folder.path()), Ok(FoundDatabase::LogUnread));
    // The index as a killed server leaves it, and as a power cut does.
    let index = folder.path().join(format!("{DATABASE}-shm"));
    for bytes in [vec![], vec![0xa5; 32 * 1024]] {
        fs::write(&index, bytes).unwrap();
        assert_eq!(check(folder.path()), Ok(FoundDatabase::Current));
    }
    let records = SqliteRecords::open(folder.path()).unwrap();
    let space = SpaceId::from_public_key([1; 32]);
    assert_eq!(records.last_event(space).await.unwrap(), 220);
}

#[tokio::test]
async fn a_database_in_use_passes_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    let path = folder.path().to_owned();
    // Before the first write there may be nothing in the log, or a log without a reader.
    let passes = move || assert_eq!(check_database(&path).unwrap(), FoundDatabase::Current);
    passes();
    for topic in ["first", "second", "third"] {
        fill(&records, topic, 50).await;
        passes();
    }
    let checking = tokio::task::spawn_blocking(move || (0..50).for_each(|_| passes()));
    fill(&records, "fourth", 200).await;
    checking.await.unwrap();
    let space = SpaceId::from_public_key([1; 32]);
    assert_eq!(records.last_event(space).await.unwrap(), 350);
}

#[tokio::test]
async fn damage_is_refused_as_by_a_server() {
    let cuts: [fn(u64) -> u64; 3] = [|_| 1, |pages| pages / 2, |pages| pages - 1];
    for pages in cuts {
        for folder in [stopped().await, killed().await] {
            cut(&folder.path().join(DATABASE), pages);
            let refusal = refusal(folder.path());
            assert!(refusal.contains("repair --from"), "{refusal}");
            assert!(refusal.contains("docs/damage.md"), "{refusal}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(DATABASE), "x".repeat(20_000)).unwrap();
    assert!(refusal(folder.path()).contains("docs/damage.md"));
    let folder = killed().await;
    cut(&folder.path().join(DATABASE), |_| 0);
    assert!(refusal(folder.path()).contains("its log is there"));
}

#[tokio::test]
async fn versions_are_told_and_newer_ones_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(DATABASE);
    let first = include_bytes!("../../tests/fixtures/version-1.db");
    fs::write(&path, first).unwrap();
    let (version, current) = (1, CURRENT);
    let expected = FoundDatabase::Earlier { version, current };
    assert_eq!(check(folder.path()), Ok(expected));
    let folder = stopped().await;
    let path = folder.path().join(DATABASE);
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    connection.close().unwrap();
    let error = check_database(folder.path()).unwrap_err();
    assert_eq!(error.kind(), BackendErrorKind::Unavailable);
    assert!(error.to_string().contains("Use a newer release"), "{error}");
}
