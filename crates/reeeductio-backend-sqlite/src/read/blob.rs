//! Blob records and references.

use reeeductio_backend::{BackendError, BlobRecord, BlobReference, ObjectName};
use reeeductio_proto::{BlobId, SpaceId};
use rusqlite::{Row, params};

use super::limit_of;
use crate::database::Database;
use crate::failure::failure;
use crate::row::{blob_id, check, member, object_name, seal_blob, seal_reference};
use crate::statements::Sql;

fn blob_of(blob: &BlobId, row: &Row<'_>, first: usize) -> Result<BlobRecord, BackendError> {
    let failed = failure("read a blob's record");
    let object: String = row.get(first).map_err(&failed)?;
    let size: i64 = row.get(first + 1).map_err(&failed)?;
    let record = BlobRecord {
        object: object_name(&object)?,
        size: size.cast_unsigned(),
        checksums: row.get(first + 2).map_err(&failed)?,
    };
    let stored = row.get(first + 3).map_err(&failed)?;
    check(
        "blobs",
        || blob.to_string(),
        stored,
        seal_blob(blob, &record),
    )?;
    Ok(record)
}

pub(crate) fn blob(database: &Database, blob: &BlobId) -> Result<Option<BlobRecord>, BackendError> {
    database.first(Sql::BLOB, params![blob.hash()], |row| blob_of(blob, row, 0))
}

pub(crate) fn objects(
    database: &Database,
    after: Option<&ObjectName>,
    limit: usize,
) -> Result<Vec<(BlobId, BlobRecord)>, BackendError> {
    let failed = failure("list blobs");
    database.all(
        Sql::OBJECTS,
        params![after.map_or("", ObjectName::as_str), limit_of(limit)],
        |row| {
            let id: Vec<u8> = row.get(0).map_err(&failed)?;
            let id = blob_id(&id)?;
            Ok((id, blob_of(&id, row, 1)?))
        },
    )
}

/// References of a space to a blob, at most `limit`.
pub(crate) fn references(
    database: &Database,
    space: &SpaceId,
    blob: &BlobId,
    limit: usize,
) -> Result<Vec<BlobReference>, BackendError> {
    let failed = failure("read blob references");
    database.all(
        Sql::REFERENCES,
        params![space.as_bytes(), blob.hash(), limit_of(limit)],
        |row| {
            let uploaded_by: Vec<u8> = row.get(0).map_err(&failed)?;
            let reference = BlobReference {
                uploaded_by: member(&uploaded_by)?,
                uploaded_at: row.get(1).map_err(&failed)?,
            };
            let stored = row.get(2).map_err(&failed)?;
            let key = || format!("{space} {blob} {}", reference.uploaded_by);
            check(
                "blob_references",
                key,
                stored,
                seal_reference(space, blob, &reference),
            )?;
            Ok(reference)
        },
    )
}

/// Whether any space refers to a blob.
pub(crate) fn any_reference(database: &Database, blob: &BlobId) -> Result<bool, BackendError> {
    let any = database.first(Sql::ANY_REFERENCE, params![blob.hash()], |_| {
        Ok::<_, BackendError>(())
    })?;
    Ok(any.is_some())
}
