//! Blob records and references.

use reeeductio_backend::{BackendError, BlobRecord, BlobReference, ObjectName, RecordedBlob};
use reeeductio_proto::{BlobId, SpaceId};
use rusqlite::{Row, params};

use super::limit_of;
use crate::database::Database;
use crate::failure::failure;
use crate::row::{
    blob_id, check, checksum_of_blob, checksum_of_reference, member, object_name, space_id,
};
use crate::statements::Sql;

fn blob_of(
    space: &SpaceId,
    blob: &BlobId,
    row: &Row<'_>,
    first: usize,
) -> Result<BlobRecord, BackendError> {
    let failed = failure("read a blob's record");
    let object: String = row.get(first).map_err(&failed)?;
    let size: i64 = row.get(first + 1).map_err(&failed)?;
    let record = BlobRecord {
        object: object_name(&object)?,
        size: size.cast_unsigned(),
        checksums: row.get(first + 2).map_err(&failed)?,
    };
    let stored = row.get(first + 3).map_err(&failed)?;
    let key = || format!("{space} {blob}");
    check("blobs", key, stored, checksum_of_blob(space, blob, &record))?;
    Ok(record)
}

pub(crate) fn blob(
    database: &Database,
    space: &SpaceId,
    blob: &BlobId,
) -> Result<Option<BlobRecord>, BackendError> {
    database.first(Sql::BLOB, params![space.as_bytes(), blob.hash()], |row| {
        blob_of(space, blob, row, 0)
    })
}

pub(crate) fn blob_spaces(
    database: &Database,
    blob: &BlobId,
) -> Result<Vec<SpaceId>, BackendError> {
    let failed = failure("list the spaces of a blob");
    database.all(Sql::SPACES_OF_BLOB, params![blob.hash()], |row| {
        let space: Vec<u8> = row.get(0).map_err(&failed)?;
        space_id(&space)
    })
}

/// Blobs of a space after `after`, by id.
pub(crate) fn blobs_of(
    database: &Database,
    space: &SpaceId,
    limit: usize,
) -> Result<Vec<BlobId>, BackendError> {
    let failed = failure("list the blobs of a space");
    database.all(
        Sql::BLOBS_OF_SPACE,
        params![space.as_bytes(), limit_of(limit)],
        |row| {
            let blob: Vec<u8> = row.get(0).map_err(&failed)?;
            blob_id(&blob)
        },
    )
}

/// Returns whether any record names the object.
pub(crate) fn is_named(database: &Database, object: &ObjectName) -> Result<bool, BackendError> {
    let found = database.first(Sql::ANY_BLOB_IN_OBJECT, params![object.as_str()], |_| {
        Ok::<_, BackendError>(())
    })?;
    Ok(found.is_some())
}

pub(crate) fn objects(
    database: &Database,
    after: Option<&ObjectName>,
    limit: usize,
) -> Result<Vec<RecordedBlob>, BackendError> {
    database.all(
        Sql::OBJECTS,
        params![after.map_or("", ObjectName::as_str), limit_of(limit)],
        recorded,
    )
}

fn recorded(row: &Row<'_>) -> Result<RecordedBlob, BackendError> {
    let failed = failure("list blobs");
    let space: Vec<u8> = row.get(0).map_err(&failed)?;
    let blob: Vec<u8> = row.get(1).map_err(&failed)?;
    let (space, blob) = (space_id(&space)?, blob_id(&blob)?);
    Ok(RecordedBlob {
        space,
        blob,
        record: blob_of(&space, &blob, row, 2)?,
    })
}

/// Blobs whose object sorts after `after`, without the damaged ones, and where to go on from when there may be
/// more.
pub(crate) fn intact_objects(
    database: &Database,
    after: &str,
    limit: usize,
) -> Result<(Option<String>, Vec<RecordedBlob>), BackendError> {
    let failed = failure("list blobs");
    let mut last = None;
    let mut seen = 0;
    let found = database.all(Sql::OBJECTS, params![after, limit_of(limit)], |row| {
        seen += 1;
        if let Ok(object) = row.get_ref(2).map_err(&failed)?.as_str() {
            last = Some(object.to_owned());
        }
        Ok::<_, BackendError>(recorded(row).ok())
    })?;
    let next = last.filter(|_| seen == limit);
    Ok((next, found.into_iter().flatten().collect()))
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
            let computed = checksum_of_reference(space, blob, &reference);
            check("blob_references", key, stored, computed)?;
            Ok(reference)
        },
    )
}
