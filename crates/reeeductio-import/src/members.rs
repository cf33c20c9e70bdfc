//! Present and past members of each space, kept on disk until the blobs have been looked at.

use std::path::Path;

use reeeductio_proto::{MemberId, SpaceId};
use rusqlite::{Connection, params};

use crate::authority::Authority;
use crate::error::ImportError;
use crate::tables::working;

#[derive(Debug)]
pub(crate) struct Members {
    connection: Connection,
}

impl Members {
    pub(crate) fn start(path: &Path) -> Result<Self, ImportError> {
        let connection = working(path)?;
        connection.execute_batch(
            "CREATE TABLE members (space BLOB NOT NULL, member BLOB NOT NULL, PRIMARY KEY (space, member)) STRICT, WITHOUT ROWID",
        )?;
        Ok(Self { connection })
    }

    pub(crate) fn keep(&self, space: &SpaceId, authority: &Authority) -> Result<(), ImportError> {
        self.connection.execute_batch("BEGIN")?;
        for member in authority.everybody() {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO members VALUES (?1, ?2)")?
                .execute(params![space.as_bytes(), member.to_bytes()])?;
        }
        self.connection.execute_batch("COMMIT")?;
        Ok(())
    }

    /// Returns whether the member owns the space or was ever a member of it.
    pub(crate) fn knew(&self, space: &SpaceId, member: &MemberId) -> Result<bool, ImportError> {
        Ok(space.is_owned_by(member)
            || self
                .connection
                .prepare_cached("SELECT 1 FROM members WHERE space = ?1 AND member = ?2")?
                .exists(params![space.as_bytes(), member.to_bytes()])?)
    }
}
