use std::path::{Path, PathBuf};
use std::sync::Arc;

use reeeductio_client::store::conformance::records::message;
use reeeductio_client::{Identity, Range, Records};
use reeeductio_proto::encoding::encode;
use rusqlite::{StatementStatus, TransactionBehavior, params};
use tempfile::TempDir;

use super::*;
use crate::SqliteStore;
use crate::statement::{INSERT, PUT, TABLE};

/// The table of the Python client 0.1.1.
const PUBLISHED: &str = "
    CREATE TABLE messages (
        message_hash TEXT PRIMARY KEY,
        space_id TEXT NOT NULL,
        topic_id TEXT NOT NULL,
        type TEXT NOT NULL,
        prev_hash TEXT,
        data TEXT NOT NULL,
        sender TEXT NOT NULL,
        signature TEXT NOT NULL,
        server_timestamp INTEGER NOT NULL
    );
    CREATE INDEX idx_messages_topic_time ON messages(space_id, topic_id, server_timestamp);
    CREATE INDEX idx_messages_type ON messages(space_id, topic_id, type);";

/// The tables with `user_version` 1.
const VERSION_1: &str = "
    CREATE TABLE messages (
        sequence INTEGER PRIMARY KEY,
        space_id TEXT NOT NULL,
        topic_id TEXT NOT NULL,
        message_hash TEXT NOT NULL,
        type TEXT NOT NULL,
        prev_hash TEXT,
        data TEXT NOT NULL,
        sender TEXT NOT NULL,
        signature TEXT NOT NULL,
        server_timestamp INTEGER NOT NULL,
        UNIQUE (space_id, topic_id, message_hash)
    ) STRICT;
    CREATE INDEX messages_by_time ON messages (space_id, topic_id, server_timestamp, sequence);
    CREATE TABLE heads (
        space_id TEXT NOT NULL,
        topic_id TEXT NOT NULL,
        message_hash TEXT NOT NULL,
        server_timestamp INTEGER NOT NULL,
        PRIMARY KEY (space_id, topic_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE signed_times (
        space_id TEXT NOT NULL,
        path TEXT NOT NULL,
        signed_at INTEGER NOT NULL,
        PRIMARY KEY (space_id, path)
    ) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;";

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seen.db");
    (folder, path)
}

fn space() -> SpaceId {
    Identity::from_seed(&[1; 32]).space_id()
}

fn general() -> ChainId {
    ChainId::shared(TopicId::parse("general").unwrap())
}

/// Makes a chain of messages, one in a millisecond.
fn chain(length: i64) -> Vec<Message> {
    let mut prev = None;
    let next = |time| {
        let next = message(1, "general", "k", time, prev);
        prev = Some(next.message_hash);
        next
    };
    (0..length).map(next).collect()
}

fn file(path: &Path, tables: &str, messages: &[Message]) -> Connection {
    let mut connection = Connection::open(path).unwrap();
    connection.execute_batch(tables).unwrap();
    let insert = format!(
        "INSERT INTO messages ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        COLUMNS.join(", ")
    );
    let change = connection.transaction().unwrap();
    for message in messages {
        let mut insert = change.prepare_cached(&insert).unwrap();
        let inserted = insert.execute(params![
            space().to_string(),
            message.message_hash.to_string(),
            message.topic_id.to_string(),
            message.kind,
            message.prev_hash.map(|hash| hash.to_string()),
            message.data,
            message.sender.to_string(),
            encode(&message.signature.to_bytes()),
            message.server_timestamp,
        ]);
        inserted.unwrap();
    }
    change.commit().unwrap();
    connection
}

/// Makes a [`file`] with `user_version` 1, a head and a signed time.
fn version_1(path: &Path, messages: &[Message]) -> Connection {
    let connection = file(path, VERSION_1, messages);
    let last = messages.last().unwrap();
    let head = params![
        space().to_string(),
        "general",
        last.message_hash.to_string(),
        last.server_timestamp
    ];
    let insert = "INSERT INTO heads VALUES (?1, ?2, ?3, ?4)";
    connection.execute(insert, head).unwrap();
    let insert = "INSERT INTO signed_times VALUES (?1, 'presence/ann', 7)";
    connection.execute(insert, [space().to_string()]).unwrap();
    connection
}

fn tables(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let query = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = connection.prepare(query).unwrap();
    let tables = tables.query_map([], |row| row.get(0)).unwrap();
    tables.map(Result::unwrap).collect()
}

fn open(path: &Path) -> (SqliteStore, Records) {
    let store = SqliteStore::open(path).unwrap();
    let records = Records::new(Arc::new(store.clone()), space());
    (store, records)
}

#[tokio::test]
async fn a_file_of_version_1_is_taken_over() {
    let (_folder, path) = folder();
    let messages = chain(3);
    drop(version_1(&path, &messages));
    let expected = Migrated {
        messages: 3,
        left_out: 0,
    };
    for migrated in [Some(expected), None] {
        let (store, records) = open(&path);
        assert_eq!(store.migrated(), migrated);
        let kept = records.messages(&general(), Range::first(9)).await.unwrap();
        assert_eq!(kept, messages);
        let head = records.head(&general()).await.unwrap();
        assert_eq!(head, Some(Position::from(&messages[2])));
        let path = DataPath::parse("presence/ann").unwrap();
        assert_eq!(records.signed_time(&path).await.unwrap(), Some(7));
    }
    assert_eq!(tables(&path), ["records"]);
}

#[tokio::test]
async fn messages_of_the_published_client_are_given_ones_without_a_head() {
    let (_folder, path) = folder();
    let messages = chain(3);
    drop(file(&path, PUBLISHED, &messages));
    let (store, records) = open(&path);
    assert_eq!(store.migrated().unwrap().messages, 3);
    assert_eq!(records.count().await.unwrap(), 0);
    assert_eq!(records.head(&general()).await.unwrap(), None);
    let all = records.all_messages();
    let kept = all.messages(&general(), Range::first(9)).await.unwrap();
    assert_eq!(kept, messages);
    assert_eq!(tables(&path), ["records"]);
}

#[tokio::test]
async fn messages_that_do_not_verify_are_kept_aside() {
    for layout in [PUBLISHED, VERSION_1] {
        let (_folder, path) = folder();
        let mut messages = chain(9);
        messages[1].data = messages[2].data.replace('A', "B") + "AAAA";
        messages[3].signature = messages[4].signature;
        let connection = file(&path, layout, &messages);
        let change = |sql: &str| assert_eq!(connection.execute(sql, []).unwrap(), 1);
        change("UPDATE messages SET sender = 'nobody' WHERE server_timestamp = 5");
        change("UPDATE messages SET topic_id = 'other' WHERE server_timestamp = 6");
        if layout == PUBLISHED {
            change("UPDATE messages SET data = x'00' WHERE server_timestamp = 7");
        } else {
            change("UPDATE messages SET space_id = sender WHERE server_timestamp = 7");
        }
        drop(connection);
        let (store, records) = open(&path);
        let expected = Migrated {
            messages: 4,
            left_out: 5,
        };
        assert_eq!(store.migrated(), Some(expected));
        let all = records.all_messages();
        let kept = all.messages(&general(), Range::first(9)).await.unwrap();
        let times: Vec<i64> = kept
            .iter()
            .map(|message| message.server_timestamp)
            .collect();
        assert_eq!(times, [0, 2, 4, 8]);
        assert_eq!(tables(&path), ["left_out_messages", "records"]);
        let connection = Connection::open(&path).unwrap();
        let aside = "SELECT group_concat(server_timestamp) FROM left_out_messages";
        let aside: String = connection.query_row(aside, [], |row| row.get(0)).unwrap();
        assert_eq!(aside, "1,3,5,6,7");
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let (_folder, path) = folder();
    let messages = chain(3);
    let connection = version_1(&path, &messages);
    // Read after all messages were written.
    let damage = "UPDATE signed_times SET path = '/'";
    assert_eq!(connection.execute(damage, []).unwrap(), 1);
    for _ in 0..2 {
        let error = SqliteStore::open(&path).unwrap_err();
        assert_eq!(error.code(), "store.damaged");
        assert_eq!(tables(&path), ["heads", "messages", "signed_times"]);
    }
    let repair = "UPDATE signed_times SET path = 'a'";
    assert_eq!(connection.execute(repair, []).unwrap(), 1);
    drop(connection);
    let (store, _) = open(&path);
    assert_eq!(store.migrated().unwrap().messages, 3);
}

#[tokio::test]
async fn a_migration_that_is_killed_begins_anew() {
    let (folder, path) = folder();
    let messages = chain(2000);
    drop(version_1(&path, &messages));
    // Few pages in memory, so that much is written before the end.
    let mut connection = Connection::open(&path).unwrap();
    let settings = "PRAGMA journal_mode = WAL; PRAGMA cache_size = 5;";
    connection.execute_batch(settings).unwrap();
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    transaction.execute_batch(TABLE).unwrap();
    migrate(&transaction, Old::Version1).unwrap();
    // The files as a killed process leaves them.
    let killed = folder.path().join("killed.db");
    for end in ["", "-wal"] {
        let from = folder.path().join(format!("seen.db{end}"));
        let to = folder.path().join(format!("killed.db{end}"));
        assert!(std::fs::copy(from, to).unwrap() > 100_000);
    }
    drop(transaction);
    assert_eq!(tables(&killed), ["heads", "messages", "signed_times"]);
    for path in [&killed, &path] {
        let (store, records) = open(path);
        assert_eq!(store.migrated().unwrap().messages, 2000);
        assert_eq!(records.count().await.unwrap(), 2000);
    }
}

/// SQLite's own steps are counted: they are the same on every machine.
#[test]
fn a_long_migration_takes_steps_in_proportion() {
    let messages = chain(20_000);
    let steps = |messages: &[Message]| {
        let (_folder, path) = folder();
        let mut connection = version_1(&path, messages);
        let transaction = connection.transaction().unwrap();
        transaction.execute_batch(TABLE).unwrap();
        let migrated = migrate(&transaction, Old::Version1).unwrap();
        assert_eq!(migrated.messages, messages.len() as u64);
        let steps = [MESSAGES, INSERT, PUT].map(|statement| {
            let statement = transaction.prepare_cached(statement).unwrap();
            i64::from(statement.get_status(StatementStatus::VmStep))
        });
        assert!(steps.iter().all(|steps| *steps > 0));
        steps.iter().sum::<i64>()
    };
    let (short, long) = (steps(&messages[..2000]), steps(&messages));
    assert!(long <= 10 * short, "{short} steps, then {long}");
}

#[test]
fn a_row_is_left_out_by_its_number() {
    for layout in [PUBLISHED, VERSION_1] {
        let (_folder, path) = folder();
        let connection = file(&path, layout, &chain(1));
        let aside = "CREATE TABLE left_out_messages AS SELECT * FROM messages WHERE 0";
        connection.execute_batch(aside).unwrap();
        for sql in ["", "ANALYZE"] {
            connection.execute_batch(sql).unwrap();
            let explain = format!("EXPLAIN QUERY PLAN {LEAVE_OUT}");
            let plan = connection.query_row(&explain, [1], |row| row.get::<_, String>(3));
            let expected = "SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)";
            assert_eq!(plan.unwrap(), expected);
        }
    }
}
