//! Putting damaged rows back from a backup.
//!
//! The database is written anew beside the damaged one: every row that is intact, and from the backup those
//! that are not. A row of the backup never takes the place of an intact one. So it makes no difference whether
//! a bit in a row has flipped, an index is wrong or half of the file is gone, and until the last step, a
//! rename, nothing that is in use has changed.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use reeeductio_backend::{
    BackendError, BackendErrorKind, Inspect, Mend, MendBy, RecordKind, Repair,
};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::DATABASE;
use crate::backup::{create_private, sync};
use crate::connection::open_reader;
use crate::failure::failure;
use crate::inspect::{Inspector, check_table};
use crate::lock::DirectoryLock;
use crate::scan::{StoredRow, Table};
use crate::{schema, store};

mod build;
mod files;
mod payloads;
mod trees;

use payloads::{Keys, payloads_without_keys};

/// Where the database is written anew.
const BUILT: &str = "repair";

const OPERATION: &str = "repair the database";

/// The repair of the database of a directory.
pub struct SqliteRepair {
    directory: PathBuf,
    /// `None` when not even its header can be read.
    damaged: Option<Connection>,
    backup: Connection,
    tables: Vec<Table>,
    /// The last plan found a table that cannot be read to its end.
    unreadable: bool,
    /// Rows that the last plan takes from the backup: table and primary key.
    put_back: Vec<(RecordKind, Vec<Value>)>,
    _lock: DirectoryLock,
}

impl SqliteRepair {
    /// Opens the damaged database in `directory`, which no server may be using, and the one in `backup`.
    pub fn open(directory: &Path, backup: &Path) -> Result<Self, BackendError> {
        let lock = DirectoryLock::take(directory)?;
        let backup = open_reader(&backup.join(DATABASE))?;
        let version = schema::version(&backup)?;
        let damaged = match open_damaged(&directory.join(DATABASE)) {
            Ok((found, connection)) if found == version => Some(connection),
            Ok((0, _)) => None,
            Ok((found, _)) => {
                return Err(BackendError::unavailable(
                    OPERATION,
                    format!(
                        "the database has version {found} and the backup has version {version}. Name a backup that the same release made."
                    ),
                ));
            }
            // Not a database any more, or cut off within its header.
            Err(error) if error.kind() == BackendErrorKind::Corrupt => None,
            Err(_) if !directory.join(DATABASE).exists() => None,
            Err(error) => return Err(error),
        };
        let tables = Table::all(&backup)?;
        if let (Some(here), Some(there)) = (damaged.as_ref().and_then(id_of), id_of(&backup))
            && here != there
        {
            return Err(BackendError::unavailable(
                OPERATION,
                "the backup is of another server. Name a backup that was made of this one.",
            ));
        }
        Ok(Self {
            directory: directory.to_owned(),
            damaged,
            backup,
            tables,
            unreadable: false,
            put_back: Vec::new(),
            _lock: lock,
        })
    }

    /// The server that the damaged database belongs to, if that can be read; otherwise the one of the backup.
    fn id(&self) -> Option<u128> {
        self.damaged
            .as_ref()
            .and_then(id_of)
            .or_else(|| id_of(&self.backup))
    }

    /// The row in the damaged database, if it is intact there.
    fn intact(&self, table: &Table, key: &[Value]) -> Option<Vec<Value>> {
        table.find(self.damaged.as_ref()?, key).ok()??.values
    }

