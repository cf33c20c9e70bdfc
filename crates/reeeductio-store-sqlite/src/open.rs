//! Opening a file: a new one, one of this release, or one of an earlier release.

use std::path::Path;
use std::time::Duration;

use reeeductio_client::StoreError;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::failure::unavailable;
use crate::migrate::{self, Migrated, Old};
use crate::statement::TABLE;

/// `user_version` of a file with the table `records`.
const VERSION: i64 = 2;

/// Layout of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Layout {
    Empty,
    Now,
    Earlier(Old),
}

/// Opens the file, making it if it is not there. A file of another program or a later release is not changed.
pub(crate) fn open(path: &Path) -> Result<(Connection, Option<Migrated>), StoreError> {
    make_private(path);
    let mut connection = Connection::open(path).map_err(unavailable)?;
    connection
        .busy_timeout(Duration::from_secs(5))
        .map_err(unavailable)?;
    // Checked before the journal is set, which changes the file.
    layout(&connection)?;
    keep_private(path);
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF;",
        )
        .map_err(unavailable)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(unavailable)?;
    // Once more: another program may have come first.
    let migrated = prepare(&transaction, layout(&transaction)?)?;
    transaction.commit().map_err(unavailable)?;
    Ok((connection, migrated))
}

/// Makes the file, if it is not there, for the user of the machine only: it may hold keys. SQLite gives the files beside it the same
/// mode. Errors are left to SQLite, which meets them too and has better words.
#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;

    // Names that are no files for SQLite: a database in memory, a temporary one, an address.
    let name = path.as_os_str().as_encoded_bytes();
    if name.is_empty() || name.starts_with(b":") || name.starts_with(b"file:") {
        return;
    }
    let made = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    drop(made);
}

/// Takes the file from everybody but the user of the machine, as those of earlier releases were not. Somebody else's file stays as
/// it is.
#[cfg(unix)]
fn keep_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let Ok(file) = std::fs::metadata(path) else {
        return;
    };
    let mode = file.permissions().mode();
    if mode & 0o077 != 0 {
        let private = std::fs::Permissions::from_mode(mode & 0o700);
        let _not_ours = std::fs::set_permissions(path, private);
    }
}

/// The folder's rules decide.
#[cfg(not(unix))]
fn make_private(_path: &Path) {}

/// The folder's rules decide.
#[cfg(not(unix))]
fn keep_private(_path: &Path) {}

fn prepare(transaction: &Transaction<'_>, layout: Layout) -> Result<Option<Migrated>, StoreError> {
    if layout == Layout::Now {
        return Ok(None);
    }
    transaction.execute_batch(TABLE).map_err(unavailable)?;
    let migrated = match layout {
        Layout::Earlier(old) => Some(migrate::migrate(transaction, old)?),
        Layout::Empty | Layout::Now => None,
    };
    transaction
        .pragma_update(None, "user_version", VERSION)
        .map_err(unavailable)?;
    Ok(migrated)
}

fn layout(connection: &Connection) -> Result<Layout, StoreError> {
    let read = || -> rusqlite::Result<(i64, Vec<String>)> {
        let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let mut tables = connection.prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?;
        let tables = tables.query_map([], |row| row.get(0))?;
        Ok((version, tables.collect::<rusqlite::Result<_>>()?))
    };
    let (version, tables) = read().map_err(unavailable)?;
    let has = |name: &str| tables.iter().any(|table| table == name);
    match version {
        VERSION if has("records") => Ok(Layout::Now),
        1 if has("messages") && has("heads") && has("signed_times") => {
            Ok(Layout::Earlier(Old::Version1))
        }
        0 if tables.is_empty() => Ok(Layout::Empty),
        0 if has("messages") && migrate::is_published(connection).map_err(unavailable)? => {
            Ok(Layout::Earlier(Old::Published))
        }
        0..=VERSION => Err(StoreError::Unavailable(
            "the file is another program's; use a file of its own".to_owned(),
        )),
        other => Err(StoreError::Unavailable(format!(
            "its layout is {other}, and this release knows {VERSION} only; use a newer release"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_new_file_and_those_beside_it_are_for_its_user_only() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let (_connection, _) = open(&folder.path().join("seen.db")).unwrap();
        let files = std::fs::read_dir(folder.path()).unwrap();
        let files: Vec<_> = files.map(Result::unwrap).collect();
        assert!(files.len() > 1, "there is a write-ahead log");
        assert!(open(Path::new(":memory:")).is_ok());
        assert!(!Path::new(":memory:").exists());
        for file in files {
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", file.path().display());
        }
    }

    #[test]
    fn a_file_of_a_later_release_or_another_program_is_left_alone() {
        for (sql, expected) in [
            ("PRAGMA user_version = 3", "use a newer release"),
            ("PRAGMA user_version = -1", "use a newer release"),
            ("PRAGMA user_version = 2", "another program's"),
            ("CREATE TABLE messages (id, text)", "another program's"),
            (
                "CREATE TABLE other (id); PRAGMA user_version = 1",
                "another program's",
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("seen.db");
            let connection = Connection::open(&path).unwrap();
            connection.execute_batch(sql).unwrap();
            drop(connection);
            let before = std::fs::read(&path).unwrap();
            let error = open(&path).unwrap_err();
            assert_eq!(error.code(), "store.unavailable");
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(std::fs::read(&path).unwrap(), before);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_of_an_earlier_release_that_others_can_read_is_made_its_users_only_before_it_holds_keys()
     {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen.db");
        drop(open(&path).unwrap());
        // As the releases before made it, with the usual umask.
        let shared = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&path, shared).unwrap();
        let (_connection, _) = open(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}
