//! Rows that are damaged are put back from a backup, and nothing else changes.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::path::Path;

use reeeductio_backend::conformance::records::{acknowledgement, inbox_item, message, unjudged};
use reeeductio_backend::{
    AddBlob, Append, AppendOutcome, BlobRecord, BlobRecords as _, BlobReference, DataEntries as _,
    Inboxes as _, Inspect as _, Mend, MendBy, Messages as _, ObjectName, PageLimit, Payload, Purge,
    PutData, Quotas, RecordKind, Records as _, Repair as _, Revision, Spaces as _, ToolUse,
    Tools as _, Trees as _,
};
use reeeductio_backend_sqlite::{DATABASE, Inspector, SqliteRecords, SqliteRepair};
use reeeductio_proto::{
    BlobId, ChainId, DataEntry, DataPath, Lane, MemberId, MessageId, Signature, SpaceId, TopicId,
};
use rusqlite::Connection;
use tempfile::TempDir;

fn space() -> SpaceId {
    SpaceId::from_public_key([1; 32])
}

async fn fill(records: &SqliteRecords, from: usize, to: usize) {
    let topic = TopicId::parse("general").unwrap();
    let text = |number: usize| format!("general{number:0500}");
    for number in from..to {
        let prev = number
            .checked_sub(1)
            .map(|before| MessageId::of(text(before).as_bytes()));
        let append = unjudged(space(), message(&topic, "n", prev, &text(number)));
        let outcome = records.append(append).await.unwrap();
        assert!(matches!(outcome, AppendOutcome::Stored(_)));
    }
}

/// A directory with 300 messages, and a backup of its first 200.
async fn directory_and_backup() -> (TempDir, TempDir) {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = SqliteRecords::open(folder.path()).unwrap();
    fill(&records, 0, 200).await;
    let source = Inspector::open(folder.path()).unwrap();
    let copy = source
        .copy_to(backup.path(), u64::MAX, &mut |_| {})
        .unwrap();
    copy.finish().unwrap();
    fill(&records, 200, 300).await;
    records.close().await.unwrap();
    (folder, backup)
}

fn change(folder: &Path, sql: &str) {
    let connection = Connection::open(folder.join(DATABASE)).unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
}

fn by(plan: &[Mend], by: MendBy) -> Vec<(RecordKind, String)> {
    plan.iter()
        .filter(|mend| mend.by == by)
        .map(|mend| (mend.record.kind, mend.record.key.clone()))
        .collect()
}

fn repair(folder: &Path, backup: &Path) -> Vec<Mend> {
    let mut repair = SqliteRepair::open(folder, backup).unwrap();
    let plan = repair.plan().unwrap();
    drop(repair.build().unwrap());
    repair.replace().unwrap();
    plan
}

/// A row in every table, with a value in every column.
async fn one_of_each(records: &SqliteRecords) {
    fill(records, 0, 1).await;
    let general = TopicId::parse("general").unwrap();
    let chain = ChainId::shared(general.clone());
    let first = records.head(space(), &chain).await.unwrap().unwrap();
    let tool = MemberId::tool([2; 32]);
    let append = Append {
        tool_use: Some(ToolUse { tool, limit: None }),
        ..unjudged(
            space(),
            message(&general, "n", Some(first.hash), "with a tool"),
        )
    };
    records.append(append).await.unwrap();
    let in_a_lane = message(&general, "n", None, "in a lane");
    let append = Append {
        lane: Some(Lane {
            member: in_a_lane.sender,
            id: [8; 8],
        }),
        ..unjudged(space(), in_a_lane)
    };
    records.append(append).await.unwrap();
    a_space_with_a_policy(records).await;
    let put = PutData {
        space: space(),
        entry: DataEntry {
            path: DataPath::parse("a/b").unwrap(),
            data: "eA==".to_owned(),
            signature: Signature::from_bytes([3; 64]),
            signed_by: tool,
            signed_at: 4,
        },
        expected: None,
        judged: None,
        quotas: Quotas::default(),
    };
    records.put_data(put).await.unwrap();
    let add = AddBlob {
        space: space(),
        blob: BlobId::of(b"blob"),
        record: BlobRecord {
            object: ObjectName::parse("Bname.1").unwrap(),
            size: 4,
            checksums: vec![5; 8],
        },
        reference: BlobReference {
            uploaded_by: tool,
            uploaded_at: 6,
        },
        judged: None,
        tool_use: None,
        quotas: Quotas::default(),
    };
    records.add_blob(add).await.unwrap();
    for number in [1, 2] {
        records.post_item(inbox_item(number, 10)).await.unwrap();
    }
    let acknowledged = acknowledgement(&[1]);
    records.acknowledge_items(acknowledged).await.unwrap();
    // A purge that is not finished.
    let other = SpaceId::from_public_key([2; 32]);
    let tool = MemberId::tool([5; 32]);
    records.raise_tool_uses(other, tool, 1).await.unwrap();
    let purge = Purge {
        space: other,
        operator: None,
        apps: Vec::new(),
        limit: PageLimit::count(1),
    };
    records.purge(purge).await.unwrap();
}

