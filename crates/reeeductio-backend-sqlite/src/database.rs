//! A connection that runs the statements of the list and no others.

use reeeductio_backend::{BackendError, Page, PageLimit};
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

    /// Closes the connection: the last one moves the log into the database.
    pub(crate) fn close(self) -> rusqlite::Result<()> {
        self.connection.close().map_err(|(_, error)| error)
    }

    /// Reads every row that `sql` finds.
    pub(crate) fn all<T, E: From<BackendError>>(
        &self,
        sql: Sql,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut found = Vec::new();
        self.each(sql, params, |row| {
            found.push(read(row)?);
            Ok::<_, E>(true)
        })?;
        Ok(found)
    }

    /// Reads the first row that `sql` finds.
    pub(crate) fn first<T, E: From<BackendError>>(
        &self,
        sql: Sql,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let mut found = None;
        self.each(sql, params, |row| {
            found = Some(read(row)?);
            Ok::<_, E>(false)
        })?;
        Ok(found)
    }

    /// Reads rows up to the limit, which `sql` finds one more than; `read` returns a row and its bytes.
    pub(crate) fn page<T, E: From<BackendError>>(
        &self,
        sql: Sql,
        params: impl Params,
        limit: PageLimit,
        mut read: impl FnMut(&Row<'_>) -> Result<(T, usize), E>,
    ) -> Result<Page<T>, E> {
        let mut items = Vec::new();
        let mut bytes = 0_usize;
        let mut has_more = false;
        self.each(sql, params, |row| {
            has_more = items.len() >= limit.count || (!items.is_empty() && bytes >= limit.bytes);
            if has_more {
                return Ok::<_, E>(false);
            }
            let (item, size) = read(row)?;
            bytes = bytes.saturating_add(size);
            items.push(item);
            Ok(true)
        })?;
        Ok(Page { items, has_more })
    }

    /// Reads rows that `sql` finds until `read` has enough.
    pub(crate) fn each<E: From<BackendError>>(
        &self,
        sql: Sql,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let failed = failure("query the database");
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            if !read(row)? {
                break;
            }
        }
        Ok(())
    }

    /// Runs several queries that see the database as of one moment.
    pub(crate) fn at_one_moment<T, E: From<BackendError>>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.execute(Sql::BEGIN_READING, ())?;
        let found = read(self);
        self.execute(Sql::ROLLBACK, ())?;
        found
    }

    /// Runs a statement that finds nothing; returns how many rows it changed.
    pub(crate) fn execute(&self, sql: Sql, params: impl Params) -> Result<usize, BackendError> {
        self.prepare(sql)?
            .execute(params)
            .map_err(failure("write to the database"))
    }

    /// Returns whether a transaction is open. SQLite ends one by itself when the disk fails or is full.
    pub(crate) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn prepare(&self, sql: Sql) -> Result<CachedStatement<'_>, BackendError> {
        self.connection
            .prepare_cached(sql.text())
            .map_err(failure("prepare a statement"))
    }
}
