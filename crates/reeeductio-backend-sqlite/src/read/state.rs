//! State, by path and by time.

use reeeductio_backend::{BackendError, Page, PageLimit};
use reeeductio_proto::{Message, MessageId, Position, SpaceId, StatePath, registration_path};
use rusqlite::params;

use super::messages::{message_of, sized};
use super::{Unread, beyond};
use crate::database::Database;
use crate::failure::failure;
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
        |row| Ok(message_of(space, row, None)?.message),
    )
}

pub(crate) fn authority_entries(
    database: &Database,
    space: &SpaceId,
    after: i64,
    limit: PageLimit,
) -> Result<Page<Message>, BackendError> {
    database.page(
        Sql::AUTHORITY_ENTRIES,
        params![space.as_bytes(), after, beyond(limit)],
        limit,
        |row| Ok(sized(message_of(space, row, None)?.message)),
    )
}

/// The newest message at an authority path.
pub(crate) fn newest_authority(
    database: &Database,
    space: &SpaceId,
) -> Result<Option<Position>, BackendError> {
    let failed = failure("read the newest authority entry");
    database.first(Sql::NEWEST_AUTHORITY, params![space.as_bytes()], |row| {
        Ok(Position {
            hash: MessageId::from_hash(row.get(0).map_err(&failed)?),
            timestamp: row.get(1).map_err(&failed)?,
        })
    })
}

/// Reads the position of a space's registration in the admin space; `None` if it has none now.
pub(crate) fn registration(
    database: &Database,
    admin: &SpaceId,
    space: &SpaceId,
) -> Result<Option<Position>, BackendError> {
    let failed = failure("read a registration");
    let newest = database.first(
        Sql::REGISTRATION,
        params![admin.as_bytes(), registration_path(space)],
        |row| {
            let is_withdrawn: bool = row.get(2).map_err(&failed)?;
            let entry = Position {
                hash: MessageId::from_hash(row.get(0).map_err(&failed)?),
                timestamp: row.get(1).map_err(&failed)?,
            };
            Ok::<_, BackendError>((!is_withdrawn).then_some(entry))
        },
    )?;
    Ok(newest.flatten())
}

/// Returns whether a message at an authority path, later than `after`, has one that `concerns` accepts.
pub(crate) fn any_authority_path(
    database: &Database,
    space: &SpaceId,
    after: i64,
    mut concerns: impl FnMut(&str) -> bool,
) -> Result<bool, BackendError> {
    let failed = failure("read the paths of authority entries");
    let mut found = false;
    database.each(
        Sql::AUTHORITY_PATHS,
        params![space.as_bytes(), after],
        |row| {
            let path = row.get_ref(0).and_then(|value| Ok(value.as_str()?));
            found = concerns(path.map_err(&failed)?);
            Ok::<_, BackendError>(!found)
        },
    )?;
    Ok(found)
}
