//! The two sides of a history.

use std::sync::Arc;

use futures_util::future::join_all;
use parking_lot::Mutex;

use super::Difference;
use super::answer::Answer;
use super::history::Step;
use super::pages::pages;
use super::query::{Query, everything};
use super::universe;
use super::write::{Command, Write};
use crate::memory::MemoryRecords;
use crate::{CommitSink, Committed, ItemLeft, Order, Records};

/// A sink that keeps what it receives.
#[derive(Default)]
struct Heard {
    commits: Mutex<Vec<Committed>>,
    items: Mutex<Vec<ItemLeft>>,
}

impl CommitSink for Heard {
    fn committed(&self, batch: &[Committed]) {
        self.commits.lock().extend_from_slice(batch);
    }

    fn items_left(&self, items: &[ItemLeft]) {
        self.items.lock().extend_from_slice(items);
    }
}

/// A store and what its sink received.
struct Side<R> {
    records: R,
    heard: Arc<Heard>,
}

impl<R: Records> Side<R> {
    fn new(records: R, heard: Arc<Heard>) -> Self {
        records
            .attach(Arc::clone(&heard) as Arc<dyn CommitSink>)
            .unwrap();
        Self { records, heard }
    }

    /// Sends all commands at once; each reaches the store in its turn.
    async fn run(&self, commands: &[Command]) -> Vec<Answer> {
        join_all(
            commands
                .iter()
                .map(|command| command.clone().run(&self.records)),
        )
        .await
    }
}

/// The examined store and the model.
struct Pair<R> {
    subject: Side<R>,
    model: Side<MemoryRecords>,
    closed: bool,
    /// Writes so far.
    written: usize,
}

/// Follows a history on memory and on the store that `open` opens: empty the first time, then with what
/// was written. Reads while the store is closed are left out, since they have no contract.
pub async fn follow<R: Records>(
    history: &[Step],
    open: impl AsyncFn() -> R,
) -> Result<(), Difference> {
    let mut pair = Pair {
        subject: Side::new(open().await, Arc::default()),
        model: Side::new(MemoryRecords::default(), Arc::default()),
        closed: false,
        written: 0,
    };
    for step in history {
        match step {
            Step::Close => pair.close().await,
            Step::Read(query) if !pair.closed => pair.read(query).await?,
            Step::Read(_) => {}
            Step::Reopen => pair = pair.reopen(&open).await,
            Step::Write(writes) => pair.write(writes).await?,
        }
    }
    pair = pair.reopen(&open).await;
    for query in everything(pair.written) {
        pair.read(&query).await?;
    }
    pair.turn_pages().await?;
    pair.close().await;
    Ok(())
}

impl<R: Records> Pair<R> {
    async fn close(&mut self) {
        self.subject.records.close().await.unwrap();
        self.model.records.close().await.unwrap();
        self.closed = true;
    }

    async fn reopen(mut self, open: impl AsyncFn() -> R) -> Self {
        self.close().await;
        // A store that is open twice would not be the same store.
        drop(self.subject.records);
        Self {
            subject: Side::new(open().await, self.subject.heard),
            model: Side::new(self.model.records.reopened(), self.model.heard),
            closed: false,
            written: self.written,
        }
    }

    async fn read(&self, query: &Query) -> Result<(), Difference> {
        let found = query.ask(&self.subject.records).await;
        let expected = query.ask(&self.model.records).await;
        same(query, &found, &expected)
    }

    async fn turn_pages(&self) -> Result<(), Difference> {
        for space in universe::all_spaces() {
            for topic in universe::all_topics() {
                for (order, limit) in [
                    (Order::NewestFirst, 1),
                    (Order::NewestFirst, 2),
                    (Order::OldestFirst, 3),
                ] {
                    let found = pages(&self.subject.records, space, &topic, order, limit).await;
                    let expected = pages(&self.model.records, space, &topic, order, limit).await;
                    same(&("pages", space, &topic, order), &found, &expected)?;
                }
            }
        }
        Ok(())
    }

    async fn write(&mut self, writes: &[Write]) -> Result<(), Difference> {
        let mut commands = Vec::new();
        for write in writes {
            let settled = write.settle(self.written, &self.model.records).await;
            commands.push(settled.unwrap());
            self.written += 1;
        }
        let found = self.subject.run(&commands).await;
        let expected = self.model.run(&commands).await;
        same(&commands, &found, &expected)?;
        let (found, expected) = (&self.subject.heard, &self.model.heard);
        let heard = "what the sink heard";
        same(&heard, &*found.commits.lock(), &*expected.commits.lock())?;
        same(&heard, &*found.items.lock(), &*expected.items.lock())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(
    what: &dyn std::fmt::Debug,
    found: &T,
    expected: &T,
) -> Result<(), Difference> {
    if found == expected {
        return Ok(());
    }
    Err(Difference(format!(
        "{what:#?}\nanswered {found:#?}\ninstead of {expected:#?}"
    )))
}
