//! The files that the rebuilt database takes the place of.

use std::fs;
use std::path::{Path, PathBuf};

use reeeductio_backend::{BackendError, BackendErrorKind};

use super::{OPERATION, SqliteRepair, failed};
use crate::DATABASE;
use crate::backup::sync;
use crate::connection::open_writer;
use crate::failure::failure;

impl SqliteRepair {
    /// Leaves no log beside the database: SQLite would take it for the new one's.
    pub(super) fn settle_log(&self, path: &Path) -> Result<(), BackendError> {
        // Not by opening what is not there: that would make it, without what is in the log.
        let moved = path.exists().then(|| {
            open_writer(path).and_then(|connection| {
                connection
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))
                    .map_err(failure(OPERATION))
            })
        });
        let unreadable = match moved.transpose() {
            Ok(None) => true,
            Ok(Some(0_i64)) => false,
            Ok(Some(_)) => {
                return Err(BackendError::unavailable(
                    OPERATION,
                    "another program is reading the database. End it and repeat the repair.",
                ));
            }
            Err(error) if error.kind() == BackendErrorKind::Corrupt => true,
            Err(error) => return Err(error),
        };
        for suffix in ["-wal", "-shm"] {
            let mut beside = path.as_os_str().to_owned();
            beside.push(suffix);
            let beside = PathBuf::from(beside);
            if !beside.exists() {
                continue;
            }
            let gone = if unreadable {
                // It belongs to a file that nothing can read, and is kept like it.
                fs::rename(&beside, self.free_name(&format!("{DATABASE}{suffix}")))
            } else {
                fs::remove_file(&beside)
            };
            gone.map_err(|error| failed(&beside, &error))?;
        }
        sync(&self.directory)
    }

    /// Gives the damaged file a second name, so that it stays when the first one is taken.
    pub(super) fn keep(&self, path: &Path) -> Result<Option<PathBuf>, BackendError> {
        if !path.exists() {
            return Ok(None);
        }
        let kept = self.free_name(DATABASE);
        fs::hard_link(path, &kept)
            .or_else(|_| fs::copy(path, &kept).map(drop))
            .map_err(|error| failed(&kept, &error))?;
        Ok(Some(kept))
    }

    fn free_name(&self, name: &str) -> PathBuf {
        let named = |number: u32| match number {
            1 => self.directory.join(format!("{name}.damaged")),
            _ => self.directory.join(format!("{name}.damaged-{number}")),
        };
        let mut number = 1;
        while named(number).exists() {
            number += 1;
        }
        named(number)
    }
}
