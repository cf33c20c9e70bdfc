//! The thread that writes.
//!
//! Whatever waits when the thread becomes free is one transaction: one fsync for all of it, and no timer
//! that would make a lonely write wait. Each write decides by what the writes before it in the same
//! transaction did. Nobody is answered before the commit is on disk.

use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use reeeductio_backend::{BackendError, BackendErrorKind, CommitSink, Committed};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::failure::failure;
use crate::wal::Wal;
use crate::write::Batch;
use crate::write::cache::Cache;

/// Writes that may wait; more wait outside, in their request.
const QUEUE: usize = 1024;
/// Writes in one transaction.
const GROUP: usize = 512;

const OPERATION: &str = "write to the database";

/// Hands writes to the thread.
pub(crate) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    pub(crate) sink: Arc<OnceLock<Arc<dyn CommitSink>>>,
}

/// One write: decided in a transaction, answered after it.
trait Job: Send {
    /// Decides and writes. An error of a job that has not written anything yet concerns only itself.
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), BackendError>;
    /// Answers; `Err` when the transaction was not committed.
    fn answer(self: Box<Self>, committed: Result<(), BackendError>);
}

struct Write<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, BackendError>>,
    reply: oneshot::Sender<Result<T, BackendError>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnOnce(&mut Batch<'_>) -> Result<T, BackendError> + Send,
{
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), BackendError> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        let before = batch.writes();
        match work(batch) {
            Err(error) if batch.writes() != before => Err(error),
            outcome => {
                self.outcome = Some(outcome);
                Ok(())
            }
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), BackendError>) {
        let outcome = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Err(error), _) => Err(error),
            (Ok(()), None) => Err(BackendError::unavailable(
                OPERATION,
                "the write was not run",
            )),
        };
        // Whoever asked may have gone; the write is done all the same.
        let _gone = self.reply.send(outcome);
    }
}

impl Writer {
    pub(crate) fn start(connection: Connection, wal: Wal) -> Result<Self, BackendError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let sink: Arc<OnceLock<Arc<dyn CommitSink>>> = Arc::default();
        let heard_by = Arc::clone(&sink);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || run(connection, wal, jobs, &heard_by))
            .map_err(|error| BackendError::unavailable("start the writer", error.to_string()))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
            sink,
        })
    }

    /// Runs `work` in the next transaction and returns its outcome once that is on disk.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, BackendError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Batch<'_>) -> Result<T, BackendError> + Send + 'static,
    {
        let closed = || BackendError::unavailable(OPERATION, "the database is closed for writing");
        let queue = self.queue.lock().clone().ok_or_else(closed)?;
        let (reply, answer) = oneshot::channel();
        let job = Write {
            work: Some(work),
            outcome: None,
            reply,
        };
        queue.send(Box::new(job)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Admits no more writes and waits until those admitted are on disk.
    pub(crate) async fn close(&self) -> Result<(), BackendError> {
        self.queue.lock().take();
        let Some(thread) = self.thread.lock().take() else {
            return Ok(());
        };
        tokio::task::spawn_blocking(move || thread.join())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| BackendError::unavailable("close the database", "the writer failed"))
    }
}

fn run(
    mut connection: Connection,
    mut wal: Wal,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    sink: &OnceLock<Arc<dyn CommitSink>>,
) {
    let mut cache = Cache::default();
    while let Some(first) = jobs.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(job) = jobs.try_recv()
        {
            group.push(job);
        }
        match commit(&mut connection, &mut cache, &mut group) {
            Ok(committed) => {
                if let Some(sink) = sink.get()
                    && !committed.is_empty()
                {
                    sink.committed(&committed);
                }
                for job in group {
                    job.answer(Ok(()));
                }
                // Nobody waits for this but the next group, which it makes faster.
                if let Err(error) = wal.reserve() {
                    tracing::warn!(%error, "there is no room ahead in the log; writes are slower");
                }
            }
            Err(error) => {
                // The cache speaks of a transaction that never happened.
                cache = Cache::default();
                let (kind, message) = (error.kind(), error.to_string());
                for job in group {
                    job.answer(Err(again(kind, &message)));
                }
            }
        }
    }
    // Leaves one file behind instead of a log that the next start has to work through.
    if let Err(error) =
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;")
    {
        tracing::warn!(%error, "the log was not moved into the database; the next start does it");
    }
}

fn commit(
    connection: &mut Connection,
    cache: &mut Cache,
    group: &mut [Box<dyn Job>],
) -> Result<Vec<Committed>, BackendError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failure(OPERATION))?;
    let mut batch = Batch::new(&transaction, cache);
    for job in group {
        job.run(&mut batch)?;
    }
    let committed = batch.into_committed();
    transaction.commit().map_err(failure(OPERATION))?;
    Ok(committed)
}

/// The same error for each of the group.
fn again(kind: BackendErrorKind, message: &str) -> BackendError {
    match kind {
        BackendErrorKind::Corrupt => BackendError::corrupt(OPERATION, message),
        _ => BackendError::unavailable(OPERATION, message),
    }
}