    fn plan_table(
        &self,
        table: &Table,
        damaged: Vec<StoredRow>,
        put_back: &mut Vec<(RecordKind, Vec<Value>)>,
    ) -> Result<Vec<Mend>, BackendError> {
        let torn = self.damaged.as_ref().is_none_or(|connection| {
            check_table(connection, table.name).map_or(true, |found| !found.is_empty())
        });
        if damaged.is_empty() && !torn {
            return Ok(Vec::new());
        }
        let derived = derived(table);
        // The same key in another space is another row, which may have been removed since.
        let named = |row: &StoredRow| (row.name.space, row.name.to_string());
        let keys: HashSet<_> = damaged.iter().map(named).collect();
        let mut mends = Vec::new();
        let mut found = HashSet::new();
        if !derived {
            table.each(&self.backup, false, |row| {
                let Some(values) = &row.values else {
                    return Ok(());
                };
                let named = named(&row);
                let wanted = torn || keys.contains(&named) || self.is_missed(table, values)?;
                if wanted && self.intact(table, &row.key).is_none() {
                    self.refuse_other_history(table, values)?;
                    found.insert(named);
                    put_back.push((table.kind, row.key));
                    mends.push(Mend {
                        record: row.name,
                        by: MendBy::PutBack,
                    });
                }
                Ok(())
            })?;
        }
        let others = damaged
            .into_iter()
            .filter(|row| !found.contains(&named(row)));
        mends.extend(others.map(|row| Mend {
            record: row.name,
            by: if derived {
                MendBy::Derived
            } else {
                MendBy::Lost
            },
        }));
        Ok(mends)
    }

    /// Refuses a backup that has another message than the database at the same place: one of them was
    /// written after a restore, and what is in the backup does not belong here.
    fn refuse_other_history(&self, table: &Table, values: &[Value]) -> Result<(), BackendError> {
        let (Some(connection), RecordKind::Message) = (&self.damaged, table.kind) else {
            return Ok(());
        };
        let value = |column| table.value(values, column).unwrap_or(&Value::Null);
        let key = connection
            .prepare_cached(
                "SELECT space_id, topic_id, server_timestamp FROM messages WHERE space_id = ?1 AND event = ?2",
            )
            .and_then(|mut statement| {
                statement.query_row([value("space_id"), value("event")], |row| {
                    Ok([row.get(0)?, row.get(1)?, row.get(2)?])
                })
            });
        let here = key.ok().and_then(|key| self.intact(table, &key));
        let same = here
            .is_none_or(|here| table.value(&here, "message_hash") == Some(value("message_hash")));
        if same {
            return Ok(());
        }
        Err(BackendError::unavailable(
            OPERATION,
            "the backup is of another history: where it has a message, the database has another one. Name a backup that was made of this database.",
        ))
    }

    /// Rows whose checksum is wrong, and whether every row could be reached.
    fn damaged_rows(&self, table: &Table) -> (Vec<StoredRow>, bool) {
        let mut damaged = Vec::new();
        let Some(connection) = &self.damaged else {
            return (damaged, false);
        };
        // Up to where the table can be read; the rest is looked up by the keys that the backup knows.
        let walked = table.each(connection, false, |row| {
            if row.values.is_none() {
                damaged.push(row);
            }
            Ok(())
        });
        (damaged, walked.is_ok())
    }

    /// Returns whether a row of the backup that is not in the damaged database must be missing there because
    /// its key is damaged, and cannot have been deleted since.
    fn is_missed(&self, table: &Table, values: &[Value]) -> Result<bool, BackendError> {
        let Some(connection) = &self.damaged else {
            return Ok(true);
        };
        let value = |column| table.value(values, column).unwrap_or(&Value::Null);
        let sql = match table.kind {
            // An event is never deleted: where later ones are, it was there.
            RecordKind::Message => {
                "SELECT EXISTS (SELECT 1 FROM messages WHERE space_id = ?1 AND event > ?2)"
            }
            // These keep their row as long as their space has any.
            RecordKind::DataEntry
            | RecordKind::ToolUses
            | RecordKind::Revision
            | RecordKind::Tree
            | RecordKind::Restore => {
                "SELECT EXISTS (SELECT 1 FROM messages WHERE space_id = ?1 AND ?2 IS NOT NULL)"
            }
            // The record goes with the last reference.
            RecordKind::Blob => {
                "SELECT EXISTS (SELECT 1 FROM blob_references WHERE space_id = ?1 AND blob_id = ?2)"
            }
            // And the last reference with the record.
            RecordKind::BlobReference => {
                "SELECT EXISTS (SELECT 1 FROM blobs WHERE space_id = ?1 AND blob_id = ?2)
                 AND NOT EXISTS (SELECT 1 FROM blob_references WHERE space_id = ?1 AND blob_id = ?2)"
            }
            // These follow from others, and the row of a purge goes when it ends. A payload or an item may have been
            // removed, and its key with it.
            RecordKind::Head
            | RecordKind::InboxItem
            | RecordKind::InboxReceipt
            | RecordKind::Payload
            | RecordKind::PayloadKeys
            | RecordKind::Purge
            | RecordKind::TreeTile
            | RecordKind::Usage => return Ok(false),
        };
        let (first, second) = match table.kind {
            RecordKind::Message => (value("space_id"), value("event")),
            RecordKind::Blob | RecordKind::BlobReference => (value("space_id"), value("blob_id")),
            _ => (value("space_id"), value("space_id")),
        };
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([first, second], |row| row.get(0)))
            .map_err(failure(OPERATION))
    }
}

