use reeeductio_backend::conformance::records::{message, unjudged};
use reeeductio_backend::{
    AppendOutcome, BackendError, BackendErrorKind, BlobRecords as _, DataEntries as _, DataVersion,
    DeleteData, MessageRange, Messages as _, Order, PageLimit, Spaces as _, State as _, Tally,
    Tools as _,
};
use reeeductio_proto::{
    BlobId, ChainId, Change, DataPath, EventPosition, MemberId, Message, MessageId, SpaceId,
    StatePath, TopicId,
};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{STEPS, Step, migrate, take, version};
use crate::failure::failure;
use crate::{DATABASE, Inspector, SqliteRecords};
use reeeductio_backend::Inspect as _;

/// Written by the first release: version 1 of the tables.
const VERSION_1: &[u8] = include_bytes!("../../tests/fixtures/version-1.db");

fn version_1() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(DATABASE), VERSION_1).unwrap();
    folder
}

fn space(number: u8) -> SpaceId {
    SpaceId::from_public_key([number; 32])
}

fn topic(name: &str) -> TopicId {
    TopicId::parse(name).unwrap()
}

/// The text of the message at `at` of a topic, which is also what its id is the hash of.
fn text(of: u8, topic: &str, at: usize) -> String {
    // One is longer than a page of the database.
    let times = if (of, at) == (1, 3) { 500 } else { 1 };
    format!("{of} {topic} {at}").repeat(times)
}

async fn listed(records: &SqliteRecords, of: u8, name: &str) -> Vec<Message> {
    let range = MessageRange {
        from: i64::MIN,
        to: i64::MAX,
        order: Order::OldestFirst,
        limit: PageLimit::count(100),
    };
    let page = records.messages(space(of), &topic(name), range).await;
    page.unwrap().items
}

#[tokio::test]
async fn messages_of_version_1_are_there_with_their_chains_and_events() {
    let folder = version_1();
    let records = SqliteRecords::open(folder.path()).unwrap();
    for (of, name, count) in [(1, "general", 5), (1, "state", 4), (2, "general", 2)] {
        let found = listed(&records, of, name).await;
        let texts: Vec<String> = (0..count).map(|at| text(of, name, at)).collect();
        let data: Vec<&str> = found.iter().map(|message| &*message.data).collect();
        assert_eq!(data, texts);
        let chain = ChainId::shared(topic(name));
        let head = records.head(space(of), &chain).await.unwrap().unwrap();
        assert_eq!(head.hash, MessageId::of(texts[count - 1].as_bytes()));
        let again = records.message(space(of), &topic(name), head.hash).await;
        assert_eq!(again.unwrap().as_deref(), found.last());
        // The chain goes on.
        let next = unjudged(space(of), message(&topic(name), "n", Some(head.hash), name));
        let outcome = records.append(next).await.unwrap();
        assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
    }
    assert_eq!(records.last_event(space(1)).await.unwrap(), 11);
    let usage = records.usage(space(2), None).await.unwrap();
    assert_eq!(usage.messages.count, 3);
}

#[tokio::test]
async fn state_of_version_1_is_found_by_path_and_by_time() {
    let folder = version_1();
    let records = SqliteRecords::open(folder.path()).unwrap();
    let path = StatePath::parse("auth/users/a").unwrap();
    let entry = records.state_entry(space(1), &path).await.unwrap().unwrap();
    assert_eq!(entry.data, text(1, "state", 3), "the newest one");
    let limit = PageLimit::count(10);
    let page = records.authority_entries(space(1), i64::MIN, limit).await;
    let paths: Vec<String> = page.unwrap().items.into_iter().map(|m| m.kind).collect();
    let expected = ["auth/users/a", "auth/users/a/rights/x", "auth/users/a"];
    assert_eq!(paths, expected);
}

