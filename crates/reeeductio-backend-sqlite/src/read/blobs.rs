//! Blob records and references.

use reeeductio_backend::{BackendError, BlobRecord, BlobReference, ObjectName, RecordedBlob};
use reeeductio_proto::{BlobId, SpaceId};
use rusqlite::{Connection, Row, params};

use super::{all, limit_of, one};
use crate::failure::failure;
use crate::row::{
    blob_id, check, checksum_of_blob, checksum_of_reference, member, object_name, space_id,
};

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
    connection: &Connection,
    space: &SpaceId,
    blob: &BlobId,
) -> Result<Option<BlobRecord>, BackendError> {
    one(
        connection,
        "SELECT object, size, checksums, checksum FROM blobs WHERE space_id = ?1 AND blob_id = ?2",
        params![space.as_bytes(), blob.hash()],
        |row| blob_of(space, blob, row, 0),
    )
}

pub(crate) fn blob_spaces(
    connection: &Connection,
    blob: &BlobId,
) -> Result<Vec<SpaceId>, BackendError> {
    let failed = failure("list the spaces of a blob");
    all(
        connection,
        "SELECT space_id FROM blobs INDEXED BY blobs_by_blob WHERE blob_id = ?1 ORDER BY space_id",
        params![blob.hash()],
        |row| {
            let space: Vec<u8> = row.get(0).map_err(&failed)?;
            space_id(&space)
        },
    )
}

/// Blobs of a space after `after`, by id.
pub(crate) fn blobs_of(
    connection: &Connection,
    space: &SpaceId,
    limit: usize,
) -> Result<Vec<BlobId>, BackendError> {
    let failed = failure("list the blobs of a space");
    all(
        connection,
        "SELECT blob_id FROM blobs WHERE space_id = ?1 ORDER BY blob_id LIMIT ?2",
        params![space.as_bytes(), limit_of(limit)],
        |row| {
            let blob: Vec<u8> = row.get(0).map_err(&failed)?;
            blob_id(&blob)
        },
    )
}

/// Whether any record names the object.
pub(crate) fn is_named(connection: &Connection, object: &ObjectName) -> Result<bool, BackendError> {
    let found = one(
        connection,
        "SELECT 1 FROM blobs INDEXED BY blobs_by_object WHERE object = ?1 LIMIT 1",
        params![object.as_str()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

pub(crate) fn objects(
    connection: &Connection,
    after: Option<&ObjectName>,
    limit: usize,
) -> Result<Vec<RecordedBlob>, BackendError> {
    let failed = failure("list blobs");
    all(
        connection,
        "SELECT space_id, blob_id, object, size, checksums, checksum FROM blobs INDEXED BY blobs_by_object WHERE object > ?1 ORDER BY object, space_id LIMIT ?2",
        params![after.map_or("", ObjectName::as_str), limit_of(limit)],
        |row| {
            let space: Vec<u8> = row.get(0).map_err(&failed)?;
            let blob: Vec<u8> = row.get(1).map_err(&failed)?;
            let (space, blob) = (space_id(&space)?, blob_id(&blob)?);
            Ok(RecordedBlob {
                space,
                blob,
                record: blob_of(&space, &blob, row, 2)?,
            })
        },
    )
}

pub(crate) fn references(
    connection: &Connection,
    space: &SpaceId,
    blob: &BlobId,
) -> Result<Vec<BlobReference>, BackendError> {
    let failed = failure("read blob references");
    all(
        connection,
        "SELECT uploaded_by, uploaded_at, checksum FROM blob_references WHERE space_id = ?1 AND blob_id = ?2",
        params![space.as_bytes(), blob.hash()],
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
