//! Step 2: blobs by space, and what is stored so far.

use std::collections::HashMap;

use reeeductio_backend::{BackendError, BlobRecord, Tally, Usage};
use reeeductio_proto::{MemberId, SpaceId};
use rusqlite::{Connection, params};

use super::version;
use crate::failure::failure;
use crate::row::{blob_id, checksum_of_blob, checksum_of_usage, member, object_name, space_id};

const OPERATION: &str = "bring the database to version 2";
/// The version that brought inboxes.
const INBOXES: usize = 7;

/// Usage counted so far, of members and, under `None`, of spaces.
type Counted = HashMap<(SpaceId, Option<MemberId>), Usage>;

/// Copies the blob records to the spaces that refer to them, and counts entries and blobs. Messages are
/// counted when their space is used: none is counted up to event 0. Rows whose checksums are wrong stay wrong:
/// nothing here makes damage look whole.
pub(super) fn fill(connection: &Connection) -> Result<(), BackendError> {
    copy_blobs(connection)?;
    recount(connection)
}

/// Counts anew what is stored, but for messages: none is counted up to event 0.
pub(crate) fn recount(connection: &Connection) -> Result<(), BackendError> {
    let mut counted = Counted::new();
    count_blobs(connection, &mut counted)?;
    count_entries(connection, &mut counted)?;
    count_items(connection, &mut counted)?;
    connection
        .execute("DELETE FROM usage", [])
        .map_err(failure(OPERATION))?;
    for ((space, member), usage) in &counted {
        connection
            .execute(
                "INSERT INTO usage (space_id, member_id, messages, message_bytes, entries, entry_bytes, blobs, blob_bytes, counted_event, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9)",
                params![
                    space.as_bytes(),
                    member.map(|member| member.to_bytes().to_vec()).unwrap_or_default(),
                    usage.messages.count.cast_signed(),
                    usage.messages.bytes.cast_signed(),
                    usage.entries.count.cast_signed(),
                    usage.entries.bytes.cast_signed(),
                    usage.blobs.count.cast_signed(),
                    usage.blobs.bytes.cast_signed(),
                    checksum_of_usage(space, member.as_ref(), usage, 0),
                ],
            )
            .map_err(failure(OPERATION))?;
    }
    Ok(())
}

fn count_blobs(connection: &Connection, counted: &mut Counted) -> Result<(), BackendError> {
    let failed = failure(OPERATION);
    let mut statement = connection
        .prepare(
            "SELECT space_id, blob_id, uploaded_by, size FROM blob_references JOIN blobs USING (space_id, blob_id) ORDER BY space_id, blob_id",
        )
        .map_err(&failed)?;
    let mut rows = statement.query([]).map_err(&failed)?;
    let mut last = None;
    while let Some(row) = rows.next().map_err(&failed)? {
        let bytes = |index| row.get::<_, Vec<u8>>(index).map_err(&failed);
        let (space, blob) = (space_id(&bytes(0)?)?, blob_id(&bytes(1)?)?);
        let by = member(&bytes(2)?)?;
        let size: i64 = row.get(3).map_err(&failed)?;
        let tally = Tally::one(size.cast_unsigned());
        let mut add = |of| {
            let usage = counted.entry((space, of)).or_default();
            usage.blobs = usage.blobs.plus(tally);
        };
        add(Some(by));
        if last != Some((space, blob)) {
            add(None);
        }
        last = Some((space, blob));
    }
    Ok(())
}

fn copy_blobs(connection: &Connection) -> Result<(), BackendError> {
    let failed = failure(OPERATION);
    let mut statement = connection
        .prepare(
            "SELECT DISTINCT space_id, blob_id, object, size, checksums, blobs_1.checksum FROM blob_references JOIN blobs_1 USING (blob_id) ORDER BY space_id, blob_id",
        )
        .map_err(&failed)?;
    let mut rows = statement.query([]).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        let bytes = |index| row.get::<_, Vec<u8>>(index).map_err(&failed);
        let (space, blob) = (space_id(&bytes(0)?)?, blob_id(&bytes(1)?)?);
        let object: String = row.get(2).map_err(&failed)?;
        let size: i64 = row.get(3).map_err(&failed)?;
        let record = BlobRecord {
            object: object_name(&object)?,
            size: size.cast_unsigned(),
            checksums: bytes(4)?,
        };
        let stored: i64 = row.get(5).map_err(&failed)?;
        let was_right = stored == checksum_of_version_1(blob.hash(), &record);
        let checksum = checksum_of_blob(&space, &blob, &record);
        connection
            .execute(
                "INSERT INTO blobs (space_id, blob_id, object, size, checksums, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    space.as_bytes(),
                    blob.hash(),
                    record.object.as_str(),
                    size,
                    record.checksums,
                    if was_right { checksum } else { !checksum },
                ],
            )
            .map_err(&failed)?;
    }
    drop(rows);
    drop(statement);
    connection
        .execute_batch("DROP TABLE blobs_1;")
        .map_err(failure(OPERATION))
}

/// The checksum of a blob's row in version 1, which knew no space.
fn checksum_of_version_1(blob: &[u8; 32], record: &BlobRecord) -> i64 {
    crate::row::RowChecksum::of("blobs")
        .bytes(blob)
        .bytes(record.object.as_str().as_bytes())
        .number(record.size.cast_signed())
        .bytes(&record.checksums)
        .finish()
}

fn count_entries(connection: &Connection, counted: &mut Counted) -> Result<(), BackendError> {
    let failed = failure(OPERATION);
    let mut statement = connection
        .prepare(
            "SELECT space_id, signed_by, octet_length(data) + octet_length(path) FROM data_entries",
        )
        .map_err(&failed)?;
    let mut rows = statement.query([]).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        let space: Vec<u8> = row.get(0).map_err(&failed)?;
        let by: Vec<u8> = row.get(1).map_err(&failed)?;
        let bytes: i64 = row.get(2).map_err(&failed)?;
        let (space, by) = (space_id(&space)?, member(&by)?);
        for of in [None, Some(by)] {
            let usage = counted.entry((space, of)).or_default();
            usage.entries = usage.entries.plus(Tally::one(bytes.cast_unsigned()));
        }
    }
    Ok(())
}

/// Items in inboxes, which count among the messages. Earlier versions have none.
fn count_items(connection: &Connection, counted: &mut Counted) -> Result<(), BackendError> {
    if version(connection)? < INBOXES {
        return Ok(());
    }
    let failed = failure(OPERATION);
    let mut statement = connection
        .prepare("SELECT space_id, sender, bytes FROM inbox")
        .map_err(&failed)?;
    let mut rows = statement.query([]).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        let space: Vec<u8> = row.get(0).map_err(&failed)?;
        let by: Vec<u8> = row.get(1).map_err(&failed)?;
        let bytes: i64 = row.get(2).map_err(&failed)?;
        let (space, by) = (space_id(&space)?, member(&by)?);
        for of in [None, Some(by)] {
            let usage = counted.entry((space, of)).or_default();
            usage.messages = usage.messages.plus(Tally::one(bytes.cast_unsigned()));
        }
    }
    Ok(())
}
