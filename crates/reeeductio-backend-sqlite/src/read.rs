//! The queries. Each returns only rows whose seal is intact.

use reeeductio_backend::{
    BackendError, BlobRecord, BlobReference, Committed, Head, MessageRange, ObjectName, Order,
};
use reeeductio_proto::{
    BlobId, DataEntry, DataPath, MemberId, Message, MessageId, Signature, SpaceId, StatePath,
    TopicId,
};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::failure::failure;
use crate::row::{
    blob_id, check, malformed, member, message_id, object_name, seal_blob, seal_data, seal_head,
    seal_message, seal_reference, seal_tool_uses, space_id,
};

const MESSAGE: &str = "SELECT topic_id, server_timestamp, message_hash, type, prev_hash, data, sender, signature, event, checksum FROM messages";

/// A data entry's row: deleted ones keep theirs.
pub(crate) struct DataRow {
    pub(crate) entry: DataEntry,
    pub(crate) deleted: bool,
}

fn message_of(
    space: &SpaceId,
    row: &Row<'_>,
    topic: Option<&TopicId>,
) -> Result<(Message, i64), BackendError> {
    let failed = failure("read a message");
    let bytes = |index| row.get_ref(index).and_then(|value| Ok(value.as_blob()?));
    let text = |index| row.get_ref(index).and_then(|value| Ok(value.as_str()?));
    let topic_id = match topic {
        Some(topic) => topic.clone(),
        None => TopicId::parse(text(0).map_err(&failed)?).map_err(|_| malformed("a topic id"))?,
    };
    let prev_hash = row
        .get_ref(4)
        .and_then(|value| Ok(value.as_blob_or_null()?))
        .map_err(&failed)?
        .map(message_id)
        .transpose()?;
    let signature = bytes(7).map_err(&failed)?;
    let message = Message {
        message_hash: message_id(bytes(2).map_err(&failed)?)?,
        topic_id,
        kind: text(3).map_err(&failed)?.to_owned(),
        prev_hash,
        data: text(5).map_err(&failed)?.to_owned(),
        sender: member(bytes(6).map_err(&failed)?)?,
        signature: Signature::from_bytes(
            signature.try_into().map_err(|_| malformed("a signature"))?,
        ),
        server_timestamp: row.get(1).map_err(&failed)?,
    };
    let event: i64 = row.get(8).map_err(&failed)?;
    let stored: i64 = row.get(9).map_err(&failed)?;
    let key = || format!("{space} {} {}", message.topic_id, message.server_timestamp);
    check(
        "messages",
        key,
        stored,
        seal_message(space, &message, event),
    )?;
    Ok((message, event))
}

