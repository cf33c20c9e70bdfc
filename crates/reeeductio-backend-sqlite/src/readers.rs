//! Connections that only read, lent to one query at a time.
//!
//! A query that finds a few short rows is answered on the thread that asks: it costs some ten microseconds,
//! of which handing it to another thread and back would be more than half. The worst case is
//! bounded: it descends one or two trees and reads [`SHORT`] bytes of data, which is a few dozen pages.
//! Where the system has none of them in memory, those are reads from the disk one after the other, mostly
//! of neighbours; meanwhile other threads take the waiting tasks over. It never waits for a lock: readers of
//! a database in WAL mode wait for no writer, and in the rare moments when SQLite wants a lock all the same
//! (the log is being recovered), the query is handed over like a long one.
//!
//! A long query runs on a thread of its own, which ends with it. A thread of a pool would stay, and with it
//! the memory of what it read: others free that, and an allocator takes it back when the thread that
//! allocated it comes to it, or ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;
use reeeductio_backend::BackendError;
use tokio::sync::{Semaphore, oneshot};

use crate::connection::{open_hasty_reader, open_reader};
use crate::database::Database;
use crate::failure::is_busy;
use crate::read::{Unread, WHOLE};

/// Long queries that run at once.
const READERS: u32 = 8;
/// Bytes of data that a query reads at most on the thread that asks.
const SHORT: i64 = 64 * 1024;

const OPERATION: &str = "query the database";

/// Connections that only read.
#[derive(Clone)]
pub(crate) struct Readers {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    /// For queries on threads that may wait.
    idle: Mutex<Vec<Database>>,
    /// For queries on the threads that ask; `None` once closed. As many as there are such threads.
    at_hand: Mutex<Option<Vec<Database>>>,
    places: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            shared: Arc::new(Shared {
                path,
                idle: Mutex::default(),
                at_hand: Mutex::new(Some(Vec::new())),
                places: Arc::new(Semaphore::new(READERS as usize)),
            }),
        }
    }

    /// Runs a query that finds a few rows: here, if they are short; otherwise as [`Readers::read`] does. The
    /// query is told how many bytes of data it may read.
    pub(crate) async fn look_up<T, F>(&self, query: F) -> Result<T, BackendError>
    where
        T: Send + 'static,
        F: Fn(&Database, i64) -> Result<T, Unread> + Send + 'static,
    {
        match self.shared.look_up(&query) {
            Err(Unread::TooLong) => {}
            Err(Unread::Failed(error)) if is_busy(&error) => {}
            answer => return answer.map_err(BackendError::from),
        }
        self.read(move |database| Ok(query(database, WHOLE)?)).await
    }

    /// Runs a query off the async threads, behind no writer.
    pub(crate) async fn read<T, F>(&self, query: F) -> Result<T, BackendError>
    where
        T: Send + 'static,
        F: FnOnce(&Database) -> Result<T, BackendError> + Send + 'static,
    {
        let failed = |error: String| BackendError::unavailable(OPERATION, error);
        let place = Arc::clone(&self.shared.places)
            .acquire_owned()
            .await
            .map_err(|error| failed(error.to_string()))?;
        let shared = Arc::clone(&self.shared);
        let (answer, answered) = oneshot::channel();
        thread::Builder::new()
            .name("sqlite-reader".into())
            .spawn(move || {
                let _place = place;
                let _ = answer.send(shared.read(query));
            })
            .map_err(|error| failed(error.to_string()))?;
        answered.await.map_err(|error| failed(error.to_string()))?
    }

    /// Lets running queries finish, admits no more, and closes the connections.
    pub(crate) async fn close(&self) {
        let shared = &self.shared;
        shared.at_hand.lock().take();
        // Every place taken means that no query runs.
        let all = shared.places.acquire_many(READERS).await;
        shared.places.close();
        drop(all);
        shared.idle.lock().clear();
    }
}

impl Shared {
    fn look_up<T>(&self, query: impl Fn(&Database, i64) -> Result<T, Unread>) -> Result<T, Unread> {
        let idle = match self.at_hand.lock().as_mut() {
            Some(idle) => idle.pop(),
            None => return Err(BackendError::unavailable(OPERATION, "it is closed").into()),
        };
        let database = match idle {
            Some(database) => database,
            None => Database::new(open_hasty_reader(&self.path)?),
        };
        let answer = query(&database, SHORT);
        // A connection that failed is not used again: the next one sees the file as it is then.
        if !matches!(answer, Err(Unread::Failed(_)))
            && let Some(idle) = self.at_hand.lock().as_mut()
        {
            idle.push(database);
        }
        answer
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&Database) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        let idle = self.idle.lock().pop();
        let database = match idle {
            Some(database) => database,
            None => Database::new(open_reader(&self.path)?),
        };
        let answer = query(&database);
        if answer.is_ok() {
            self.idle.lock().push(database);
        }
        answer
    }
}
