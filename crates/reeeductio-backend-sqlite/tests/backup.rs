//! A copy of a database that is being written to.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::path::Path;
use std::sync::Arc;

use reeeductio_backend::conformance::records::{message, unjudged};
use reeeductio_backend::{AppendOutcome, BackendErrorKind, Copied, Inspect as _, Messages as _};
use reeeductio_backend_sqlite::{DATABASE, Inspector, SqliteRecords};
use reeeductio_proto::{MessageId, SpaceId, TopicId};

fn space() -> SpaceId {
    SpaceId::from_public_key([1; 32])
}

/// Adds messages of about a kilobyte to a topic of their own.
async fn fill(records: &SqliteRecords, topic: &str, count: usize) {
    let topic = TopicId::parse(topic).unwrap();
    let mut prev = None;
    for number in 0..count {
        let text = format!("{topic}{number:01000}");
        let append = unjudged(space(), message(&topic, "n", prev, &text));
        let outcome = records.append(append).await.unwrap();
        assert!(matches!(outcome, AppendOutcome::Stored(_)));
        prev = Some(MessageId::of(text.as_bytes()));
    }
}

async fn opened(folder: &Path) -> SqliteRecords {
    let records = SqliteRecords::open(folder).unwrap();
    fill(&records, "before", 4000).await;
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copy_is_of_one_moment_and_never_starts_over_whatever_is_written_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let records = Arc::new(opened(folder.path()).await);
    let target = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().to_owned(), target.path().to_owned());
    let runtime = tokio::runtime::Handle::current();
    let writing = Arc::clone(&records);
    let steps = tokio::task::spawn_blocking(move || {
        let mut steps: Vec<Copied> = Vec::new();
        let copy = Inspector::open(&from)
            .unwrap()
            .copy_to(&to, u64::MAX, &mut |copied| {
                // Another connection commits between any two steps.
                let topic = format!("during{}", steps.len());
                runtime.block_on(fill(&writing, &topic, 1));
                let last = steps.last().map_or(0, |last| last.done);
                assert!(copied.done > last, "the copy started over at {last}");
                steps.push(copied);
            })
            .unwrap();
        copy.finish().unwrap();
        steps
    })
    .await
    .unwrap();
    assert!(steps.len() > 4, "{} steps", steps.len());
    let last = steps.last().unwrap();
    assert_eq!(last.done, last.total);
    let copy = Inspector::open(target.path()).unwrap();
    assert_eq!(copy.check_storage().unwrap(), Vec::<String>::new());
    assert_eq!(copy.damaged_records().unwrap(), []);
    assert_eq!(copy.last_event(&space()).unwrap(), 4000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_makes_the_servers_log_too_large_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let records = Arc::new(opened(folder.path()).await);
    let target = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().to_owned(), target.path().to_owned());
    let runtime = tokio::runtime::Handle::current();
    let error = tokio::task::spawn_blocking(move || {
        let mut step = 0;
        let copied = Inspector::open(&from)
            .unwrap()
            .copy_to(&to, 1 << 20, &mut |_| {
                step += 1;
                assert!(step < 100, "it goes on and on");
                runtime.block_on(fill(&records, &format!("during{step}"), 3000));
            });
        copied.err().unwrap()
    })
    .await
    .unwrap();
    assert_eq!(error.kind(), BackendErrorKind::Unavailable);
    assert!(
        error.to_string().contains("the limit is 1048576"),
        "{error}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_the_copy() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    fill(&records, "general", 1).await;
    let target = tempfile::tempdir().unwrap();
    let source = Inspector::open(folder.path()).unwrap();
    let copy = source
        .copy_to(target.path(), u64::MAX, &mut |_| {})
        .unwrap();
    assert!(
        !target.path().join(DATABASE).exists(),
        "a copy that is not finished is no database to serve"
    );
    copy.finish().unwrap();
    let metadata = std::fs::metadata(target.path().join(DATABASE)).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let files = std::fs::read_dir(target.path()).unwrap().count();
    assert_eq!(files, 1, "nothing is left beside it");
}
