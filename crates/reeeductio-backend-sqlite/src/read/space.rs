//! Spaces.

use reeeductio_backend::BackendError;
use reeeductio_proto::SpaceId;
use rusqlite::params;

use crate::database::Database;
use crate::failure::failure;
use crate::row::space_id;
use crate::statements::Sql;

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
        let next: Option<Option<Vec<u8>>> =
            database.first(Sql::NEXT_SPACE, params![after], |row| {
                row.get(0).map_err(&failed)
            })?;
        let Some(next) = next.flatten() else { break };
        found.push(space_id(&next)?);
        after = next;
    }
    Ok(found)
}
