//! Reads and changes of the table.

use reeeductio_client::store::{Change, Scan, Scanned};
use rusqlite::{Connection, OptionalExtension as _, Transaction};

use crate::statement::{DELETE, GET, INSERT, PUT, RAISE, SCAN, SCAN_BACK};

pub(crate) fn get(
    connection: &Connection,
    keys: &[Vec<u8>],
) -> rusqlite::Result<Vec<Option<Vec<u8>>>> {
    let mut statement = connection.prepare_cached(GET)?;
    keys.iter()
        .map(|key| statement.query_row([key], |row| row.get(0)).optional())
        .collect()
}

pub(crate) fn scan(connection: &Connection, scan: &Scan) -> rusqlite::Result<Scanned> {
    let query = if scan.reverse { SCAN_BACK } else { SCAN };
    let mut statement = connection.prepare_cached(query)?;
    // One row more than asked for tells whether there is more.
    let limit = i64::try_from(scan.limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut rows = statement.query((&scan.from, &scan.to, limit))?;
    let mut found = Scanned::default();
    let mut left = scan.bytes;
    while let Some(row) = rows.next()? {
        let (key, value) = (row.get_ref(0)?.as_blob()?, row.get_ref(1)?.as_blob()?);
        let size = key.len().saturating_add(value.len());
        if found.pairs.len() >= scan.limit || (size > left && !found.pairs.is_empty()) {
            found.has_more = true;
            break;
        }
        left = left.saturating_sub(size);
        found.pairs.push((key.to_vec(), value.to_vec()));
    }
    Ok(found)
}

pub(crate) fn apply(transaction: &Transaction<'_>, changes: &[Change]) -> rusqlite::Result<()> {
    let set = |statement, key: &[u8], value: &[u8]| {
        transaction.prepare_cached(statement)?.execute((key, value))
    };
    for change in changes {
        match change {
            Change::Insert { key, value, with } => {
                if set(INSERT, key, value)? > 0 {
                    for (key, value) in with {
                        set(PUT, key, value)?;
                    }
                }
            }
            Change::Raise { key, value } => {
                set(RAISE, key, value)?;
            }
            Change::Put { key, value } => {
                set(PUT, key, value)?;
            }
            Change::Delete { key } => {
                transaction.prepare_cached(DELETE)?.execute([key])?;
            }
        }
    }
    Ok(())
}