impl Repair for SqliteRepair {
    fn plan(&mut self) -> Result<Vec<Mend>, BackendError> {
        let mut put_back = Vec::new();
        let mut mends = Vec::new();
        let mut unreadable = false;
        for table in &self.tables {
            let (damaged, whole) = self.damaged_rows(table);
            unreadable |= !derived(table) && !whole;
            mends.extend(self.plan_table(table, damaged, &mut put_back)?);
        }
        if let Some(damaged) = &self.damaged {
            let keys = Keys::new(&self.tables, damaged, &self.backup, &put_back);
            mends.extend(payloads_without_keys(&self.tables, damaged, keys)?);
        }
        self.unreadable = unreadable;
        self.put_back = put_back;
        Ok(mends)
    }

    fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    fn build(&mut self) -> Result<Box<dyn Inspect>, BackendError> {
        let built = self.directory.join(BUILT);
        // Left by a run that was interrupted.
        remove_folder(&built)?;
        fs::create_dir(&built).map_err(|error| failed(&built, &error))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&built, fs::Permissions::from_mode(0o700))
                .map_err(|error| failed(&built, &error))?;
        }
        let path = built.join(DATABASE);
        create_private(&path)?;
        let mut target = Connection::open(&path).map_err(failure(OPERATION))?;
        // Without a journal, which would take as much room again: what is not finished is thrown away.
        target
            .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            .map_err(failure(OPERATION))?;
        build::build(self, &mut target)?;
        target
            .execute_batch("PRAGMA journal_mode = WAL")
            .map_err(failure(OPERATION))?;
        target
            .close()
            .map_err(|(_, error)| failure(OPERATION)(error))?;
        sync(&path)?;
        sync(&built)?;
        Ok(Box::new(Inspector::open(&built)?))
    }

    fn replace(&mut self) -> Result<String, BackendError> {
        let path = self.directory.join(DATABASE);
        self.damaged = None;
        self.settle_log(&path)?;
        let kept = self.keep(&path)?;
        let built = self.directory.join(BUILT);
        fs::rename(built.join(DATABASE), &path).map_err(|error| failed(&path, &error))?;
        sync(&self.directory)?;
        remove_folder(&built)?;
        Ok(kept.map_or_else(String::new, |kept| kept.display().to_string()))
    }
}

impl std::fmt::Debug for SqliteRepair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteRepair")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

/// The server that a database belongs to, if it says so.
fn id_of(database: &Connection) -> Option<u128> {
    Some(store::read(database).ok()?.mark?.id)
}

/// Returns whether the content of the table follows from other tables.
fn derived(table: &Table) -> bool {
    matches!(
        table.kind,
        RecordKind::Head | RecordKind::TreeTile | RecordKind::Usage
    )
}

/// Opens a database of which a part may be missing, and says which version it has.
fn open_damaged(path: &Path) -> Result<(usize, Connection), BackendError> {
    let connection = open_reader(path)?;
    // With this SQLite also opens a file that is shorter than its header says.
    connection
        .pragma_update(None, "writable_schema", true)
        .map_err(failure(OPERATION))?;
    Ok((schema::version(&connection)?, connection))
}

fn remove_folder(folder: &Path) -> Result<(), BackendError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(folder, &error)),
        _ => Ok(()),
    }
}

fn failed(path: &Path, error: &std::io::Error) -> BackendError {
    BackendError::unavailable(OPERATION, format!("{}: {error}", path.display()))
}