/// A space of its own with a policy, an edit, data and two incarnations.
async fn a_space_with_a_policy(records: &SqliteRecords) {
    let here = SpaceId::from_public_key([3; 32]);
    let policy = message(&TopicId::state(), "space/policy", None, "policy");
    let policy = Append {
        begins_tree: Some([1; 8]),
        ..unjudged(here, policy)
    };
    records.append(policy).await.unwrap();
    let general = TopicId::parse("general").unwrap();
    let mut prev = None;
    for number in 0..70 {
        let next = message(&general, "sealed", prev, &format!("sealed {number}"));
        let lane = Lane {
            member: next.sender,
            id: [8; 8],
        };
        prev = Some(next.message_hash);
        let target = MessageId::of(format!("sealed {}", number - 1).as_bytes());
        let append = Append {
            lane: Some(lane),
            payload: Some(Payload {
                expires: Some(number),
                ..Payload::new(*b"content")
            }),
            revision: (number == 3).then_some(Revision {
                target,
                number: 1,
                deletes: false,
            }),
            ..unjudged(here, next)
        };
        let outcome = records.append(append).await.unwrap();
        assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
    }
    let put = PutData {
        space: here,
        entry: DataEntry {
            path: DataPath::parse("a/b").unwrap(),
            data: "eA==".to_owned(),
            signature: Signature::from_bytes([3; 64]),
            signed_by: MemberId::tool([2; 32]),
            signed_at: 4,
        },
        expected: None,
        judged: None,
        quotas: Quotas::default(),
    };
    records.put_data(put).await.unwrap();
    records.renew_tree(here, [2; 8]).await.unwrap();
    records.sign_restore(here, [2; 8], [4; 64]).await.unwrap();
}

#[tokio::test]
async fn every_kind_of_row_passes_the_check_and_fails_it_when_any_column_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteRecords::open(folder.path()).unwrap();
    one_of_each(&store).await;
    store.close().await.unwrap();
    drop(store);
    let inspector = Inspector::open(folder.path()).unwrap();
    assert_eq!(inspector.damaged_records().unwrap(), []);
    let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
    let tables: Vec<String> = connection
        .prepare("SELECT m.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND c.name = 'checksum'")
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(tables.len() >= 6);
    for table in tables {
        let columns: Vec<(String, String)> = connection
            .prepare("SELECT name, type FROM pragma_table_info(?1)")
            .unwrap()
            .query_map([&table], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        for (column, kind) in columns {
            let other = match kind.as_str() {
                "INTEGER" => format!("{column} + 1000003"),
                "TEXT" => format!("{column} || 'x'"),
                _ => format!("CAST({column} || x'00' AS BLOB)"),
            };
            connection
                .execute_batch(&format!(
                    "SAVEPOINT flip; UPDATE {table} SET {column} = {other} WHERE {column} IS NOT NULL"
                ))
                .unwrap();
            let changed = connection.changes();
            assert!(changed > 0, "nothing was written to {table}.{column}");
            connection.execute_batch("RELEASE flip").unwrap();
            let damaged = inspector.damaged_records().unwrap().len() as u64;
            assert!(
                damaged >= changed,
                "{table}.{column}: {damaged} of {changed}"
            );
            let back = match kind.as_str() {
                "INTEGER" => format!("{column} - 1000003"),
                "TEXT" => format!("substr({column}, 1, length({column}) - 1)"),
                _ => format!("CAST(substr({column}, 1, length({column}) - 1) AS BLOB)"),
            };
            connection
                .execute_batch(&format!(
                    "UPDATE {table} SET {column} = {back} WHERE {column} IS NOT NULL"
                ))
                .unwrap();
            assert_eq!(inspector.damaged_records().unwrap(), []);
        }
    }
}

