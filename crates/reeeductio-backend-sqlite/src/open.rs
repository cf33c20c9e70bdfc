//! Opening the database of a data directory for writing.

use std::fs::File;
use std::path::Path;

use reeeductio_backend::{BackendError, BackendErrorKind};

use crate::DATABASE;
use crate::connection::open_writer;
use crate::database::Database;
use crate::extent::{check_file, check_pages, check_trees};
use crate::file::DatabaseFile;
use crate::lock::DirectoryLock;
use crate::private::{make_directory, make_file};
use crate::schema::migrate;
use crate::wal::Log;

/// A database that is open for writing.
pub(crate) struct Opened {
    pub(crate) database: Database,
    pub(crate) file: DatabaseFile,
    /// Whether there was a log: the server before was killed.
    pub(crate) had_log: bool,
    pub(crate) lock: DirectoryLock,
}

/// Opens, or makes, the database in `directory`.
pub(crate) fn open(directory: &Path) -> Result<Opened, BackendError> {
    let failed = |error: std::io::Error| {
        BackendError::unavailable(
            "open the data directory",
            format!("{}: {error}", directory.display()),
        )
        .with_source(error)
    };
    make_directory(directory).map_err(failed)?;
    let lock = DirectoryLock::take(directory)?;
    let path = directory.join(DATABASE);
    let had_log = Log::beside(&path).map_err(failed)? != Log::Empty;
    let database = check_and_open(&path).map_err(|error| with_cure(&path, error))?;
    // The new file's name must be on disk before anything in it is acknowledged.
    File::open(directory)
        .and_then(|file| file.sync_all())
        .map_err(failed)?;
    Ok(Opened {
        database,
        file: DatabaseFile::of(&path)?,
        had_log,
        lock,
    })
}

fn check_and_open(path: &Path) -> Result<Database, BackendError> {
    check_file(path)?;
    // SQLite gives its other files the mode of this one.
    make_file(path).map_err(|error| {
        BackendError::unavailable("make the database file", error.to_string()).with_source(error)
    })?;
    let mut connection = open_writer(path)?;
    check_pages(&connection, path)?;
    migrate(&mut connection)?;
    let database = Database::new(connection);
    check_trees(&database)?;
    Ok(database)
}

/// Names the file, and says what helps against damage.
pub(crate) fn with_cure(path: &Path, error: BackendError) -> BackendError {
    const OPERATION: &str = "open the database";
    let path = path.display();
    let named = if error.kind() == BackendErrorKind::Corrupt {
        BackendError::corrupt(
            OPERATION,
            format!(
                "{path} is damaged: {error}. Keep it, and restore a backup or run `reeeductio repair --from BACKUP`: docs/damage.md."
            ),
        )
    } else {
        BackendError::unavailable(OPERATION, format!("{path}: {error}"))
    };
    named.with_source(error)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_is_made_is_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("new/data");
        let _opened = super::open(&directory).unwrap();
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&directory), 0o700);
        assert_eq!(mode(&folder.path().join("new")), 0o700);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
        assert!(names.iter().any(|name| name.ends_with("-wal")), "{names:?}");
    }
}
