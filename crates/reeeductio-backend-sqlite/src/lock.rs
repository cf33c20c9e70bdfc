//! One server per data directory.

use std::fs::{File, TryLockError};
use std::path::Path;

use reeeductio_backend::BackendError;

use crate::private::make_file;

/// Held while the database is open for writing; the system releases it when the process ends.
#[derive(Debug)]
pub struct DirectoryLock {
    file: File,
}

impl DirectoryLock {
    /// Locks the directory. Fails when another server, or a repair, has it.
    pub fn take(directory: &Path) -> Result<Self, BackendError> {
        const OPERATION: &str = "lock the data directory";
        let path = directory.join("reeeductio.lock");
        let failed = |error: std::io::Error| {
            BackendError::unavailable(OPERATION, format!("{}: {error}", path.display()))
                .with_source(error)
        };
        let file = make_file(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(BackendError::unavailable(
                OPERATION,
                format!(
                    "{} is in use by another server. Stop it or choose another data directory.",
                    directory.display()
                ),
            )),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // Not by closing the file alone: a child process that is just being started has it open as well.
        let _released = self.file.unlock();
    }
}