#[tokio::test]
async fn a_damaged_message_is_put_back_and_one_that_the_backup_does_not_have_is_named() {
    let (folder, backup) = directory_and_backup().await;
    change(
        folder.path(),
        "UPDATE messages SET data = 'other' WHERE event IN (50, 250)",
    );
    let plan = repair(folder.path(), backup.path());
    assert_eq!(by(&plan, MendBy::PutBack).len(), 1);
    assert_eq!(by(&plan, MendBy::Lost).len(), 1);
    let repaired = Inspector::open(folder.path()).unwrap();
    assert_eq!(repaired.check_storage().unwrap(), Vec::<String>::new());
    assert_eq!(repaired.damaged_records().unwrap(), []);
    assert_eq!(repaired.events(&space(), 0, 1000).unwrap().len(), 299);
    assert_eq!(
        repaired.events(&space(), 49, 1).unwrap()[0]
            .event
            .position
            .message,
        50
    );
    assert_eq!(repaired.last_event(&space()).unwrap(), 300);
    // And it can be written to.
    drop(repaired);
    let records = SqliteRecords::open(folder.path()).unwrap();
    fill(&records, 300, 301).await;
}

#[tokio::test]
async fn a_message_whose_key_is_damaged_and_a_damaged_head_are_put_right() {
    let (folder, backup) = directory_and_backup().await;
    change(
        folder.path(),
        "UPDATE messages SET server_timestamp = server_timestamp + 1000000 WHERE event = 50;
         UPDATE heads SET server_timestamp = 1;",
    );
    let plan = repair(folder.path(), backup.path());
    assert_eq!(by(&plan, MendBy::PutBack).len(), 1);
    assert_eq!(
        by(&plan, MendBy::Derived),
        [(RecordKind::Head, "general".to_owned())]
    );
    let repaired = Inspector::open(folder.path()).unwrap();
    assert_eq!(repaired.damaged_records().unwrap(), []);
    assert_eq!(repaired.events(&space(), 0, 1000).unwrap().len(), 300);
    drop(repaired);
    let records = SqliteRecords::open(folder.path()).unwrap();
    fill(&records, 300, 301).await;
}

#[tokio::test]
async fn half_a_database_is_filled_up_from_the_backup() {
    let (folder, backup) = directory_and_backup().await;
    let path = folder.path().join(DATABASE);
    let bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2 / 4096 * 4096;
    std::fs::write(&path, &bytes[..half]).unwrap();
    repair(folder.path(), backup.path());
    let repaired = Inspector::open(folder.path()).unwrap();
    assert_eq!(repaired.check_storage().unwrap(), Vec::<String>::new());
    assert_eq!(repaired.damaged_records().unwrap(), []);
    let events = repaired.events(&space(), 0, 1000).unwrap();
    assert!(events.len() >= 200, "{}", events.len());
    let kept = std::fs::read(folder.path().join(format!("{DATABASE}.damaged"))).unwrap();
    assert!(kept == bytes[..half], "the damaged file is kept as it was");
}

#[tokio::test]
async fn a_page_of_zeros_costs_only_what_was_on_it_and_not_in_the_backup() {
    let (folder, backup) = directory_and_backup().await;
    let path = folder.path().join(DATABASE);
    let mut bytes = std::fs::read(&path).unwrap();
    let text = format!("general{:0500}", 20);
    let at = bytes
        .windows(text.len())
        .rposition(|window| window == text.as_bytes())
        .unwrap();
    let page = at / 4096 * 4096;
    bytes[page..page + 4096].fill(0);
    std::fs::write(&path, bytes).unwrap();
    repair(folder.path(), backup.path());
    let repaired = Inspector::open(folder.path()).unwrap();
    assert_eq!(repaired.check_storage().unwrap(), Vec::<String>::new());
    assert_eq!(repaired.events(&space(), 0, 1000).unwrap().len(), 300);
}

#[tokio::test]
async fn a_plan_and_a_repair_that_was_interrupted_change_nothing_and_can_be_repeated() {
    let (folder, backup) = directory_and_backup().await;
    change(
        folder.path(),
        "UPDATE messages SET data = 'other' WHERE event = 50",
    );
    let path = folder.path().join(DATABASE);
    let before = std::fs::read(&path).unwrap();
    let mut interrupted = SqliteRepair::open(folder.path(), backup.path()).unwrap();
    let plan = interrupted.plan().unwrap();
    drop(interrupted.build().unwrap());
    drop(interrupted);
    assert!(std::fs::read(&path).unwrap() == before);
    assert_eq!(repair(folder.path(), backup.path()), plan);
    let repaired = Inspector::open(folder.path()).unwrap();
    assert_eq!(repaired.events(&space(), 0, 1000).unwrap().len(), 300);
}

#[tokio::test]
async fn a_directory_in_use_is_not_repaired() {
    let (folder, backup) = directory_and_backup().await;
    let _server = SqliteRecords::open(folder.path()).unwrap();
    let error = SqliteRepair::open(folder.path(), backup.path()).unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
}