#[tokio::test]
async fn entries_tools_and_blobs_of_version_1_are_there() {
    let folder = version_1();
    let records = SqliteRecords::open(folder.path()).unwrap();
    let data = async |path: &str| {
        let path = DataPath::parse(path).unwrap();
        let entry = records.data(space(1), &path).await.unwrap();
        entry.map(|entry| (entry.data.clone(), entry.signed_at))
    };
    assert_eq!(data("a/b").await, Some(("AAAA".to_owned(), 10)));
    assert_eq!(data("empty").await, Some((String::new(), 11)));
    assert_eq!(data("gone").await, None);
    let tool = MemberId::tool([5; 32]);
    assert_eq!(records.tool_uses(space(1), tool).await.unwrap(), 3);

    let blob = async |of, content: &str| {
        let record = records
            .blob(space(of), BlobId::of(content.as_bytes()))
            .await;
        record
            .unwrap()
            .map(|record| record.object.as_str().to_owned())
    };
    // An object that two spaces shared stays where it is, until the last of them lets it go.
    assert_eq!(blob(1, "shared").await.as_deref(), Some("object-1"));
    assert_eq!(blob(2, "shared").await.as_deref(), Some("object-1"));
    assert_eq!(blob(1, "own").await, None);
    assert_eq!(blob(2, "own").await.as_deref(), Some("object-4"));
    let shared = BlobId::of(b"shared");
    let references = records.blob_references(space(1), shared).await.unwrap();
    assert_eq!(references.len(), 2);
    let usage = records.usage(space(1), None).await.unwrap();
    assert_eq!(usage.blobs, Tally { count: 1, bytes: 6 });
    assert_eq!(usage.entries.count, 3);
    drop(records);
    let inspector = Inspector::open(folder.path()).unwrap();
    assert_eq!(inspector.check_storage().unwrap(), Vec::<String>::new());
}

#[test]
fn a_database_of_an_earlier_version_is_examined_by_the_tables_it_has() {
    let folder = version_1();
    let inspector = Inspector::open(folder.path()).unwrap();
    assert_eq!(inspector.damaged_records().unwrap(), []);
    assert_eq!(inspector.spaces().unwrap(), [space(1), space(2)]);
}

#[test]
fn messages_and_data_of_an_earlier_version_are_not_examined_and_the_fix_is_named() {
    for steps in 5..STEPS.len() {
        let folder = version_1();
        let mut connection = Connection::open(folder.path().join(DATABASE)).unwrap();
        take(&mut connection, &STEPS[..steps]).unwrap();
        drop(connection);
        let inspector = Inspector::open(folder.path()).unwrap();
        assert_eq!(inspector.damaged_records().unwrap(), [], "version {steps}");
        let events = inspector.events(&space(1), 0, 100).unwrap_err();
        let path = DataPath::parse("a/b").unwrap();
        let data = inspector.data(&space(1), &path).unwrap_err();
        for error in [events, data] {
            let fix = format!("it has version {steps}. Start this release on it once");
            assert!(error.to_string().contains(&fix), "{error}");
        }
    }
}

#[test]
fn a_step_that_fails_leaves_the_database_as_it_was() {
    let folder = version_1();
    let mut connection = Connection::open(folder.path().join(DATABASE)).unwrap();
    let broken = Step {
        sql: "CREATE TABLE half (n INTEGER); DELETE FROM heads;",
        fill: |_| Err(BackendError::corrupt("try", "a row cannot be read")),
    };
    let before: i64 = heads(&connection);
    let error = take(&mut connection, &[step_1(), broken]).unwrap_err();
    assert_eq!(error.kind(), BackendErrorKind::Corrupt);
    assert_eq!(
        (version(&connection).unwrap(), heads(&connection)),
        (1, before)
    );
    let half = connection.prepare("SELECT n FROM half");
    assert!(half.map(drop).map_err(failure("look")).is_err());
    // A program that can take the step takes it then.
    migrate(&mut connection).unwrap();
    assert_eq!(version(&connection).unwrap(), STEPS.len());
}

fn step_1() -> Step {
    Step {
        sql: include_str!("0001_initial.sql"),
        fill: |_| Ok(()),
    }
}

fn heads(connection: &Connection) -> i64 {
    connection
        .query_row("SELECT count(*) FROM heads", (), |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn entries_of_before_changes_of_data_had_positions_stay_whole_and_are_told_once_they_change()
{
    let folder = version_1();
    let records = SqliteRecords::open(folder.path()).unwrap();
    let all = PageLimit::count(100);
    let told = async || {
        let page = records.changes(space(1), EventPosition::default(), all);
        let changes = page.await.unwrap().items.into_iter();
        let data = changes.filter(|commit| commit.event.message().is_none());
        data.map(|commit| commit.event.what).collect::<Vec<_>>()
    };
    assert_eq!(told().await, []);
    let path = DataPath::parse("a/b").unwrap();
    let there = records.data(space(1), &path).await.unwrap().unwrap();
    let delete = DeleteData {
        space: space(1),
        path,
        expected: Some(DataVersion::from(&*there)),
        judged: None,
    };
    records.delete_data(delete).await.unwrap();
    assert!(matches!(&told().await[..], [Change::DataRemoved(removed)] if removed.signed_at == 10));
    drop(records);
    let inspector = Inspector::open(folder.path()).unwrap();
    assert_eq!(inspector.damaged_records().unwrap(), []);
}
