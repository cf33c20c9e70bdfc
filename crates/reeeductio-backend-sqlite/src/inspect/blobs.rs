//! Blob records, where some of them may be damaged.

use reeeductio_backend::{BackendError, BackendErrorKind, BlobPage, StoredBlob};
use reeeductio_proto::{BlobId, SpaceId};
use rusqlite::{Connection, Row, params};

use crate::failure::failure;
use crate::read;
use crate::row::{blob_id, space_id};

/// The intact ones of the next `limit` records by object.
pub(crate) fn blobs(
    connection: &Connection,
    after: &str,
    limit: usize,
) -> Result<BlobPage, BackendError> {
    let failed = failure("list blobs");
    let mut statement = connection
        .prepare_cached(
            "SELECT blob_id, object, size, checksums, checksum FROM blobs WHERE object > ?1 ORDER BY object LIMIT ?2",
        )
        .map_err(&failed)?;
    let at_most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![after, at_most]).map_err(&failed)?;
    let mut page = BlobPage::default();
    let mut seen = 0;
    while let Some(row) = rows.next().map_err(&failed)? {
        seen += 1;
        if let Ok(object) = row.get_ref(1).map_err(&failed)?.as_str() {
            page.next = Some(object.to_owned());
        }
        match stored(connection, row) {
            Ok(blob) => page.blobs.push(blob),
            Err(error) if error.kind() == BackendErrorKind::Corrupt => {}
            Err(error) => return Err(error),
        }
    }
    page.next = page.next.filter(|_| seen == limit);
    Ok(page)
}

/// One blob; `None` when it is not recorded or its record is damaged.
pub(crate) fn blob(
    connection: &Connection,
    blob: &BlobId,
) -> Result<Option<StoredBlob>, BackendError> {
    let record = match read::blob(connection, blob) {
        Ok(record) => record,
        Err(error) if error.kind() == BackendErrorKind::Corrupt => None,
        Err(error) => return Err(error),
    };
    record
        .map(|record| {
            Ok(StoredBlob {
                blob: *blob,
                spaces: spaces(connection, blob)?,
                record,
            })
        })
        .transpose()
}

fn stored(connection: &Connection, row: &Row<'_>) -> Result<StoredBlob, BackendError> {
    let id: Vec<u8> = row.get(0).map_err(failure("list blobs"))?;
    let blob = blob_id(&id)?;
    Ok(StoredBlob {
        blob,
        spaces: spaces(connection, &blob)?,
        record: read::blob_of(&blob, row, 1)?,
    })
}

/// The spaces that refer to a blob, as far as they can be read.
fn spaces(connection: &Connection, blob: &BlobId) -> Result<Vec<SpaceId>, BackendError> {
    let failed = failure("read a blob's spaces");
    let found: Vec<Vec<u8>> = connection
        .prepare_cached(
            "SELECT DISTINCT space_id FROM blob_references WHERE blob_id = ?1 ORDER BY space_id",
        )
        .and_then(|mut statement| {
            statement
                .query_map([blob.hash()], |row| row.get(0))?
                .collect()
        })
        .map_err(failed)?;
    Ok(found.iter().filter_map(|id| space_id(id).ok()).collect())
}
