//! State: messages that are found by path.

use reeeductio_backend::BackendError;
use reeeductio_proto::{Message, SpaceId, StatePath};
use rusqlite::params;

use super::message::message_of;
use super::{Unread, limit_of};
use crate::database::Database;
use crate::statements::Sql;

/// The newest message at a path, if its data has at most `longest` bytes.
pub(crate) fn state_entry(
    database: &Database,
    space: &SpaceId,
    path: &StatePath,
    longest: i64,
) -> Result<Option<Message>, Unread> {
    database.first(
        Sql::STATE_ENTRY,
        params![longest, space.as_bytes(), path.as_str()],
        |row| Ok(message_of(space, row, None)?.0),
    )
}

pub(crate) fn state_under(
    database: &Database,
    space: &SpaceId,
    prefix: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<Message>, BackendError> {
    // '0' follows '/', so this is every path that starts with the prefix, whose last character is '/'.
    let end = format!("{}0", prefix.trim_end_matches('/'));
    let sql = if prefix.starts_with("auth/") {
        Sql::AUTH_UNDER
    } else {
        Sql::STATE_UNDER
    };
    database.all(
        sql,
        params![space.as_bytes(), prefix, end, after, limit_of(limit)],
        |row| Ok(message_of(space, row, None)?.0),
    )
}
