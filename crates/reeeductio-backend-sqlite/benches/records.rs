//! Costs of reading and writing records, without HTTP: `cargo bench -p reeeductio-backend-sqlite`.
//!
//! Time is that of the median; processor time is that of all threads, divided by the operations.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reeeductio_backend::conformance::records::{message, unjudged};
use reeeductio_backend::{
    Append, AppendOutcome, DataEntries as _, MessageRange, Messages as _, Order, PageLimit,
    Payload, Payloads as _, PutData, Quotas, Records as _, State as _, Trees as _,
};
use reeeductio_backend_sqlite::SqliteRecords;
use reeeductio_proto::tree::inclusion_ranges;
use reeeductio_proto::{
    ChainId, DataEntry, DataPath, Lane, MemberId, Message, MessageId, Signature, SpaceId,
    StatePath, TopicId,
};

const READS: usize = 20_000;
const TASKS: usize = 32;

fn space() -> SpaceId {
    SpaceId::from_public_key([1; 32])
}

fn topic(name: &str) -> TopicId {
    TopicId::parse(name).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn now() -> Instant {
    Instant::now()
}

/// Processor time of all threads, in nanoseconds.
fn processor() -> u64 {
    let mut sum = 0;
    for task in fs::read_dir("/proc/self/task").unwrap() {
        let path = task.unwrap().path().join("schedstat");
        if let Ok(text) = fs::read_to_string(path) {
            sum += text.split(' ').next().unwrap().parse::<u64>().unwrap();
        }
    }
    sum
}

/// Bytes given to the system to write.
fn written() -> u64 {
    let text = fs::read_to_string("/proc/self/io").unwrap();
    let line = text.lines().find(|line| line.starts_with("wchar")).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

fn report(name: &str, mut times: Vec<Duration>, cpu: u64, elapsed: Duration, bytes: u64) {
    times.sort_unstable();
    let count = times.len();
    let micro = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "{name:40} {:9.1} us  processor {:8.1} us  {:9.0}/s  written {:8.0}",
        micro(times[count / 2]),
        cpu as f64 / 1e3 / count as f64,
        count as f64 / elapsed.as_secs_f64(),
        bytes as f64 / count as f64,
    );
}

/// One after the other, on one thread of the runtime.
async fn alone<F: Future>(name: &str, count: usize, work: impl Fn(usize) -> F) {
    for number in 0..count.min(200) {
        work(number).await;
    }
    let (cpu, began, bytes) = (processor(), now(), written());
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        let at = now();
        work(number).await;
        times.push(at.elapsed());
    }
    report(
        name,
        times,
        processor().saturating_sub(cpu),
        began.elapsed(),
        written() - bytes,
    );
}

