//! The queries. Each returns only rows whose checksum is right.

pub(crate) mod blobs;
pub(crate) mod data;
pub(crate) mod messages;
pub(crate) mod spaces;
pub(crate) mod state;
pub(crate) mod tools;
pub(crate) mod usage;

use reeeductio_backend::{BackendError, Page, PageLimit};
use rusqlite::{Connection, Params, Row};

use crate::failure::failure;

/// Runs a query and reads every row.
fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, BackendError>,
) -> Result<Vec<T>, BackendError> {
    let mut found = Vec::new();
    each(connection, sql, params, |row| {
        found.push(read(row)?);
        Ok(true)
    })?;
    Ok(found)
}

/// Runs a query and reads its first row.
fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, BackendError>,
) -> Result<Option<T>, BackendError> {
    let mut found = None;
    each(connection, sql, params, |row| {
        found = Some(read(row)?);
        Ok(false)
    })?;
    Ok(found)
}

/// Runs a query that yields one row more than `limit` counts, and reads up to the limit.
fn page<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    limit: PageLimit,
    mut read: impl FnMut(&Row<'_>) -> Result<(T, usize), BackendError>,
) -> Result<Page<T>, BackendError> {
    let mut items = Vec::new();
    let mut bytes = 0_usize;
    let mut has_more = false;
    each(connection, sql, params, |row| {
        has_more = items.len() >= limit.count || (!items.is_empty() && bytes >= limit.bytes);
        if has_more {
            return Ok(false);
        }
        let (item, size) = read(row)?;
        bytes = bytes.saturating_add(size);
        items.push(item);
        Ok(true)
    })?;
    Ok(Page { items, has_more })
}

/// Runs a query and reads rows until `read` has enough.
fn each(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<bool, BackendError>,
) -> Result<(), BackendError> {
    const OPERATION: &str = "query the database";
    let mut statement = connection.prepare_cached(sql).map_err(failure(OPERATION))?;
    let mut rows = statement.query(params).map_err(failure(OPERATION))?;
    while let Some(row) = rows.next().map_err(failure(OPERATION))? {
        if !read(row)? {
            break;
        }
    }
    Ok(())
}

/// A count as SQLite takes it.
fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// One row more than a page holds, so that it is known whether there are more.
fn beyond(limit: PageLimit) -> i64 {
    limit_of(limit.count.saturating_add(1))
}
