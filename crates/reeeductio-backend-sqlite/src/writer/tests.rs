use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::Poll;

use parking_lot::Mutex;
use reeeductio_backend::conformance::records::{message, unjudged};
use reeeductio_backend::{
    Append, AppendOutcome, BackendError, BackendErrorKind, CommitSink, Committed, ItemLeft,
    MessageRange, Messages as _, Order, PageLimit, Payload, Records as _, ToolUse, Tools as _,
    Trees as _,
};
use reeeductio_proto::{ChainId, Lane, MemberId, MessageId, Position, SpaceId, TopicId};
use tempfile::TempDir;

use super::Writer;
use crate::open::{Opened, open};
use crate::wal::{Wal, log_of};
use crate::write::append::SharedAppend;
use crate::{DATABASE, SqliteRecords};

fn space() -> SpaceId {
    SpaceId::from_public_key([1; 32])
}

fn tool() -> MemberId {
    MemberId::tool([5; 32])
}

fn append(topic: &str, text: &str, by_tool: bool) -> Append {
    let message = message(&TopicId::parse(topic).unwrap(), "n", None, text);
    Append {
        tool_use: by_tool.then_some(ToolUse {
            tool: tool(),
            limit: None,
        }),
        ..unjudged(space(), message)
    }
}

async fn head(records: &SqliteRecords, topic: &str) -> Option<Position> {
    let chain = ChainId::shared(TopicId::parse(topic).unwrap());
    records.head(space(), &chain).await.unwrap()
}

/// Holds the writer at its first commit, so that what is sent meanwhile is one transaction.
struct Gate {
    reached: Sender<()>,
    open: Mutex<Receiver<()>>,
    heard: Mutex<Vec<Committed>>,
}

impl CommitSink for Gate {
    fn committed(&self, batch: &[Committed]) {
        let first = self.heard.lock().is_empty();
        self.heard.lock().extend_from_slice(batch);
        if first {
            self.reached.send(()).unwrap();
            self.open.lock().recv().unwrap();
        }
    }

    fn items_left(&self, _: &[ItemLeft]) {}
}

type Answer = Result<AppendOutcome, BackendError>;

