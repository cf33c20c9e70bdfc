//! Connections that only read, lent to one query at a time.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use reeeductio_backend::BackendError;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::connection::open_reader;

/// Queries that run at once.
const READERS: u32 = 8;

/// Connections that only read.
#[derive(Clone)]
pub(crate) struct Readers {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path: Arc::new(path),
            idle: Arc::default(),
            places: Arc::new(Semaphore::new(READERS as usize)),
        }
    }

    /// Runs a query off the async threads, behind no writer.
    pub(crate) async fn read<T, F>(&self, query: F) -> Result<T, BackendError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, BackendError> + Send + 'static,
    {
        const OPERATION: &str = "query the database";
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|error| BackendError::unavailable(OPERATION, error.to_string()))?;
        let readers = self.clone();
        tokio::task::spawn_blocking(move || {
            let _place = place;
            let idle = readers.idle.lock().pop();
            let connection = match idle {
                Some(connection) => connection,
                None => open_reader(&readers.path)?,
            };
            let result = query(&connection);
            readers.idle.lock().push(connection);
            result
        })
        .await
        .map_err(|error| BackendError::unavailable(OPERATION, error.to_string()))?
    }

    /// Lets running queries finish, admits no more, and closes the connections.
    pub(crate) async fn close(&self) {
        // Every place taken means that no query runs.
        let all = self.places.acquire_many(READERS).await;
        self.places.close();
        drop(all);
        self.idle.lock().clear();
    }
}
