//! Which spaces and topics there are.

use reeeductio_backend::BackendError;
use reeeductio_proto::{SpaceId, TopicId};
use rusqlite::params;

use crate::database::Database;
use crate::failure::failure;
use crate::row::{malformed, space_id};
use crate::statements::Sql;

/// What each of the tables knows of spaces.
const TABLES: [Sql; 3] = [
    Sql::NEXT_SPACE_WITH_HEADS,
    Sql::NEXT_SPACE_WITH_DATA,
    Sql::NEXT_SPACE_WITH_REFERENCES,
];

/// Spaces after `after` that hold anything. Looks up one after the other, each by the index.
pub(crate) fn spaces(
    database: &Database,
    after: Option<SpaceId>,
    limit: usize,
) -> Result<Vec<SpaceId>, BackendError> {
    let failed = failure("list spaces");
    let mut found = Vec::new();
    let mut after: Vec<u8> = after.map_or_else(Vec::new, |space| space.as_bytes().to_vec());
    while found.len() < limit {
        let mut next: Option<Vec<u8>> = None;
        for sql in TABLES {
            let later: Option<Vec<u8>> =
                database.first(sql, params![after], |row| row.get(0).map_err(&failed))?;
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
pub(crate) fn topics(database: &Database, space: &SpaceId) -> Result<Vec<TopicId>, BackendError> {
    let failed = failure("list topics");
    let mut found: Vec<TopicId> = Vec::new();
    loop {
        let after = found.last().map_or("", TopicId::as_str);
        let next: Option<String> =
            database.first(Sql::NEXT_TOPIC, params![space.as_bytes(), after], |row| {
                row.get(0).map_err(&failed)
            })?;
        let Some(next) = next else {
            return Ok(found);
        };
        found.push(TopicId::parse(&next).map_err(|_| malformed("a topic id"))?);
    }
}

/// Events of a space that come first, at most `limit`: for purging.
pub(crate) fn first_events(
    database: &Database,
    space: &SpaceId,
    limit: usize,
) -> Result<Vec<i64>, BackendError> {
    let failed = failure("list events");
    database.all(
        Sql::FIRST_EVENTS,
        params![space.as_bytes(), super::limit_of(limit)],
        |row| row.get(0).map_err(&failed),
    )
}