#[tokio::test]
async fn what_was_removed_since_the_backup_does_not_come_back_and_the_tree_is_whole() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let here = SpaceId::from_public_key([3; 32]);
    let records = SqliteRecords::open(folder.path()).unwrap();
    a_space_with_a_policy(&records).await;
    let before = Inspector::open(folder.path()).unwrap();
    let copy = before
        .copy_to(backup.path(), u64::MAX, &mut |_| {})
        .unwrap();
    copy.finish().unwrap();
    drop(before);
    // The tenth is removed since.
    let general = TopicId::parse("general").unwrap();
    let last = MessageId::of(b"sealed 69");
    let next = message(&general, "sealed", Some(last), "delete");
    let lane = Lane {
        member: next.sender,
        id: [8; 8],
    };
    let delete = Append {
        lane: Some(lane),
        revision: Some(Revision {
            target: MessageId::of(b"sealed 10"),
            number: 1,
            deletes: true,
        }),
        ..unjudged(here, next)
    };
    let outcome = records.append(delete).await.unwrap();
    assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
    let tree = records.tree(here).await.unwrap();
    let usage = records.usage(here, None).await.unwrap();
    records.close().await.unwrap();
    drop(records);
    // A tile that is full, a page of the payloads' table, and a block of keys.
    change(
        folder.path(),
        "UPDATE tree_tiles SET hashes = zeroblob(32) WHERE level = 0 AND tile = 0;
         UPDATE payloads SET sealed = x'00' WHERE event IN (5, 20);
         UPDATE payload_keys SET checksum = checksum + 1;
         UPDATE heads SET server_timestamp = 1 WHERE topic_id = 'general';",
    );
    let plan = repair(folder.path(), backup.path());
    assert_eq!(by(&plan, MendBy::Derived).len(), 2, "{plan:?}");
    assert_eq!(by(&plan, MendBy::PutBack).len(), 3, "{plan:?}");
    let repaired = Inspector::open(folder.path()).unwrap();
    assert_eq!(repaired.damaged_records().unwrap(), []);
    drop(repaired);
    let records = SqliteRecords::open(folder.path()).unwrap();
    assert_eq!(records.tree(here).await.unwrap(), tree);
    let chain = ChainId {
        topic: general,
        lane: Some(lane),
    };
    let head = records.head(here, &chain).await.unwrap().unwrap();
    assert_eq!(head.hash, MessageId::of(b"delete"));
    assert_eq!(records.usage(here, None).await.unwrap(), usage);
    let events = records
        .events(here, 0, PageLimit::count(100))
        .await
        .unwrap();
    let without: Vec<u64> = events
        .items
        .iter()
        .filter(|one| one.payload.is_none())
        .map(|one| one.event.position.message)
        .collect();
    // The policy, the two that were replaced, and the delete, which never had one.
    assert_eq!(without, [1, 4, 12, 72]);
}

#[tokio::test]
async fn a_tree_that_lost_a_leaf_is_not_made_up() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = SqliteRecords::open(folder.path()).unwrap();
    fill(&records, 0, 1).await;
    let copy = Inspector::open(folder.path()).unwrap();
    let copy = copy.copy_to(backup.path(), u64::MAX, &mut |_| {}).unwrap();
    copy.finish().unwrap();
    a_space_with_a_policy(&records).await;
    records.close().await.unwrap();
    drop(records);
    change(
        folder.path(),
        "UPDATE tree_tiles SET hashes = zeroblob(32) WHERE level = 0 AND tile = 1",
    );
    let mut repair = SqliteRepair::open(folder.path(), backup.path()).unwrap();
    repair.plan().unwrap();
    let error = repair.build().err().unwrap().to_string();
    assert!(error.contains("leaf 64"), "{error}");
}

#[tokio::test]
async fn rows_that_are_whole_and_do_not_agree_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    let lie = async |change: &dyn Fn(&Connection)| {
        let other = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join(DATABASE), other.path().join(DATABASE)).unwrap();
        change(&Connection::open(other.path().join(DATABASE)).unwrap());
        let inspector = Inspector::open(other.path()).unwrap();
        let damaged = inspector.damaged_records().unwrap();
        damaged.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    a_space_with_a_policy(&records).await;
    records.close().await.unwrap();
    assert_eq!(lie(&|_| {}).await, Vec::<String>::new());
    // Rows of another moment, each with its checksum.
    let swapped = lie(&|connection| {
        connection
            .execute_batch("DELETE FROM tree_tiles WHERE level = 1")
            .unwrap();
    });
    assert_eq!(swapped.await, ["tile of an event tree 1 0"]);
    let without_keys = lie(&|connection| {
        connection
            .execute_batch("DELETE FROM payload_keys;")
            .unwrap();
    });
    assert_eq!(without_keys.await.len(), 69);
}
