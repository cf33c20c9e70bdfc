//! Which spaces and topics there are.

use reeeductio_backend::BackendError;
use reeeductio_proto::{SpaceId, TopicId};
use rusqlite::{Connection, params};

use super::{all, one};
use crate::failure::failure;
use crate::row::{malformed, space_id};

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
        let mut next: Option<Vec<u8>> = None;
        for table in ["heads", "data_entries", "blob_references"] {
            let later: Option<Vec<u8>> = one(
                connection,
                &format!(
                    "SELECT space_id FROM {table} WHERE space_id > ?1 ORDER BY space_id LIMIT 1"
                ),
                params![after],
                |row| row.get(0).map_err(&failed),
            )?;
            next = match (next, later) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        let Some(next) = next else { break };
        found.push(space_id(&next)?);
        after = next;
    }
    Ok(found)
}

/// Topics of a space. Looks up one after the other: a topic can have many lanes.
pub(crate) fn topics(
    connection: &Connection,
    space: &SpaceId,
) -> Result<Vec<TopicId>, BackendError> {
    let failed = failure("list topics");
    let mut found: Vec<TopicId> = Vec::new();
    loop {
        let after = found.last().map_or("", TopicId::as_str);
        let next: Option<String> = one(
            connection,
            "SELECT topic_id FROM heads WHERE space_id = ?1 AND topic_id > ?2 ORDER BY topic_id LIMIT 1",
            params![space.as_bytes(), after],
            |row| row.get(0).map_err(&failed),
        )?;
        let Some(next) = next else {
            return Ok(found);
        };
        found.push(TopicId::parse(&next).map_err(|_| malformed("a topic id"))?);
    }
}

/// Events of a space that come first, at most `limit`: for purging.
pub(crate) fn first_events(
    connection: &Connection,
    space: &SpaceId,
    limit: usize,
) -> Result<Vec<i64>, BackendError> {
    let failed = failure("list events");
    all(
        connection,
        "SELECT event FROM messages INDEXED BY messages_by_event WHERE space_id = ?1 ORDER BY event LIMIT ?2",
        params![space.as_bytes(), super::limit_of(limit)],
        |row| row.get(0).map_err(&failed),
    )
}
