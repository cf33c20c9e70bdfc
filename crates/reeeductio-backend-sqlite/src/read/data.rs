//! Data entries.

use std::sync::Arc;

use reeeductio_backend::{BackendError, DataPage, DataRange, Leaf};
use reeeductio_proto::{
    Change, DataEntry, DataPath, EventPosition, RemovedData, Signature, SpaceId,
};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Row, params};

use super::{Unread, beyond, limit_of};
use crate::database::Database;
use crate::failure::failure;
use crate::row::{check, checksum_of_data, leaf, malformed, member};
use crate::statements::Sql;

/// A data entry's row: deleted ones keep theirs.
pub(crate) struct DataRow {
    pub(crate) entry: DataEntry,
    pub(crate) deleted: bool,
    pub(crate) leaf: Option<Leaf>,
}

/// A data entry from the columns of the statements [`Sql::DATA`] and [`Sql::DATA_BELOW`].
fn row_of(space: &SpaceId, path: DataPath, row: &Row<'_>) -> Result<DataRow, Unread> {
    let failed = failure("read a data entry");
    if matches!(row.get_ref(0).map_err(&failed)?, ValueRef::Null) {
        return Err(Unread::TooLong);
    }
    let bytes = |index| row.get_ref(index).and_then(|value| Ok(value.as_blob()?));
    let signature = bytes(1).map_err(&failed)?;
    let entry = DataEntry {
        path,
        data: row.get(0).map_err(&failed)?,
        signature: Signature::from_bytes(
            signature.try_into().map_err(|_| malformed("a signature"))?,
        ),
        signed_by: member(bytes(2).map_err(&failed)?)?,
        signed_at: row.get(3).map_err(&failed)?,
    };
    let deleted: bool = row.get(4).map_err(&failed)?;
    let stored = row.get(5).map_err(&failed)?;
    let number = |index| row.get::<_, Option<i64>>(index).map_err(&failed);
    let position = number(6)?.zip(number(7)?);
    let position = position.map(|(message, change)| EventPosition {
        message: message.cast_unsigned(),
        change: change.cast_unsigned(),
    });
    let leaf = leaf_of(row, 8)?;
    let key = || format!("{space} {}", entry.path);
    let computed = checksum_of_data(space, &entry, deleted, position, leaf.as_ref());
    check("data_entries", key, stored, computed)?;
    Ok(DataRow {
        entry,
        deleted,
        leaf,
    })
}

/// The entry at a path, if its data has at most `longest` bytes.
pub(crate) fn data(
    database: &Database,
    space: &SpaceId,
    path: &DataPath,
    longest: i64,
) -> Result<Option<DataRow>, Unread> {
    database.first(
        Sql::DATA,
        params![longest, space.as_bytes(), path.as_str()],
        |row| row_of(space, path.clone(), row),
    )
}

/// The entries below a path.
pub(crate) fn data_below(
    database: &Database,
    space: &SpaceId,
    range: &DataRange,
) -> Result<DataPage, BackendError> {
    let failed = failure("list data entries");
    let (low, high) = range.below.bounds_below();
    let after = range.after.as_ref().map_or("", DataPath::as_str);
    // A blob sorts after every text.
    let high = high.map_or(Value::Blob(Vec::new()), Value::Text);
    let page = database.page(
        Sql::DATA_BELOW,
        params![space.as_bytes(), after.max(&low), high, beyond(range.limit)],
        range.limit,
        |row| {
            let path: String = row.get(10).map_err(&failed)?;
            let path = DataPath::parse(&path).map_err(|_| malformed("a data path"))?;
            let row = row_of(space, path, row)?;
            let bytes = row.entry.data.len();
            Ok::<_, BackendError>((row, bytes))
        },
    )?;
    let last = page.items.last().map(|last| last.entry.path.clone());
    let entries = page.items.into_iter().filter(|row| !row.deleted);
    Ok(DataPage {
        entries: entries.map(|row| row.entry).collect(),
        next: last
            .or_else(|| range.after.clone())
            .filter(|_| page.has_more),
    })
}

/// A change of data and its leaf, from the columns of [`Sql::CHANGES`].
pub(super) fn change_of(
    space: &SpaceId,
    position: EventPosition,
    row: &Row<'_>,
) -> Result<(Change, Option<Leaf>), BackendError> {
    let failed = failure("read a change of data");
    let bytes = |index| row.get_ref(index).and_then(|value| Ok(value.as_blob()?));
    let path: String = row.get(0).map_err(&failed)?;
    let signature = bytes(7).map_err(&failed)?;
    let entry = DataEntry {
        path: DataPath::parse(&path).map_err(|_| malformed("a data path"))?,
        data: row.get(5).map_err(&failed)?,
        signature: Signature::from_bytes(
            signature.try_into().map_err(|_| malformed("a signature"))?,
        ),
        signed_by: member(bytes(6).map_err(&failed)?)?,
        signed_at: row.get(1).map_err(&failed)?,
    };
    let deleted: bool = row.get(10).map_err(&failed)?;
    let stored = row.get(9).map_err(&failed)?;
    let key = || format!("{space} {path}");
    let leaf = leaf_of(row, 11)?;
    let computed = checksum_of_data(space, &entry, deleted, Some(position), leaf.as_ref());
    check("data_entries", key, stored, computed)?;
    Ok((change(entry, deleted), leaf))
}

/// The leaf of the columns `leaf`, which is the `first`, and `state`.
fn leaf_of(row: &Row<'_>, first: usize) -> Result<Option<Leaf>, BackendError> {
    let failed = failure("read a leaf");
    let state = row
        .get_ref(first + 1)
        .and_then(|value| Ok(value.as_blob_or_null()?));
    leaf(row.get(first).map_err(&failed)?, state.map_err(&failed)?)
}

/// Returns whether a space has no data, not even removed entries.
pub(crate) fn is_empty(database: &Database, space: &SpaceId) -> Result<bool, BackendError> {
    Ok(data_paths(database, space, "", 1)?.is_empty())
}

/// The change that an entry's row tells of.
pub(crate) fn change(entry: DataEntry, deleted: bool) -> Change {
    if !deleted {
        return Change::Data(Arc::new(entry));
    }
    Change::DataRemoved(Arc::new(RemovedData {
        path: entry.path,
        signed_at: entry.signed_at,
        signed_by: entry.signed_by,
    }))
}

/// Number of the newest change of data since a message, 0 if there is none.
pub(crate) fn last_change(
    database: &Database,
    space: &SpaceId,
    message: u64,
) -> Result<u64, BackendError> {
    let failed = failure("read the last change of data");
    let last: Option<i64> = database.first(
        Sql::LAST_CHANGE,
        params![space.as_bytes(), message.cast_signed()],
        |row| row.get(0).map_err(&failed),
    )?;
    Ok(last.unwrap_or(0).cast_unsigned())
}

/// Paths of a space's data entries, deleted ones included, sorting after `after`.
pub(crate) fn data_paths(
    database: &Database,
    space: &SpaceId,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, BackendError> {
    let failed = failure("list data entries");
    database.all(
        Sql::DATA_PATHS,
        params![space.as_bytes(), after, limit_of(limit)],
        |row| row.get(0).map_err(&failed),
    )
}
