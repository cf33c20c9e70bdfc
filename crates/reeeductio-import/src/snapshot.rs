//! Copying a database that another program wrote, as it was at one moment.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::ImportError;

/// Suffixes of a database and of the files that SQLite keeps beside it: without the journal or log of
/// an interrupted transaction, the database would be read as it never was.
const BESIDE: &[&str] = &["", "-journal", "-wal"];

/// Copies the database at `from` with its journal or log to `to`. Nothing is locked and nothing is made
/// beside the original; the copy is what SQLite would find after a crash at that moment. A file that
/// changes meanwhile is refused. `false` when there is no such database.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<bool, ImportError> {
    copy_while(from, to, || ())
}

/// [`copy`], with something happening before it is done.
fn copy_while(from: &Path, to: &Path, meanwhile: impl FnOnce()) -> Result<bool, ImportError> {
    let before = states(from)?;
    if before.first().is_none_or(Option::is_none) {
        return Ok(false);
    }
    for suffix in BESIDE {
        let (source, target) = (beside(from, suffix), beside(to, suffix));
        match fs::copy(&source, &target) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound && !suffix.is_empty() => {}
            Err(error) => return Err(ImportError::file(&source)(error)),
        }
        make_writable(&target)?;
    }
    meanwhile();
    if states(from)? == before {
        Ok(true)
    } else {
        Err(ImportError::Busy(from.to_owned()))
    }
}

type State = Option<(u64, Option<SystemTime>)>;

fn states(database: &Path) -> Result<Vec<State>, ImportError> {
    BESIDE
        .iter()
        .map(|suffix| {
            let path = beside(database, suffix);
            match fs::metadata(&path) {
                Ok(found) => Ok(Some((found.len(), found.modified().ok()))),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(ImportError::file(&path)(error)),
            }
        })
        .collect()
}

/// A copy takes on the permissions of a file that may be for reading only.
fn make_writable(path: &Path) -> Result<(), ImportError> {
    let Ok(found) = File::open(path).and_then(|file| file.metadata()) else {
        return Ok(());
    };
    let permissions = owner_only(&found);
    fs::set_permissions(path, permissions).map_err(ImportError::file(path))
}

#[cfg(unix)]
fn owner_only(found: &Metadata) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = found.permissions();
    permissions.set_mode(0o600);
    permissions
}

#[cfg(not(unix))]
fn owner_only(found: &Metadata) -> fs::Permissions {
    let mut permissions = found.permissions();
    permissions.set_readonly(false);
    permissions
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_written_to_meanwhile_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.db"), folder.path().join("b.db"));
        assert!(!copy(&from, &to).unwrap());
        fs::write(&from, b"x").unwrap();
        assert!(copy(&from, &to).unwrap());
        let written = copy_while(&from, &to, || fs::write(&from, b"longer").unwrap());
        assert!(matches!(written, Err(ImportError::Busy(path)) if path == from));
        let begun = copy_while(&from, &to, || {
            fs::write(beside(&from, "-journal"), b"x").unwrap();
        });
        assert!(matches!(begun, Err(ImportError::Busy(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_of_what_may_only_be_read_can_be_written() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.db"), folder.path().join("b.db"));
        fs::write(&from, b"x").unwrap();
        fs::set_permissions(&from, fs::Permissions::from_mode(0o444)).unwrap();
        copy(&from, &to).unwrap();
        let mode = fs::metadata(&to).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
