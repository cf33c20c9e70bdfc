//! Data entries.

use reeeductio_backend::BackendError;
use reeeductio_proto::{DataEntry, DataPath, Signature, SpaceId};
use rusqlite::{Connection, params};

use super::{all, limit_of, one};
use crate::failure::failure;
use crate::row::{check, checksum_of_data, malformed, member};

/// A data entry's row: deleted ones keep theirs.
pub(crate) struct DataRow {
    pub(crate) entry: DataEntry,
    pub(crate) deleted: bool,
}

pub(crate) fn data(
    connection: &Connection,
    space: &SpaceId,
    path: &DataPath,
) -> Result<Option<DataRow>, BackendError> {
    let failed = failure("read a data entry");
    one(
        connection,
        "SELECT data, signature, signed_by, signed_at, deleted, checksum FROM data_entries WHERE space_id = ?1 AND path = ?2",
        params![space.as_bytes(), path.as_str()],
        |row| {
            let signature: Vec<u8> = row.get(1).map_err(&failed)?;
            let signed_by: Vec<u8> = row.get(2).map_err(&failed)?;
            let entry = DataEntry {
                path: path.clone(),
                data: row.get(0).map_err(&failed)?,
                signature: Signature::from_bytes(
                    signature.try_into().map_err(|_| malformed("a signature"))?,
                ),
                signed_by: member(&signed_by)?,
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
    connection: &Connection,
    space: &SpaceId,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, BackendError> {
    let failed = failure("list data entries");
    all(
        connection,
        "SELECT path FROM data_entries WHERE space_id = ?1 AND path > ?2 ORDER BY path LIMIT ?3",
        params![space.as_bytes(), after, limit_of(limit)],
        |row| row.get(0).map_err(&failed),
    )
}
