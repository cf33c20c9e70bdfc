//! Copying the database while a server writes to it.
//!
//! The copy is made by pages from inside one read transaction, so it is of one moment and never starts over:
//! SQLite starts a copy over when the source has changed *as its connection sees it*, and within a read
//! transaction a connection sees no change. (`BEGIN` alone begins none; the first read does.) Copying pages
//! is as fast as the disk and takes damaged pages along, which `VACUUM INTO`, row by row, refuses.
//!
//! The transaction has a cost: SQLite cannot restart its log while a reader needs what is before it. So the
//! log grows by what is written meanwhile, and the copy is given up when that becomes too much.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use reeeductio_backend::{
    BackendError, BackendErrorKind, BlobPage, Copied, RecordedBlob, RecordsCopy, StoreMark,
    StoreRecord,
};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::connection::open_writer;
use crate::database::Database;
use crate::failure::failure;
use crate::{DATABASE, inspect, schema, store};

/// Pages copied at a time: 1 MiB.
const STEP: i32 = 256;
/// Ends the name of a copy that is not finished.
const PARTIAL: &str = ".partial";

const OPERATION: &str = "copy the database";

/// A copy without its name yet.
struct Copy {
    database: Database,
    directory: PathBuf,
    /// Blobs were taken out, so what is stored is to be counted again.
    left_out: bool,
}

/// Copies the database that `source` has open at `path`.
pub(crate) fn copy(
    source: &Connection,
    path: &Path,
    directory: &Path,
    backlog: u64,
    progress: &mut dyn FnMut(Copied),
) -> Result<Box<dyn RecordsCopy>, BackendError> {
    let target = partial(directory);
    create_private(&target)?;
    let mut copy = Connection::open(&target).map_err(failure(OPERATION))?;
    let snapshot = source.unchecked_transaction().map_err(failure(OPERATION))?;
    // `BEGIN` alone begins nothing: the first read does.
    let page_size: i64 = snapshot
        .query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))
        .and_then(|_: i64| snapshot.pragma_query_value(None, "page_size", |row| row.get(0)))
        .map_err(failure(OPERATION))?;
    let log = Log::of(path);
    let backup = Backup::new(&snapshot, &mut copy).map_err(failure(OPERATION))?;
    loop {
        let step = backup.step(STEP).map_err(failure(OPERATION))?;
        let at = backup.progress();
        let bytes = |count: i32| u64::from(count.unsigned_abs()) * page_size.unsigned_abs();
        progress(Copied {
            done: bytes(at.pagecount - at.remaining),
            total: bytes(at.pagecount),
        });
        match step {
            StepResult::Done => break,
            StepResult::More => log.check(backlog)?,
            // Nobody else has the copy open, and readers of the source wait for nobody.
            _ => {
                return Err(BackendError::unavailable(
                    OPERATION,
                    "the database or its copy is locked by another program",
                ));
            }
        }
    }
    drop(backup);
    drop(snapshot);
    drop(copy);
    let copy = open_writer(&target)?;
    mark(&copy)?;
    Ok(Box::new(Copy {
        database: Database::new(copy),
        directory: directory.to_owned(),
        left_out: false,
    }))
}

/// Gives the copy a turn of its own: beside the blobs of the original it is an older state.
fn mark(copy: &Connection) -> Result<(), BackendError> {
    let marked = store::read(copy).and_then(|record| match record.mark {
        Some(mark) => store::write(
            copy,
            &StoreRecord {
                mark: Some(StoreMark::next(mark.id)?),
                ..StoreRecord::default()
            },
        ),
        None => Ok(()),
    });
    match marked {
        // Damage is taken along, and the check of the copy names it.
        Err(error) if error.kind() == BackendErrorKind::Corrupt => Ok(()),
        marked => marked,
    }
}

impl RecordsCopy for Copy {
    fn blobs(&self, after: &str, limit: usize) -> Result<BlobPage, BackendError> {
        inspect::blobs(&self.database, after, limit)
    }

    fn leave_out(&mut self, blobs: &[RecordedBlob]) -> Result<(), BackendError> {
        const OPERATION: &str = "take blobs out of the copy";
        if blobs.is_empty() {
            return Ok(());
        }
        self.left_out = true;
        let connection = self.database.connection();
        let transaction = connection
            .unchecked_transaction()
            .map_err(failure(OPERATION))?;
        for table in ["blob_references", "blobs"] {
            let mut delete = transaction
                .prepare(&format!(
                    "DELETE FROM {table} WHERE space_id = ?1 AND blob_id = ?2"
                ))
                .map_err(failure(OPERATION))?;
            for blob in blobs {
                delete
                    .execute((blob.space.as_bytes(), blob.blob.hash()))
                    .map_err(failure(OPERATION))?;
            }
        }
        transaction.commit().map_err(failure(OPERATION))
    }

    fn finish(self: Box<Self>) -> Result<(), BackendError> {
        let Self {
            database,
            directory,
            left_out,
        } = *self;
        if left_out {
            let connection = database.connection();
            let transaction = connection
                .unchecked_transaction()
                .map_err(failure(OPERATION))?;
            schema::recount(&transaction)?;
            transaction.commit().map_err(failure(OPERATION))?;
        }
        // Moves what was taken out from the copy's log into the copy.
        database.close().map_err(failure(OPERATION))?;
        let (partial, whole) = (partial(&directory), directory.join(DATABASE));
        sync(&partial)?;
        fs::rename(&partial, &whole).map_err(|error| failed(&whole, &error))?;
        sync(&directory)
    }
}

/// The log of the database that is being copied.
struct Log {
    path: PathBuf,
    /// Bytes it had when the copy began.
    before: u64,
}

impl Log {
    fn of(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        let mut log = Self {
            path: path.into(),
            before: 0,
        };
        log.before = log.length();
        log
    }

    fn length(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    fn check(&self, backlog: u64) -> Result<(), BackendError> {
        let grown = self.length().saturating_sub(self.before);
        if grown <= backlog {
            return Ok(());
        }
        Err(BackendError::unavailable(
            OPERATION,
            format!(
                "the server wrote {grown} bytes meanwhile, which its log must keep beside what is being copied; the limit is {backlog}. Copy to a faster disk, at a quieter time, or with a higher limit."
            ),
        ))
    }
}

/// Makes an empty file that only its owner can read.
pub(crate) fn create_private(path: &Path) -> Result<(), BackendError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|error| failed(path, &error))
}

pub(crate) fn sync(path: &Path) -> Result<(), BackendError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| failed(path, &error))
}

fn partial(directory: &Path) -> PathBuf {
    directory.join(format!("{DATABASE}{PARTIAL}"))
}

fn failed(path: &Path, error: &std::io::Error) -> BackendError {
    BackendError::unavailable(OPERATION, format!("{}: {error}", path.display()))
}