/// Runs a query and reads every row.
fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, BackendError>,
) -> Result<Vec<T>, BackendError> {
    const OPERATION: &str = "query the database";
    let mut statement = connection.prepare_cached(sql).map_err(failure(OPERATION))?;
    let mut rows = statement.query(params).map_err(failure(OPERATION))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failure(OPERATION))? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T, BackendError>,
) -> Result<Option<T>, BackendError> {
    Ok(all(connection, sql, params, read)?.pop())
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(crate) fn head(
    connection: &Connection,
    space: &SpaceId,
    topic: &str,
) -> Result<Option<Head>, BackendError> {
    let failed = failure("read a head");
    one(
        connection,
        "SELECT message_hash, server_timestamp, checksum FROM heads WHERE space_id = ?1 AND topic_id = ?2",
        params![space.as_bytes(), topic],
        |row| {
            let hash: Vec<u8> = row.get(0).map_err(&failed)?;
            let head = Head {
                hash: message_id(&hash)?,
                timestamp: row.get(1).map_err(&failed)?,
            };
            let stored = row.get(2).map_err(&failed)?;
            check(
                "heads",
                || format!("{space} {topic}"),
                stored,
                seal_head(space, topic, &head),
            )?;
            Ok(head)
        },
    )
}

pub(crate) fn message(
    connection: &Connection,
    space: &SpaceId,
    topic: &TopicId,
    hash: &MessageId,
) -> Result<Option<Message>, BackendError> {
    one(
        connection,
        &format!("{MESSAGE} WHERE space_id = ?1 AND topic_id = ?2 AND message_hash = ?3"),
        params![space.as_bytes(), topic.as_str(), hash.hash()],
        |row| Ok(message_of(space, row, Some(topic))?.0),
    )
}

pub(crate) fn messages(
    connection: &Connection,
    space: &SpaceId,
    topic: &TopicId,
    range: MessageRange,
) -> Result<Vec<Message>, BackendError> {
    let order = match range.order {
        Order::NewestFirst => "DESC",
        Order::OldestFirst => "ASC",
    };
    all(
        connection,
        &format!(
            "{MESSAGE} WHERE space_id = ?1 AND topic_id = ?2 AND server_timestamp BETWEEN ?3 AND ?4 ORDER BY server_timestamp {order} LIMIT ?5"
        ),
        params![
            space.as_bytes(),
            topic.as_str(),
            range.from,
            range.to,
            limit_of(range.limit)
        ],
        |row| Ok(message_of(space, row, Some(topic))?.0),
    )
}

pub(crate) fn state_entry(
    connection: &Connection,
    space: &SpaceId,
    path: &StatePath,
) -> Result<Option<Message>, BackendError> {
    one(
        connection,
        &format!(
            "{MESSAGE} WHERE space_id = ?1 AND topic_id = 'state' AND type = ?2 ORDER BY server_timestamp DESC LIMIT 1"
        ),
        params![space.as_bytes(), path.as_str()],
        |row| Ok(message_of(space, row, None)?.0),
    )
}

pub(crate) fn state_under(
    connection: &Connection,
    space: &SpaceId,
    prefix: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<Message>, BackendError> {
    // '0' follows '/', so this is every path that starts with the prefix, whose last character is '/'.
    let end = format!("{}0", prefix.trim_end_matches('/'));
    all(
        connection,
        &format!(
            "{MESSAGE} WHERE space_id = ?1 AND topic_id = 'state' AND type >= ?2 AND type < ?3 AND server_timestamp > ?4 ORDER BY server_timestamp LIMIT ?5"
        ),
        params![space.as_bytes(), prefix, end, after, limit_of(limit)],
        |row| Ok(message_of(space, row, None)?.0),
    )
}

pub(crate) fn last_event(connection: &Connection, space: &SpaceId) -> Result<u64, BackendError> {
    let failed = failure("read the last event");
    connection
        .prepare_cached("SELECT max(event) FROM messages WHERE space_id = ?1")
        .and_then(|mut statement| {
            statement.query_row([space.as_bytes()], |row| row.get::<_, Option<i64>>(0))
        })
        .map(|event| event.unwrap_or(0).cast_unsigned())
        .map_err(failed)
}

pub(crate) fn events(
    connection: &Connection,
    space: &SpaceId,
    after: u64,
    limit: usize,
) -> Result<Vec<Committed>, BackendError> {
    all(
        connection,
        &format!("{MESSAGE} WHERE space_id = ?1 AND event > ?2 ORDER BY event LIMIT ?3"),
        params![
            space.as_bytes(),
            i64::try_from(after).unwrap_or(i64::MAX),
            limit_of(limit)
        ],
        |row| {
            let (message, event) = message_of(space, row, None)?;
            Ok(Committed {
                space: *space,
                event: event.cast_unsigned(),
                message: message.into(),
            })
        },
    )
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
            check(
                "data_entries",
                key,
                stored,
                seal_data(space, &entry, deleted),
            )?;
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

pub(crate) fn tool_uses(
    connection: &Connection,
    space: &SpaceId,
    tool: &MemberId,
) -> Result<u64, BackendError> {
    let failed = failure("read a tool's uses");
    let uses = one(
        connection,
        "SELECT uses, checksum FROM tool_uses WHERE space_id = ?1 AND tool_id = ?2",
        params![space.as_bytes(), tool.to_bytes()],
        |row| {
            let uses: i64 = row.get(0).map_err(&failed)?;
            let stored = row.get(1).map_err(&failed)?;
            let key = || format!("{space} {tool}");
            check("tool_uses", key, stored, seal_tool_uses(space, tool, uses))?;
            Ok(uses.cast_unsigned())
        },
    )?;
    Ok(uses.unwrap_or(0))
}

pub(crate) fn blob_of(
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
    check(
        "blobs",
        || blob.to_string(),
        stored,
        seal_blob(blob, &record),
    )?;
    Ok(record)
}

pub(crate) fn blob(
    connection: &Connection,
    blob: &BlobId,
) -> Result<Option<BlobRecord>, BackendError> {
    one(
        connection,
        "SELECT object, size, checksums, checksum FROM blobs WHERE blob_id = ?1",
        params![blob.hash()],
        |row| blob_of(blob, row, 0),
    )
}

pub(crate) fn objects(
    connection: &Connection,
    after: Option<&ObjectName>,
    limit: usize,
) -> Result<Vec<(BlobId, BlobRecord)>, BackendError> {
    let failed = failure("list blobs");
    all(
        connection,
        "SELECT blob_id, object, size, checksums, checksum FROM blobs WHERE object > ?1 ORDER BY object LIMIT ?2",
        params![after.map_or("", ObjectName::as_str), limit_of(limit)],
        |row| {
            let id: Vec<u8> = row.get(0).map_err(&failed)?;
            let id = blob_id(&id)?;
            Ok((id, blob_of(&id, row, 1)?))
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

/// Spaces after `after` that hold anything. Looks up one after the other, each by the index.
pub(crate) fn spaces(
    connection: &Connection,
    after: Option<SpaceId>,
    limit: usize,
) -> Result<Vec<SpaceId>, BackendError> {
    let failed = failure("list spaces");
    let mut found = Vec::new();
    let mut after: Vec<u8> = after.map_or_else(Vec::new, |space| space.as_bytes().to_vec());
    while found.len() < limit {
        let next: Option<Option<Vec<u8>>> = connection
            .prepare_cached(
                "SELECT min(next) FROM (
                   SELECT min(space_id) AS next FROM heads WHERE space_id > ?1
                   UNION ALL SELECT min(space_id) FROM data_entries WHERE space_id > ?1
                   UNION ALL SELECT min(space_id) FROM blob_references WHERE space_id > ?1)",
            )
            .and_then(|mut statement| statement.query_row([&after], |row| row.get(0)).optional())
            .map_err(&failed)?;
        let Some(next) = next.flatten() else { break };
        found.push(space_id(&next)?);
        after = next;
    }
    Ok(found)
}

pub(crate) fn topics(
    connection: &Connection,
    space: &SpaceId,
) -> Result<Vec<TopicId>, BackendError> {
    let failed = failure("list topics");
    all(
        connection,
        "SELECT topic_id FROM heads WHERE space_id = ?1 ORDER BY topic_id",
        params![space.as_bytes()],
        |row| {
            let topic: String = row.get(0).map_err(&failed)?;
            TopicId::parse(&topic).map_err(|_| malformed("a topic id"))
        },
    )
}
