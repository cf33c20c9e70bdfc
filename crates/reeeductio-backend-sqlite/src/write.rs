//! Transactions of the writer.

pub(crate) mod append;
mod authority;
mod blobs;
pub(crate) mod cache;
mod data;
mod inboxes;
mod payload_keys;
mod payloads;
mod probe;
mod purge;
mod store;
mod tool_use;
mod tree;
mod usage;

use reeeductio_backend::{BackendError, Committed, ItemLeft};
use rusqlite::Params;

use cache::Cache;

use crate::database::Database;
use crate::newest::Newest;
use crate::statements::Sql;

/// A transaction in progress, with what earlier ones left in memory.
pub(crate) struct Batch<'a> {
    database: &'a Database,
    cache: &'a mut Cache,
    newest: &'a Newest,
    stored: Vec<Stored>,
    left: Vec<ItemLeft>,
    writes: u64,
    erases: bool,
}

/// Result of a transaction.
pub(crate) struct Done {
    pub(crate) stored: Vec<Stored>,
    /// New items of inboxes.
    pub(crate) left: Vec<ItemLeft>,
    /// It removed something for good, of which the log still has the bytes.
    pub(crate) erases: bool,
}

/// A message or a change of data that a transaction has stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) committed: Committed,
    /// Of a message: `server_timestamp` of the message before it in its topic, whichever lane that is in.
    pub(crate) before: Option<i64>,
    /// Whether the same transaction went on to purge its space.
    pub(crate) is_purged: bool,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(database: &'a Database, cache: &'a mut Cache, newest: &'a Newest) -> Self {
        Self {
            database,
            cache,
            newest,
            stored: Vec::new(),
            left: Vec::new(),
            writes: 0,
            erases: false,
        }
    }

    /// Statements that changed something so far.
    pub(crate) fn writes(&self) -> u64 {
        self.writes
    }

    /// Writes the rows that a transaction writes once, at its end.
    pub(crate) fn finish(mut self) -> Result<Done, BackendError> {
        self.settle()?;
        self.cache.make_room();
        Ok(Done {
            stored: self.stored,
            left: self.left,
            erases: self.erases,
        })
    }

    /// Writes what is kept in memory up to the end of a transaction.
    fn settle(&mut self) -> Result<(), BackendError> {
        self.write_open_tiles()?;
        self.write_payload_keys()
    }

    /// Runs `write`; if it fails, takes back what it has written and nothing else. Fails itself when the
    /// transaction has ended over it.
    pub(crate) fn isolate<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, BackendError>,
    ) -> Result<Result<T, BackendError>, BackendError> {
        self.database.execute(Sql::SAVEPOINT, ())?;
        let (stored, left) = (self.stored.len(), self.left.len());
        let outcome = write(self).and_then(|outcome| {
            // A later failure takes the memory with it.
            self.settle()?;
            Ok(outcome)
        });
        if let Err(error) = outcome {
            if !self.database.in_transaction() {
                return Err(error);
            }
            self.database.execute(Sql::ROLLBACK_TO, ())?;
            self.database.execute(Sql::RELEASE, ())?;
            self.stored.truncate(stored);
            self.left.truncate(left);
            // It may speak of what was taken back.
            *self.cache = Cache::default();
            return Ok(Err(error));
        }
        self.database.execute(Sql::RELEASE, ())?;
        Ok(outcome)
    }

    #[cfg(test)]
    pub(crate) fn connection(&self) -> &rusqlite::Connection {
        self.database.connection()
    }

    fn execute(&mut self, sql: Sql, params: impl Params) -> Result<usize, BackendError> {
        self.writes += 1;
        self.database.execute(sql, params)
    }
}
