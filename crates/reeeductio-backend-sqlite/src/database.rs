//! A connection that runs the statements of the list and no others.

use reeeductio_backend::BackendError;
use rusqlite::{CachedStatement, Connection, Params, Row};

use crate::failure::failure;
use crate::statements::Sql;

/// A connection with its prepared statements.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Connection,
}

impl Database {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// The connection, for pragmas and SQLite's backup interface.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Reads every row that `sql` finds.
    pub(crate) fn all<T, E: From<BackendError>>(
        &self,
        sql: Sql,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let failed = failure("query the database");
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params).map_err(&failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    /// Reads the first row that `sql` finds.
    pub(crate) fn first<T, E: From<BackendError>>(
        &self,
        sql: Sql,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let failed = failure("query the database");
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params).map_err(&failed)?;
        rows.next().map_err(&failed)?.map(read).transpose()
    }

    /// Runs a statement that finds nothing; returns how many rows it changed.
    pub(crate) fn execute(&self, sql: Sql, params: impl Params) -> Result<usize, BackendError> {
        self.prepare(sql)?
            .execute(params)
            .map_err(failure("write to the database"))
    }

    /// Whether a transaction is open. SQLite ends one by itself when the disk fails or is full.
    pub(crate) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn prepare(&self, sql: Sql) -> Result<CachedStatement<'_>, BackendError> {
        self.connection
            .prepare_cached(sql.text())
            .map_err(failure("prepare a statement"))
    }
}
