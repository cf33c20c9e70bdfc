//! Data entries.

use reeeductio_backend::BackendError;
use reeeductio_proto::{DataEntry, DataPath, Signature, SpaceId};
use rusqlite::params;
use rusqlite::types::ValueRef;

use super::{Unread, limit_of};
use crate::database::Database;
use crate::failure::failure;
use crate::row::{check, checksum_of_data, malformed, member};
use crate::statements::Sql;

/// A data entry's row: deleted ones keep theirs.
pub(crate) struct DataRow {
    pub(crate) entry: DataEntry,
    pub(crate) deleted: bool,
}

/// The entry at a path, if its data has at most `longest` bytes.
pub(crate) fn data(
    database: &Database,
    space: &SpaceId,
    path: &DataPath,
    longest: i64,
) -> Result<Option<DataRow>, Unread> {
    let failed = failure("read a data entry");
    database.first(
        Sql::DATA,
        params![longest, space.as_bytes(), path.as_str()],
        |row| {
            if matches!(row.get_ref(0).map_err(&failed)?, ValueRef::Null) {
                return Err(Unread::TooLong);
            }
            let bytes = |index| row.get_ref(index).and_then(|value| Ok(value.as_blob()?));
            let signature = bytes(1).map_err(&failed)?;
            let entry = DataEntry {
                path: path.clone(),
                data: row.get(0).map_err(&failed)?,
                signature: Signature::from_bytes(
                    signature.try_into().map_err(|_| malformed("a signature"))?,
                ),
                signed_by: member(bytes(2).map_err(&failed)?)?,
                signed_at: row.get(3).map_err(&failed)?,
            };
            let deleted: bool = row.get(4).map_err(&failed)?;
            let stored = row.get(5).map_err(&failed)?;
            let key = || format!("{space} {path}");
            let computed = checksum_of_data(space, &entry, deleted);
            check("data_entries", key, stored, computed)?;
            Ok(DataRow { entry, deleted })
        },
    )
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
