//! Which spaces and topics there are.

use reeeductio_backend::{BackendError, PageLimit};
use reeeductio_proto::{MemberId, SpaceId, TopicId};
use rusqlite::params;
use rusqlite::types::FromSql;

use crate::database::Database;
use crate::failure::failure;
use crate::row::{check, checksum_of_purge, malformed, member, space_id};
use crate::statements::Sql;

/// Spaces that hold anything, by the tables that every version has.
pub(crate) const HOLDING: &[Sql] = &[
    Sql::NEXT_SPACE_WITH_HEADS,
    Sql::NEXT_SPACE_WITH_DATA,
    Sql::NEXT_SPACE_WITH_REFERENCES,
];
/// Also those of which a purge has left nothing but its row.
pub(crate) const HOLDING_OR_PURGED: &[Sql] = &[
    Sql::NEXT_SPACE_WITH_HEADS,
    Sql::NEXT_SPACE_WITH_DATA,
    Sql::NEXT_SPACE_WITH_REFERENCES,
    Sql::NEXT_SPACE_BEING_PURGED,
];

/// Spaces after `after` that any of the tables knows. Looks up one after the other, each by the index.
pub(crate) fn spaces(
    database: &Database,
    tables: &[Sql],
    after: Option<SpaceId>,
    limit: usize,
) -> Result<Vec<SpaceId>, BackendError> {
    let failed = failure("list spaces");
    let mut found = Vec::new();
    let mut after: Vec<u8> = after.map_or_else(Vec::new, |space| space.as_bytes().to_vec());
    while found.len() < limit {
        let mut next: Option<Vec<u8>> = None;
        for sql in tables {
            let later: Option<Vec<u8>> =
                database.first(*sql, params![after], |row| row.get(0).map_err(&failed))?;
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

/// Returns whether a space has topics.
pub(crate) fn has_topics(database: &Database, space: &SpaceId) -> Result<bool, BackendError> {
    let found = database.first(Sql::NEXT_TOPIC, params![space.as_bytes(), ""], |_| {
        Ok::<_, BackendError>(())
    })?;
    Ok(found.is_some())
}

/// Returns whether a purge of the space has begun and not ended.
pub(crate) fn is_purging(database: &Database, space: &SpaceId) -> Result<bool, BackendError> {
    let failed = failure("look for a purge");
    let found = database.first(Sql::PURGING, params![space.as_bytes()], |row| {
        let stored = row.get(0).map_err(&failed)?;
        check(
            "purging",
            || space.to_string(),
            stored,
            checksum_of_purge(space),
        )
    })?;
    Ok(found.is_some())
}

/// A row that a purge removes.
pub(crate) struct Purgeable<K> {
    /// Identifies it within the space.
    pub(crate) key: K,
    /// The member it is counted for.
    pub(crate) member: MemberId,
    /// Bytes it is counted with.
    pub(crate) bytes: u64,
}

/// The rows that come first, up to the limit: by their number [`Sql::FIRST_EVENTS`], by their path
/// [`Sql::FIRST_ENTRIES`].
pub(crate) fn first<K: FromSql>(
    database: &Database,
    sql: Sql,
    space: &SpaceId,
    limit: PageLimit,
) -> Result<Vec<Purgeable<K>>, BackendError> {
    let failed = failure("list what is purged");
    let rows = params![space.as_bytes(), super::limit_of(limit.count)];
    let (mut found, mut sum) = (Vec::new(), 0_u64);
    database.each(sql, rows, |row| {
        let by = row.get_ref(1).and_then(|value| Ok(value.as_blob()?));
        let bytes: i64 = row.get(2).map_err(&failed)?;
        let bytes = bytes.cast_unsigned();
        found.push(Purgeable {
            key: row.get(0).map_err(&failed)?,
            member: member(by.map_err(&failed)?)?,
            bytes,
        });
        sum = sum.saturating_add(bytes);
        Ok::<_, BackendError>(sum < limit.bytes as u64)
    })?;
    Ok(found)
}