/// By several tasks at once; `work` gets the task's number and its round.
async fn together<F>(name: &str, tasks: usize, rounds: usize, work: impl Fn(usize, usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (cpu, began, bytes) = (processor(), now(), written());
    let mut running = Vec::new();
    for task in 0..tasks {
        let futures: Vec<F> = (0..rounds).map(|round| work(task, round)).collect();
        running.push(tokio::spawn(async move {
            let mut times = Vec::with_capacity(futures.len());
            for future in futures {
                let at = now();
                future.await;
                times.push(at.elapsed());
            }
            times
        }));
    }
    let mut times = Vec::new();
    for task in running {
        times.extend(task.await.unwrap());
    }
    report(
        name,
        times,
        processor().saturating_sub(cpu),
        began.elapsed(),
        written() - bytes,
    );
}

/// The `number`th message of a chain: 256 bytes of data.
fn link(name: &str, kind: &str, number: usize) -> Message {
    let text = |number: usize| format!("{name} {number:0>240}");
    let prev = number
        .checked_sub(1)
        .map(|before| MessageId::of(text(before).as_bytes()));
    message(&topic(name), kind, prev, &text(number))
}

async fn add(records: &SqliteRecords, message: Message) {
    let outcome = records.append(unjudged(space(), message)).await.unwrap();
    assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
}

/// Appends many messages of a chain, several hundred to a transaction.
async fn fill(records: &SqliteRecords, name: &str, from: usize, to: usize) {
    for first in (from..to).step_by(500) {
        let links = (first..to.min(first + 500)).map(|number| {
            let kind = match number % 10 {
                0 => format!("auth/users/{number}"),
                _ => format!("profiles/{number}"),
            };
            records.append(unjudged(space(), link(name, &kind, number)))
        });
        for outcome in all(links.collect()).await {
            assert!(matches!(outcome.unwrap(), AppendOutcome::Stored(_)));
        }
    }
}

/// Polls all in order, so that they are queued in order, and waits for all.
async fn all<F: Future + Unpin>(mut futures: Vec<F>) -> Vec<F::Output> {
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, slot) in futures.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(output) = std::pin::Pin::new(future).poll(context)
            {
                *slot = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

fn newest(count: usize) -> MessageRange {
    MessageRange {
        from: i64::MIN,
        to: i64::MAX,
        order: Order::NewestFirst,
        limit: PageLimit::count(count),
    }
}

async fn measure(records: Arc<SqliteRecords>) {
    let records = &records;
    fill(records, "general", 0, 5_000).await;
    let put = PutData {
        space: space(),
        entry: DataEntry {
            path: DataPath::parse("a/b").unwrap(),
            data: "x".repeat(256),
            signature: Signature::from_bytes([4; 64]),
            signed_by: MemberId::user([9; 32]),
            signed_at: 1,
        },
        expected: None,
        judged: None,
        quotas: Quotas::default(),
    };
    records.put_data(put).await.unwrap();
    let general = topic("general");
    let page = |count| {
        let (records, general) = (Arc::clone(records), general.clone());
        move |_| {
            let (records, general) = (Arc::clone(&records), general.clone());
            async move {
                let page = records
                    .messages(space(), &general, newest(count))
                    .await
                    .unwrap();
                assert_eq!(page.items.len(), count);
            }
        }
    };
    alone("newest message", READS, page(1)).await;
    let one = page(1);
    together(
        "newest message, 32 readers",
        TASKS,
        READS / TASKS,
        |_, round| one(round),
    )
    .await;
    alone("page of 100", 2_000, page(100)).await;
    let hash = link("general", "n", 2_500).message_hash;
    alone("message by its id", READS, |_| async {
        assert!(
            records
                .message(space(), &general, hash)
                .await
                .unwrap()
                .is_some()
        );
    })
    .await;
    let chain = ChainId::shared(general.clone());
    alone("head", READS, |_| async {
        assert!(records.head(space(), &chain).await.unwrap().is_some());
    })
    .await;
    let path = DataPath::parse("a/b").unwrap();
    alone("data entry", READS, |_| async {
        assert!(records.data(space(), &path).await.unwrap().is_some());
    })
    .await;
    for (from, to) in [(0, 1_000), (1_000, 100_000)] {
        fill(records, "state", from, to).await;
        for (what, number) in [("newest", to - 10), ("old", 10), ("missing", to * 10)] {
            let path = StatePath::parse(&format!("auth/users/{number}")).unwrap();
            let name = format!("state entry, {what} of {to}");
            alone(&name, READS, |_| async {
                let found = records.state_entry(space(), &path).await.unwrap();
                assert_eq!(found.is_some(), number < to);
            })
            .await;
        }
    }
    alone("append, one writer", 1_000, {
        let next = std::sync::atomic::AtomicUsize::new(0);
        move |_| {
            let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            add(records, link("single", "n", number))
        }
    })
    .await;
    for name in ["append, 32 writers", "append, 32 writers, later"] {
        together(name, TASKS, 300, |task, round| {
            let records = Arc::clone(records);
            let topic = format!("{}-{task}", name.replace([',', ' '], "-"));
            async move { add(&records, link(&topic, "n", round)).await }
        })
        .await;
    }
    appends_with_a_tree(records).await;
    records.close().await.unwrap();
}

/// Appends like those before, each to a lane: in a base space, in one with a tree, and with payloads.
async fn appends_with_a_tree(records: &Arc<SqliteRecords>) {
    let begins = |of| Append {
        begins_tree: Some([1; 8]),
        ..unjudged(of, link("state", "space/policy", 0))
    };
    let (base, tree) = ([2; 32], [3; 32]);
    let (base, tree) = (
        SpaceId::from_public_key(base),
        SpaceId::from_public_key(tree),
    );
    let first = Append {
        begins_tree: None,
        ..begins(base)
    };
    for first in [first, begins(tree)] {
        let outcome = records.append(first).await.unwrap();
        assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
    }
    for turn in 0..3 {
        for (what, space, payload) in [
            ("base", base, None),
            ("tree", tree, None),
            ("tree, payload", tree, Some(Payload::new(vec![7; 304]))),
        ] {
            let name = format!("append, 32 writers, {what}");
            together(&name, TASKS, 300, |task, round| {
                let records = Arc::clone(records);
                let topic = format!("{what}-{turn}-{task}").replace([',', ' '], "-");
                let message = link(&topic, "sealed", round);
                let lane = Lane {
                    member: message.sender,
                    id: [8; 8],
                };
                let append = Append {
                    lane: Some(lane),
                    payload: payload.clone(),
                    ..unjudged(space, message)
                };
                async move {
                    let outcome = records.append(append).await.unwrap();
                    assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
                }
            })
            .await;
        }
    }
    alone("tree", 2_000, |_| async {
        assert!(records.tree(tree).await.unwrap().is_some());
    })
    .await;
    let size = records.tree(tree).await.unwrap().unwrap().size;
    alone("inclusion proof", 2_000, |number| async move {
        let ranges = inclusion_ranges(number as u64, size);
        let roots = records.range_roots(tree, ranges).await.unwrap();
        assert!(roots.is_some());
    })
    .await;
    let busy = topic("tree--payload-0-0");
    alone("page of 100 entries", 1_000, |_| async {
        let page = records.entries(tree, &busy, newest(100)).await.unwrap();
        assert_eq!(page.items.len(), 100);
    })
    .await;
    let removed = now();
    let count = records.remove_older(tree, i64::MAX, 5_000).await.unwrap();
    let each = removed.elapsed().as_secs_f64() * 1e6 / count as f64;
    println!("removal of {count} payloads: {each:.1} us each");
}

fn main() {
    // `cargo test --benches` only asks whether it compiles.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let records = Arc::new(SqliteRecords::open(folder.path()).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::spawn(measure(records)).await.unwrap();
    });
}
