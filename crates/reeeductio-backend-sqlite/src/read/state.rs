//! State, by path and by time.

use reeeductio_backend::{BackendError, Page, PageLimit};
use reeeductio_proto::{Message, MessageId, Position, SpaceId, StatePath};
use rusqlite::{Connection, params};

use super::messages::{COLUMNS, message_of, sized};
use super::{beyond, each, one, page};
use crate::failure::failure;

/// The condition of the index `auth_by_time`, which a statement must repeat to be allowed to use it. '0'
/// follows '/', so these are the paths that start with "auth/".
const AUTH: &str = "topic_id = 'state' AND type >= 'auth/' AND type < 'auth0'";

pub(crate) fn state_entry(
    connection: &Connection,
    space: &SpaceId,
    path: &StatePath,
) -> Result<Option<Message>, BackendError> {
    one(
        connection,
        &format!(
            "{COLUMNS} INDEXED BY state_by_path WHERE space_id = ?1 AND topic_id = 'state' AND type = ?2 ORDER BY server_timestamp DESC LIMIT 1"
        ),
        params![space.as_bytes(), path.as_str()],
        |row| Ok(message_of(space, row, None)?.0),
    )
}

pub(crate) fn auth_entries(
    connection: &Connection,
    space: &SpaceId,
    after: i64,
    limit: PageLimit,
) -> Result<Page<Message>, BackendError> {
    page(
        connection,
        &format!(
            "{COLUMNS} INDEXED BY auth_by_time WHERE space_id = ?1 AND {AUTH} AND server_timestamp > ?2 ORDER BY server_timestamp LIMIT ?3"
        ),
        params![space.as_bytes(), after, beyond(limit)],
        limit,
        |row| sized(message_of(space, row, None)?.0),
    )
}

/// The newest message below `auth/`.
pub(crate) fn newest_auth(
    connection: &Connection,
    space: &SpaceId,
) -> Result<Option<Position>, BackendError> {
    let failed = failure("read the newest auth entry");
    one(
        connection,
        &format!(
            "SELECT message_hash, server_timestamp FROM messages INDEXED BY auth_by_time WHERE space_id = ?1 AND {AUTH} ORDER BY server_timestamp DESC LIMIT 1"
        ),
        params![space.as_bytes()],
        |row| {
            Ok(Position {
                hash: MessageId::from_hash(row.get(0).map_err(&failed)?),
                timestamp: row.get(1).map_err(&failed)?,
            })
        },
    )
}

/// Whether a message below `auth/` later than `after` has a path that `concerns`.
pub(crate) fn any_auth_path(
    connection: &Connection,
    space: &SpaceId,
    after: i64,
    mut concerns: impl FnMut(&str) -> bool,
) -> Result<bool, BackendError> {
    let failed = failure("read the paths of auth entries");
    let mut found = false;
    each(
        connection,
        &format!(
            "SELECT type FROM messages INDEXED BY auth_by_time WHERE space_id = ?1 AND {AUTH} AND server_timestamp > ?2 ORDER BY server_timestamp"
        ),
        params![space.as_bytes(), after],
        |row| {
            let path = row.get_ref(0).and_then(|value| Ok(value.as_str()?));
            found = concerns(path.map_err(&failed)?);
            Ok(!found)
        },
    )?;
    Ok(found)
}
