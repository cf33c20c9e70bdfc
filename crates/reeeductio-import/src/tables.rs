//! The databases of one space, copied, and the working tables beside them.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::error::ImportError;
use crate::report::Report;
use crate::snapshot;

/// The databases of a space; which table is in which does not matter.
const DATABASES: &[&str] = &["messages", "data"];

/// Facts about messages, gathered before any is taken over: enough to follow the links.
const WORKING_TABLES: &str = "
    CREATE TABLE links (
        id INTEGER PRIMARY KEY,
        topic TEXT NOT NULL,
        hash BLOB NOT NULL,
        prev BLOB,
        sender BLOB NOT NULL,
        defines BLOB,
        fate INTEGER NOT NULL DEFAULT 0,
        place INTEGER,
        UNIQUE (topic, hash)
    ) STRICT;
    CREATE TABLE newest (path TEXT PRIMARY KEY, sender BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX links_by_prev ON links (topic, prev);
    CREATE INDEX links_by_place ON links (topic, place) WHERE place IS NOT NULL;
";

/// The copied tables of a space on one connection, with the working tables.
#[derive(Debug)]
pub(crate) struct Tables {
    connection: Connection,
    /// Names of the attached databases.
    attached: Vec<&'static str>,
}

impl Tables {
    /// Copies the databases in `from` into `scratch`, which is emptied first.
    pub(crate) fn open(
        from: &Path,
        scratch: &Path,
        name: &str,
        report: &mut Report,
    ) -> Result<Self, ImportError> {
        if scratch.exists() {
            fs::remove_dir_all(scratch).map_err(ImportError::file(scratch))?;
        }
        fs::create_dir_all(scratch).map_err(ImportError::file(scratch))?;
        let connection = working(&scratch.join("links.db"))?;
        connection.execute_batch(WORKING_TABLES)?;
        let mut tables = Self {
            connection,
            attached: Vec::new(),
        };
        for database in DATABASES {
            let file = format!("{database}.db");
            let copy = scratch.join(&file);
            if !snapshot::copy(&from.join(&file), &copy)? {
                continue;
            }
            match tables.attach(database, &copy) {
                Ok(None) => tables.attached.push(database),
                Ok(Some(damage)) => {
                    report.left_out("database.corrupt", format!("{name} {file}: {damage}"));
                    tables.attached.push(database);
                }
                Err(error) if error.is_damage() => {
                    report.left_out("database.corrupt", format!("{name} {file}: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(tables)
    }

    /// The connection; working tables are in `main`.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Where a table with these columns is, with the name of its database. Finds none in a space where
    /// nothing of the kind was ever written; one of another shape is reported.
    pub(crate) fn find(
        &self,
        table: &str,
        columns: &str,
        name: &str,
        report: &mut Report,
    ) -> Result<Option<String>, ImportError> {
        for database in &self.attached {
            let mut statement = self.connection.prepare(&format!(
                "SELECT 1 FROM \"{database}\".sqlite_master WHERE type = 'table' AND name = ?1"
            ))?;
            if !statement.exists([table])? {
                continue;
            }
            let full = format!("\"{database}\".{table}");
            let shape = self
                .connection
                .prepare(&format!("SELECT rowid, {columns} FROM {full}"));
            match shape {
                Ok(_) => return Ok(Some(full)),
                Err(error) => {
                    report.left_out("database.schema", format!("{name} {database}.db: {error}"));
                }
            }
        }
        Ok(None)
    }

    /// Opens a copy; `Some` if SQLite finds damage in it that may leave rows readable.
    fn attach(&self, database: &str, copy: &Path) -> Result<Option<String>, ImportError> {
        self.connection.execute(
            &format!("ATTACH DATABASE ?1 AS \"{database}\""),
            [copy.to_string_lossy()],
        )?;
        let verdict: String = self.connection.query_row(
            &format!("PRAGMA \"{database}\".quick_check(1)"),
            [],
            |row| row.get(0),
        )?;
        Ok((verdict != "ok").then_some(verdict))
    }
}

/// A database that nobody misses after a crash.
pub(crate) fn working(path: &Path) -> Result<Connection, ImportError> {
    let connection = Connection::open(path)?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.execute_batch(
        "PRAGMA main.journal_mode = OFF; PRAGMA main.synchronous = OFF; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}
