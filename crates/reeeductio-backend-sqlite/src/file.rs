//! The database file, as the system shows it while a server runs.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use reeeductio_backend::BackendError;

const OPERATION: &str = "look at the database file";

/// The file that was opened.
#[derive(Debug)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
    /// The greatest length seen; the file never becomes shorter.
    length: AtomicU64,
}

impl DatabaseFile {
    pub(crate) fn of(path: &Path) -> Result<Self, BackendError> {
        let metadata = path.metadata().map_err(|error| unreadable(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            identity: identity(&metadata),
            length: AtomicU64::new(metadata.len()),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Fails when the file was removed, replaced or cut off.
    pub(crate) fn check(&self) -> Result<(), BackendError> {
        let path = self.path.display();
        let metadata = self
            .path
            .metadata()
            .map_err(|error| unreadable(&self.path, error))?;
        if identity(&metadata) != self.identity {
            return Err(BackendError::unavailable(
                OPERATION,
                format!("{path} was replaced while the server runs. Restart the server."),
            ));
        }
        let before = self.length.fetch_max(metadata.len(), Ordering::Relaxed);
        if metadata.len() < before {
            return Err(BackendError::corrupt(
                OPERATION,
                format!(
                    "{path} was cut off while the server runs. Stop the server and restore a backup."
                ),
            ));
        }
        Ok(())
    }
}

/// Returns the device and the inode, which tell a file from another one at the same path.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "not every system has it")]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> Option<(u64, u64)> {
    None
}

fn unreadable(path: &Path, error: io::Error) -> BackendError {
    BackendError::unavailable(OPERATION, format!("{}: {error}", path.display())).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &tempfile::TempDir) -> DatabaseFile {
        let path = folder.path().join("x.db");
        std::fs::write(&path, [0; 4096]).unwrap();
        DatabaseFile::of(&path).unwrap()
    }

    #[test]
    fn a_file_that_grows_is_fine_and_one_that_was_cut_off_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        std::fs::write(file.path(), [0; 8192]).unwrap();
        file.check().unwrap();
        std::fs::write(file.path(), [0; 4096]).unwrap();
        let error = file.check().unwrap_err();
        assert_eq!(error.kind(), reeeductio_backend::BackendErrorKind::Corrupt);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_replaced_or_removed_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        let other = folder.path().join("other");
        std::fs::write(&other, [0; 4096]).unwrap();
        std::fs::rename(&other, file.path()).unwrap();
        let error = file.check().unwrap_err().to_string();
        assert!(error.contains("was replaced"), "{error}");
        std::fs::remove_file(file.path()).unwrap();
        file.check().unwrap_err();
    }
}
