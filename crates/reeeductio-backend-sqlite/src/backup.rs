//! Copying the database while a server writes to it.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use reeeductio_backend::BackendError;
use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::DATABASE;
use crate::connection::open_reader;
use crate::failure::failure;
use crate::inspect::Inspector;

/// Pages copied at a time.
const STEP: i32 = 4096;

impl Inspector {
    /// Writes a consistent copy of the database of `directory` into the directory `to`, on disk when this
    /// returns. The server may be running.
    pub fn backup(directory: &Path, to: &Path) -> Result<(), BackendError> {
        const OPERATION: &str = "back up the database";
        let target = to.join(DATABASE);
        let source = open_reader(&directory.join(DATABASE))?;
        let mut copy = Connection::open(&target).map_err(failure(OPERATION))?;
        // One read transaction sees one state, however long the copying takes.
        source.execute_batch("BEGIN").map_err(failure(OPERATION))?;
        Backup::new(&source, &mut copy)
            .and_then(|backup| backup.run_to_completion(STEP, Duration::ZERO, None))
            .map_err(failure(OPERATION))?;
        drop(copy);
        for path in [target.as_path(), to] {
            File::open(path)
                .and_then(|file| file.sync_all())
                .map_err(|error| {
                    BackendError::unavailable(OPERATION, format!("{}: {error}", path.display()))
                })?;
        }
        Ok(())
    }
}