/// Sends all in one transaction; returns the answers and what the sink received.
async fn in_one_transaction(
    records: &SqliteRecords,
    appends: Vec<Append>,
) -> (Vec<Answer>, Vec<Committed>) {
    let ((reached, at_gate), (opener, open)) = (channel(), channel());
    let gate = Arc::new(Gate {
        reached,
        open: Mutex::new(open),
        heard: Mutex::default(),
    });
    records
        .attach(Arc::clone(&gate) as Arc<dyn CommitSink>)
        .unwrap();
    let mut first = pin!(records.append(append("first", "first", false)));
    poll_fn(|context| {
        assert!(first.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    at_gate.recv().unwrap();
    let mut waiting: Vec<_> = appends
        .into_iter()
        .map(|append| records.append(append))
        .collect();
    poll_fn(|context| {
        for write in &mut waiting {
            assert!(write.as_mut().poll(context).is_pending());
        }
        Poll::Ready(())
    })
    .await;
    opener.send(()).unwrap();
    first.await.unwrap();
    let mut answers = Vec::new();
    for write in waiting {
        answers.push(write.await);
    }
    let heard = gate.heard.lock().clone();
    (answers, heard)
}

/// A database in which the row that counts the tool's uses was changed on disk.
async fn with_damaged_tool() -> (TempDir, SqliteRecords) {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    records.raise_tool_uses(space(), tool(), 3).await.unwrap();
    records.close().await.unwrap();
    drop(records);
    let path = folder.path().join(DATABASE);
    let mut bytes = std::fs::read(&path).unwrap();
    let rows: Vec<usize> = (0..bytes.len() - 33)
        .filter(|at| bytes[*at..].starts_with(&[5; 32]))
        .collect();
    assert!(!rows.is_empty());
    for at in rows {
        // The number of uses follows the tool's id.
        bytes[at + 32] ^= 1;
    }
    std::fs::write(&path, bytes).unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    (folder, records)
}

#[tokio::test]
async fn a_write_that_meets_a_damaged_row_fails_alone() {
    let (_folder, records) = with_damaged_tool().await;
    let mut appends: Vec<Append> = (0..40)
        .map(|number| append(&format!("topic-{number:02}"), &format!("{number}"), false))
        .collect();
    for (at, topic) in [(7, "by-tool-1"), (20, "by-tool-2")] {
        appends.insert(at, append(topic, topic, true));
    }
    let (answers, heard) = in_one_transaction(&records, appends).await;
    let mut stored = Vec::new();
    for (at, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(AppendOutcome::Stored(committed)) => stored.push(committed),
            Err(error) if [7, 20].contains(&at) => {
                assert_eq!(error.kind(), BackendErrorKind::Corrupt, "{error}");
                assert!(error.to_string().contains("tool_uses"), "{error}");
            }
            other => panic!("{at}: {other:?}"),
        }
    }
    assert_eq!(stored.len(), 40);
    assert_eq!(heard[1..], stored, "the sink hears of what was stored");
    assert_eq!(records.last_event(space()).await.unwrap(), 41);
    assert_eq!(head(&records, "by-tool-1").await, None);
    // The cache keeps nothing of the transaction that was rolled back.
    let again = records.append(append("by-tool-1", "later", false)).await;
    assert!(matches!(again, Ok(AppendOutcome::Stored(_))), "{again:?}");
}

/// The newest message of the topic `general` by the memory of newest messages, if it is there.
fn remembered(records: &SqliteRecords) -> Option<String> {
    let range = MessageRange {
        from: i64::MIN,
        to: i64::MAX,
        order: Order::NewestFirst,
        limit: PageLimit::count(1),
    };
    let topic = TopicId::parse("general").unwrap();
    let page = records.writer.newest.page(&space(), &topic, range)?;
    page.items.first().map(|message| message.data.clone())
}

#[tokio::test]
async fn nobody_is_told_of_the_message_before_one_that_is_in_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let records = Arc::new(SqliteRecords::open(folder.path()).unwrap());
    let outcome = records.append(append("general", "one", false)).await;
    let Ok(AppendOutcome::Stored(one)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(remembered(&records).as_deref(), Some("one"));
    let mut two = append("general", "two", false);
    two.message.prev_hash = one.event.message().map(|message| message.message_hash);
    let mut two = SharedAppend::from(two);
    let inside = Arc::clone(&records);
    let stored = records.writer.write(move |batch| {
        let outcome = batch.append(&mut two);
        assert!(matches!(outcome, Ok(AppendOutcome::Stored(_))));
        // Others find it in the database as soon as it is committed, a little before it is remembered.
        assert_eq!(remembered(&inside), None);
        outcome
    });
    stored.await.unwrap();
    assert_eq!(remembered(&records).as_deref(), Some("two"));
    records.close().await.unwrap();
    assert_eq!(remembered(&records), None);
}

#[tokio::test]
async fn leaves_and_keys_of_writes_before_one_that_fails_alone_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    let with_payload = |topic: &str, begins_tree| {
        let append = Append {
            payload: Some(Payload::new(*b"content")),
            begins_tree,
            ..append(topic, topic, false)
        };
        SharedAppend::from(append)
    };
    let mut first = with_payload("first", Some([1; 8]));
    let (mut second, mut third) = (with_payload("second", None), with_payload("third", None));
    records
        .writer
        .write(move |batch| {
            batch.isolate(|batch| batch.append(&mut first))??;
            let failed = batch.isolate(|batch| {
                batch.append(&mut second)?;
                Err::<(), _>(BackendError::unavailable("test", "it fails"))
            })?;
            assert!(failed.is_err());
            batch.isolate(|batch| batch.append(&mut third))??;
            Ok(())
        })
        .await
        .unwrap();
    let page = records.events(space(), 0, PageLimit::count(10)).await;
    let found: Vec<_> = page
        .unwrap()
        .items
        .iter()
        .map(|one| {
            (
                one.leaf.unwrap().number,
                one.payload.as_deref().map(<[u8]>::len),
            )
        })
        .collect();
    assert_eq!(found, [(0, Some(7)), (1, Some(7))]);
    let tree = records.tree(space()).await.unwrap().unwrap();
    assert_eq!(tree.size, 2);
}

/// Makes SQLite refuse further pages, as a full disk does, or no longer.
async fn limit_pages(records: &SqliteRecords, pages: u32) {
    records
        .writer
        .write(move |batch| {
            batch
                .connection()
                .pragma_update(None, "max_page_count", pages)
                .map_err(crate::failure::failure("limit the database"))
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn once_there_is_room_again_a_full_database_takes_writes_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    records.append(append("small", "1", false)).await.unwrap();
    limit_pages(&records, 1).await;
    let large = "large ".repeat(20_000);
    for _ in 0..3 {
        let full = records.append(append("large", &large, false)).await;
        assert_eq!(full.unwrap_err().kind(), BackendErrorKind::Unavailable);
    }
    assert!(head(&records, "small").await.is_some());
    limit_pages(&records, 1_000_000).await;
    let stored = records.append(append("large", &large, false)).await;
    assert!(matches!(stored, Ok(AppendOutcome::Stored(_))), "{stored:?}");
    let hash = head(&records, "large").await.unwrap().hash;
    let topic = TopicId::parse("large").unwrap();
    let read = records.message(space(), &topic, hash).await.unwrap();
    assert_eq!(read.unwrap().data.len(), 120_000);
    records.ready().await.unwrap();
}

#[tokio::test]
async fn on_a_disk_that_is_nearly_full_the_log_does_not_take_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let Opened { database, file, .. } = open(folder.path()).unwrap();
    let wal = Wal::with_room(file.path(), |_| Ok(1 << 20));
    let writer = Writer::start(database, wal, false).unwrap();
    for number in 0..200 {
        let text = format!("{number} {}", "x".repeat(20_000));
        let mut append = SharedAppend::from(append(&format!("topic-{number}"), &text, false));
        let outcome = writer.write(move |batch| batch.append(&mut append)).await;
        assert!(matches!(outcome, Ok(AppendOutcome::Stored(_))));
    }
    let log = log_of(file.path()).metadata().unwrap().len();
    let stored = file.path().metadata().unwrap().len();
    assert!(stored > 3 << 20, "{stored}");
    assert!(log < 1 << 20, "{log} beside {stored}");
    writer.close().await.unwrap();
}

#[tokio::test]
async fn a_server_whose_database_was_cut_off_or_replaced_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    // Closing moves everything from the log into the file.
    let records = SqliteRecords::open(folder.path()).unwrap();
    records.close().await.unwrap();
    drop(records);
    let records = SqliteRecords::open(folder.path()).unwrap();
    records.ready().await.unwrap();
    let file = std::fs::File::options()
        .write(true)
        .open(records.path())
        .unwrap();
    file.set_len(4096).unwrap();
    records.ready().await.unwrap_err();
    drop(records);

    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    std::fs::remove_file(records.path()).unwrap();
    records.ready().await.unwrap_err();
}

#[tokio::test]
async fn posts_that_go_on_in_lanes_that_were_never_begun_leave_nothing_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    let member = MemberId::user([9; 32]);
    for number in 0..1_000_u64 {
        let mut refused = append("general", "text", false);
        refused.message.prev_hash = Some(MessageId::of(b"nowhere"));
        refused.lane = Some(Lane {
            member,
            id: number.to_be_bytes(),
        });
        let outcome = records.append(refused).await.unwrap();
        assert_eq!(outcome, AppendOutcome::HeadMoved(None));
    }
    let topic = TopicId::parse("general").unwrap();
    let known = records
        .writer
        .write(move |batch| batch.known_heads(&space(), &topic));
    let known = known.await.unwrap();
    assert!(known < 10, "{known} heads of lanes that do not exist");
}
