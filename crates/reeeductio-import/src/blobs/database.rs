//! Blobs in a database: the published server could keep them in `blobs.db`.

use std::io::Read;
use std::path::Path;

use reeeductio_proto::BlobId;
use rusqlite::{Connection, OptionalExtension as _};

use super::{BlobImport, RawReference};
use crate::error::ImportError;
use crate::snapshot;

/// Takes over the blobs in the database at `path`, if there is one.
pub(crate) async fn import(path: &Path, blobs: &mut BlobImport<'_>) -> Result<(), ImportError> {
    let copy = blobs.target.scratch.join("blobs.db");
    if !snapshot::copy(path, &copy)? {
        return Ok(());
    }
    match read(&copy, blobs).await {
        Err(error) if error.is_damage() => {
            blobs
                .report
                .left_out("database.corrupt", format!("blobs.db: {error}"));
            Ok(())
        }
        read => read,
    }
}

async fn read(copy: &Path, blobs: &mut BlobImport<'_>) -> Result<(), ImportError> {
    let connection = Connection::open(copy)?;
    let mut statement = match connection
        .prepare("SELECT blob_id FROM blobs UNION SELECT blob_id FROM blob_references")
    {
        Ok(statement) => statement,
        Err(error) => {
            blobs
                .report
                .left_out("database.schema", format!("blobs.db: {error}"));
            return Ok(());
        }
    };
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0).unwrap_or_default();
        let Ok(id) = BlobId::parse(&text) else {
            blobs.report.left_out("blob.id", format!("{text:?}"));
            continue;
        };
        let references = references(&connection, &text)?;
        blobs
            .put(id, references, || open(&connection, &text))
            .await?;
    }
    Ok(())
}

fn references(connection: &Connection, id: &str) -> Result<Vec<RawReference>, ImportError> {
    let mut statement = connection.prepare_cached(
        "SELECT space_id, uploaded_by, uploaded_at FROM blob_references WHERE blob_id = ?1",
    )?;
    let found = statement.query_map([id], |row| {
        Ok(RawReference {
            space_id: row.get(0).unwrap_or_default(),
            uploaded_by: row.get(1).unwrap_or_default(),
            uploaded_at: row.get(2).unwrap_or_default(),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Read piece by piece, never whole.
fn open<'a>(
    connection: &'a Connection,
    id: &str,
) -> Result<Option<Box<dyn Read + 'a>>, ImportError> {
    let row: Option<i64> = connection
        .prepare_cached("SELECT rowid FROM blobs WHERE blob_id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(row) = row else {
        return Ok(None);
    };
    match connection.blob_open("main", "blobs", "data", row, true) {
        Ok(blob) => Ok(Some(Box::new(blob))),
        // Null or a number: no bytes.
        Err(_) => Ok(None),
    }
}
