//! The thread that writes.
//!
//! Whatever waits when the thread becomes free is one transaction: one fsync for all of it, and no timer
//! that would make a lonely write wait. Each write decides by what the writes before it in the same
//! transaction did. Nobody is answered before the commit is on disk.

mod erase;
mod job;
mod thread;

use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use reeeductio_backend::{BackendError, CommitSink};
use tokio::sync::{mpsc, oneshot};

use self::job::{Job, Write};
use crate::database::Database;
use crate::newest::Newest;
use crate::wal::Wal;
use crate::write::Batch;

/// Writes that may wait; more wait outside, in their request.
const QUEUE: usize = 1024;

const OPERATION: &str = "write to the database";

/// Hands writes to the thread.
pub(crate) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    pub(crate) sink: Arc<OnceLock<Arc<dyn CommitSink>>>,
    pub(crate) newest: Arc<Newest>,
}

impl Writer {
    /// Starts the thread. `had_log` says that the database was opened with a log.
    pub(crate) fn start(database: Database, wal: Wal, had_log: bool) -> Result<Self, BackendError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let sink: Arc<OnceLock<Arc<dyn CommitSink>>> = Arc::default();
        let heard_by = Arc::clone(&sink);
        let newest = Arc::<Newest>::default();
        let kept_in = Arc::clone(&newest);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || thread::run(&database, wal, had_log, jobs, &kept_in, &heard_by))
            .map_err(|error| BackendError::unavailable("start the writer", error.to_string()))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
            sink,
            newest,
        })
    }

    /// Runs `work` in the next transaction and returns its outcome once that is on disk. It is run again when
    /// that transaction has to be.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, BackendError>
    where
        T: Send + 'static,
        F: FnMut(&mut Batch<'_>) -> Result<T, BackendError> + Send + 'static,
    {
        let closed = || BackendError::unavailable(OPERATION, "the database is closed for writing");
        let queue = self.queue.lock().clone().ok_or_else(closed)?;
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write::new(work, reply));
        queue.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Admits no more writes and waits until those admitted are on disk.
    pub(crate) async fn close(&self) -> Result<(), BackendError> {
        self.queue.lock().take();
        let Some(thread) = self.thread.lock().take() else {
            return Ok(());
        };
        let ended = tokio::task::spawn_blocking(move || thread.join()).await;
        self.newest.clear();
        ended
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| BackendError::unavailable("close the database", "the writer failed"))
    }
}

#[cfg(test)]
mod tests;
