//! What the writer's transactions consist of.

mod append;
mod authority;
mod blobs;
pub(crate) mod cache;
mod data;
mod purge;
mod tool_use;
mod usage;

use reeeductio_backend::{BackendError, Committed};
use rusqlite::{Connection, Params, Transaction};

use cache::Cache;

use crate::failure::failure;

/// A transaction in progress, with what earlier ones left in memory.
pub(crate) struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    cache: &'a mut Cache,
    committed: Vec<Committed>,
    writes: u64,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(transaction: &'a Transaction<'a>, cache: &'a mut Cache) -> Self {
        Self {
            transaction,
            cache,
            committed: Vec::new(),
            writes: 0,
        }
    }

    /// Statements that changed something so far.
    pub(crate) fn writes(&self) -> u64 {
        self.writes
    }

    pub(crate) fn into_committed(self) -> Vec<Committed> {
        self.committed
    }

    fn connection(&self) -> &Connection {
        self.transaction
    }

    fn execute(&mut self, sql: &str, params: impl Params) -> Result<usize, BackendError> {
        self.writes += 1;
        self.transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params))
            .map_err(failure("write to the database"))
    }
}
