use std::path::Path;

use reeeductio_backend::conformance::records::{message, unjudged};
use reeeductio_backend::{BackendErrorKind, Messages as _, Records as _};
use reeeductio_proto::{MessageId, SpaceId, TopicId};
use tempfile::TempDir;

use crate::{DATABASE, SqliteRecords};

pub(crate) async fn fill(records: &SqliteRecords, topic: &str, count: usize) {
    let topic = TopicId::parse(topic).unwrap();
    let mut prev = None;
    for number in 0..count {
        let text = format!("{topic} {number} {}", "x".repeat(500));
        let append = unjudged(
            SpaceId::from_public_key([1; 32]),
            message(&topic, "n", prev, &text),
        );
        records.append(append).await.unwrap();
        prev = Some(MessageId::of(text.as_bytes()));
    }
}

/// Makes a data directory as a killed server leaves it, with messages in the log.
pub(crate) async fn killed() -> TempDir {
    let (folder, left) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = SqliteRecords::open(folder.path()).unwrap();
    fill(&records, "old", 200).await;
    records.close().await.unwrap();
    drop(records);
    let records = SqliteRecords::open(folder.path()).unwrap();
    fill(&records, "new", 20).await;
    for name in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
        std::fs::copy(folder.path().join(&name), left.path().join(&name)).unwrap();
    }
    left
}

pub(crate) fn cut(path: &Path, pages: impl Fn(u64) -> u64) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(pages(length / 4096) * 4096).unwrap();
}

fn refusal(folder: &TempDir) -> String {
    let error = SqliteRecords::open(folder.path()).unwrap_err();
    assert_eq!(error.kind(), BackendErrorKind::Corrupt, "{error}");
    error.to_string()
}

#[tokio::test]
async fn what_a_killed_server_leaves_is_opened() {
    let folder = killed().await;
    let records = SqliteRecords::open(folder.path()).unwrap();
    let space = SpaceId::from_public_key([1; 32]);
    assert_eq!(records.last_event(space).await.unwrap(), 220);
}

#[tokio::test]
async fn a_file_that_was_cut_off_beside_its_log_is_refused_with_its_name_and_the_cure() {
    let cuts: [fn(u64) -> u64; 3] = [|_| 1, |pages| pages / 2, |pages| pages - 1];
    for pages in cuts {
        let folder = killed().await;
        let path = folder.path().join(DATABASE);
        cut(&path, pages);
        let refusal = refusal(&folder);
        assert!(refusal.contains(&*path.to_string_lossy()), "{refusal}");
        assert!(refusal.contains("repair --from"), "{refusal}");
    }
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_refused_without_a_log_too() {
    let folder = killed().await;
    let records = SqliteRecords::open(folder.path()).unwrap();
    records.close().await.unwrap();
    drop(records);
    let path = folder.path().join(DATABASE);
    cut(&path, |pages| pages / 2);
    let refusal = refusal(&folder);
    assert!(refusal.contains(&*path.to_string_lossy()), "{refusal}");
}

#[tokio::test]
async fn an_empty_or_missing_file_beside_a_log_is_no_new_database() {
    let folder = killed().await;
    let path = folder.path().join(DATABASE);
    cut(&path, |_| 0);
    assert!(refusal(&folder).contains("its log is there"));
    std::fs::remove_file(&path).unwrap();
    assert!(refusal(&folder).contains("its log is there"));
    // The log is still there: it may be all that is left.
    assert!(folder.path().join(format!("{DATABASE}-wal")).exists());
}

#[tokio::test]
async fn a_table_whose_first_page_is_damaged_is_found_at_the_start() {
    let folder = killed().await;
    let records = SqliteRecords::open(folder.path()).unwrap();
    records.close().await.unwrap();
    drop(records);
    let path = folder.path().join(DATABASE);
    let root: u32 = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'data_entries'",
            (),
            |row| row.get(0),
        )
        .unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = usize::try_from((root - 1) * 4096).unwrap();
    bytes[at..at + 4096].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    refusal(&folder);
}
