//! The plan of every statement.

use rusqlite::{Connection, StatementStatus, params};
use tempfile::TempDir;

use super::Sql;
use crate::DATABASE;
use crate::connection::{open_reader, open_writer};
use crate::schema::migrate;

fn fresh() -> (TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = open_writer(&folder.path().join(DATABASE)).unwrap();
    migrate(&mut connection).unwrap();
    (folder, connection)
}

/// Adds state entries of one space: every tenth at an authority path, each at a path of its own.
fn add_state(connection: &Connection, first: i64, last: i64) {
    connection
        .execute(
            "WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
             INSERT INTO messages SELECT zeroblob(32), 'state', i, cast(printf('%032d', i) AS BLOB),
               CASE WHEN i % 40 = 20 THEN 'keyring/' WHEN i % 40 = 30 THEN 'space/' WHEN i % 10 = 0 THEN 'auth/users/' ELSE 'profiles/' END || i, NULL, 'e30=', zeroblob(33), zeroblob(64), i, 0, NULL, NULL, NULL FROM n",
            params![first, last],
        )
        .unwrap();
}

/// A few topics and spaces beside one large one, and nearly nothing in the other tables.
fn skew(connection: &Connection) {
    add_state(connection, 1, 20_000);
    connection
        .execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
             INSERT INTO messages SELECT cast(printf('%032d', i % 7) AS BLOB), 'general', i, cast(printf('%032d', i) AS BLOB),
               'chat', NULL, 'AAAA', zeroblob(33), zeroblob(64), i, 0, NULL, NULL, NULL FROM n;
             INSERT INTO heads SELECT space_id, topic_id, x'', min(message_hash), max(server_timestamp), 0 FROM messages GROUP BY 1, 2;
             INSERT INTO data_entries SELECT zeroblob(32), 'a/' || server_timestamp, 'AAAA', zeroblob(64), zeroblob(33), 1, 0, 0, server_timestamp / 100, server_timestamp, NULL, NULL
               FROM messages WHERE topic_id = 'state' LIMIT 5000;
             INSERT INTO tool_uses VALUES (zeroblob(32), zeroblob(33), 1, 0);
             INSERT INTO blobs SELECT zeroblob(32), message_hash, 'o' || server_timestamp, 1, x'00', 0 FROM messages WHERE topic_id = 'state' LIMIT 3000;
             INSERT INTO blob_references SELECT zeroblob(32), blob_id, zeroblob(33), 1, 0 FROM blobs;
             INSERT INTO payloads SELECT space_id, topic_id = 'state', server_timestamp, event, x'00', 1, 0, 0, iif(event % 5 = 0, event, NULL) FROM messages;
             INSERT INTO payload_keys VALUES (1, zeroblob(4000), 0);
             INSERT INTO revisions SELECT space_id, topic_id, message_hash, 1, message_hash, 0, 0 FROM messages;
             INSERT INTO trees VALUES (zeroblob(32), x'00', 0);
             INSERT INTO tree_tiles SELECT space_id, event % 3, server_timestamp, x'00', 0 FROM messages;
             INSERT INTO restores VALUES (zeroblob(32), 1, x'00', 1, x'00', x'00', 0, NULL);
             INSERT INTO inbox SELECT zeroblob(32), iif(event < 5000, zeroblob(33), message_hash), server_timestamp, message_hash, zeroblob(33), 1, x'00', x'00', 0, event, 1, 0, x'00', 0
               FROM messages WHERE topic_id = 'state';
             INSERT INTO inbox_receipts SELECT space_id, recipient, item, digest, received_at, kept_until, 0 FROM inbox;
             ANALYZE;",
        )
        .unwrap();
}

fn all() -> impl Iterator<Item = (&'static str, Sql)> {
    let ends = Sql::ENDS.iter().map(|sql| ("ENDS", *sql));
    Sql::ALL.iter().copied().chain(ends)
}

fn plan(connection: &Connection, sql: Sql) -> String {
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text()))
        .unwrap();
    let mut rows = statement.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        lines.push(row.get::<_, String>(3).unwrap());
    }
    lines.join("\n")
}

/// Returns whether a plan reads more than it finds.
fn is_wasteful(plan: &str) -> bool {
    plan.contains("SCAN") || plan.contains("TEMP B-TREE")
}

fn examine(connection: &Connection) {
    for (name, sql) in all() {
        let plan = plan(connection, sql);
        assert!(
            !is_wasteful(&plan),
            "{name}: {}\nis answered by\n{plan}",
            sql.text()
        );
        let writes = [
            "INSERT",
            "BEGIN",
            "COMMIT",
            "ROLLBACK",
            "SAVEPOINT",
            "RELEASE",
        ];
        if !writes.iter().any(|word| sql.text().starts_with(word)) {
            assert!(plan.contains("SEARCH"), "{name}: {plan}");
        }
    }
}

#[test]
fn no_statement_scans_or_sorts_in_a_fresh_database() {
    let (_folder, connection) = fresh();
    examine(&connection);
}

#[test]
fn no_statement_scans_or_sorts_once_sqlite_knows_the_data() {
    let (folder, connection) = fresh();
    skew(&connection);
    examine(&connection);
    // Statistics are loaded with the schema; readers may not use the planner's choice either.
    examine(&open_reader(&folder.path().join(DATABASE)).unwrap());
}

#[test]
fn the_examination_finds_a_scan_and_a_sort() {
    let (_folder, connection) = fresh();
    let scan = Sql("SELECT 1 FROM messages WHERE data = ?1");
    assert!(is_wasteful(&plan(&connection, scan)));
    let sort = Sql("SELECT 1 FROM heads WHERE space_id = ?1 ORDER BY checksum");
    assert!(is_wasteful(&plan(&connection, sort)));
}

/// Steps of SQLite's virtual machine that finding the entry at `path` takes.
fn steps(connection: &Connection, path: &str) -> i32 {
    let mut statement = connection.prepare(Sql::STATE_ENTRY.text()).unwrap();
    let mut rows = statement
        .query(params![i64::MAX, vec![0_u8; 32], path])
        .unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

#[test]
fn an_old_and_a_missing_state_entry_cost_what_the_newest_one_costs_at_any_size() {
    let (_folder, connection) = fresh();
    let mut found = Vec::new();
    for (first, last) in [(1, 1_000), (1_001, 100_000)] {
        add_state(&connection, first, last);
        let newest = format!("auth/users/{last}");
        let paths = [newest.as_str(), "auth/users/10", "auth/users/none"];
        found.extend(paths.map(|path| steps(&connection, path)));
    }
    let (least, most) = (found.iter().min().unwrap(), found.iter().max().unwrap());
    // A missing entry takes fewer steps, since there is nothing to read out.
    assert!(*most < 100, "{found:?}");
    assert_eq!(found[..3], found[3..], "{least} to {most}");
}

#[test]
fn a_page_of_authority_entries_costs_its_rows_wherever_they_are() {
    let (_folder, connection) = fresh();
    add_state(&connection, 1, 20_000);
    let steps = |after: i64| {
        let mut statement = connection.prepare(Sql::AUTHORITY_ENTRIES.text()).unwrap();
        let parameters = params![vec![0_u8; 32], after, 100];
        let mut rows = statement.query(parameters).unwrap();
        let mut count = 0;
        while rows.next().unwrap().is_some() {
            count += 1;
        }
        drop(rows);
        assert_eq!(count, 100);
        statement.get_status(StatementStatus::VmStep)
    };
    assert_eq!(steps(0), steps(15_000));
}
