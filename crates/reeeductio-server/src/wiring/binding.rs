//! The blob folder and the database that belongs to it (docs/adr/0016-blobs-belong-to-a-database.md).

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use reeeductio_backend::{BackendError, StoreMark, StoreRecord};
use reeeductio_backend_objects::{BlobFolder, MARK, has_objects, mark_of};
use reeeductio_backend_sqlite::{DATABASE, SqliteRecords, set_store_record, store_record};

use crate::wiring::SECRET_FILES;

const OPERATION: &str = "open the blob folder";

/// Notice that bytes without a blob are kept, and what to do about it.
pub(crate) const KEPT: &str = "bytes that no blob refers to are kept, as they may belong to a newer state of the database. If nothing is missing, stop the server and run `reeeductio repair DIR --leftovers`: docs/damage.md";

/// A blob folder, and the database in a data directory, that are used by this process alone.
#[derive(Debug)]
pub(crate) struct Binding {
    data: std::path::PathBuf,
    folder: BlobFolder,
    records: Arc<SqliteRecords>,
    current: Mutex<Option<StoreMark>>,
    held: bool,
}

/// How a database and a blob folder fit together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Fit {
    /// The server they belong to, if they say so.
    id: Option<u128>,
    /// Objects that the database does not know are kept: they may belong to a newer state of it.
    held: bool,
}

/// `None` if the folder belongs to another database.
fn fit(record: &StoreRecord, folder: Option<StoreMark>, has_objects: bool) -> Option<Fit> {
    let (id, newer) = match (record.mark, folder) {
        (Some(known), Some(found)) if known.id != found.id => return None,
        (Some(known), Some(found)) => {
            let same = found.turn == known.turn || Some(found.turn) == record.previous;
            (Some(known.id), !same)
        }
        (Some(known), None) => (Some(known.id), has_objects),
        // From before there were marks, or written anew from such a backup.
        (None, Some(found)) => (Some(found.id), true),
        (None, None) => (None, false),
    };
    Some(Fit {
        id,
        held: record.held || newer,
    })
}

/// Keeps servers off a blob folder while it lives.
pub(crate) fn take(blobs: &Path) -> Result<BlobFolder, BackendError> {
    BlobFolder::take(blobs)
}

/// The servers that the database in `data` and a blob folder belong to, as far as they say so.
pub(crate) fn ids(data: &Path, blobs: &Path) -> Result<(Option<u128>, Option<u128>), BackendError> {
    let known = store_record(data).ok().and_then(|record| record.mark);
    Ok((
        known.map(|mark| mark.id),
        mark_of(blobs)?.map(|mark| mark.id),
    ))
}

fn fit_of(record: &StoreRecord, data: &Path, blobs: &Path) -> Result<Fit, BackendError> {
    let found = mark_of(blobs)?;
    fit(record, found, has_objects(blobs)?).ok_or_else(|| foreign(data, blobs))
}

fn foreign(data: &Path, blobs: &Path) -> BackendError {
    BackendError::unavailable(
        OPERATION,
        format!(
            "the blobs in {} belong to another database than {}. Choose the folder of this database (`blob_store.path`). If this is the folder, remove {} from it: what the database does not refer to is kept then, until `reeeductio repair DIR --leftovers`.",
            blobs.display(),
            data.join(DATABASE).display(),
            MARK,
        ),
    )
}

/// Refuses to make a database where there was one: blobs or a secret are there. `blobs` need not exist.
pub(crate) fn refuse_without_database(data: &Path, blobs: &Path) -> Result<(), BackendError> {
    let database = data.join(DATABASE);
    let what = match database.metadata() {
        Ok(metadata) if metadata.len() > 0 => return Ok(()),
        Ok(_) => "is empty",
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "is missing",
        Err(error) => {
            return Err(BackendError::unavailable(
                "open the database",
                format!("{}: {error}", database.display()),
            ));
        }
    };
    let secrets = SECRET_FILES.map(|name| data.join(name));
    let left = if mark_of(blobs)?.is_some() || has_objects(blobs)? {
        format!("blobs of a server are in {}", blobs.display())
    } else if let Some(secret) = secrets.iter().find(|secret| secret.exists()) {
        format!("{} of a server is there", secret.display())
    } else {
        return Ok(());
    };
    Err(BackendError::unavailable(
        "open the database",
        format!(
            "{} {what}, but {left}. Put the database back with `reeeductio repair DIR --from BACKUP` (docs/damage.md), or restore a backup (docs/restore.md). For a new server, choose an empty data directory and an empty blob folder.",
            database.display()
        ),
    ))
}

/// Checks that the database can be served beside the blobs, and returns a notice if there is something to say.
/// Changes nothing, and a server may be using them.
pub(crate) fn check(data: &Path, blobs: &Path) -> Result<Option<&'static str>, BackendError> {
    refuse_without_database(data, blobs)?;
    if !data.join(DATABASE).exists() {
        return Ok(None);
    }
    let record = reeeductio_backend_sqlite::look_at_store_record(data)?;
    let fit = fit_of(&record, data, blobs)?;
    Ok(fit.held.then_some(KEPT))
}

/// The mark that a folder and its database get next, and what the database then knows. The database is written first:
/// after a crash in between, the folder has the turn before.
fn next(
    id: Option<u128>,
    blobs: &Path,
    held: bool,
) -> Result<(StoreMark, StoreRecord), BackendError> {
    let mark = StoreMark::next(id.map_or_else(StoreMark::random, Ok)?)?;
    let record = StoreRecord {
        mark: Some(mark),
        previous: mark_of(blobs)?.map(|found| found.turn),
        held,
    };
    Ok((mark, record))
}

impl Binding {
    /// Opens, or makes, the database in `data`, takes the blob folder for it, and marks both.
    pub(crate) fn open(
        data: &Path,
        blobs: &Path,
    ) -> Result<(Arc<SqliteRecords>, Self), BackendError> {
        refuse_without_database(data, blobs)?;
        let mut taken = None;
        let (records, stored) = SqliteRecords::open_marked(data, |record| {
            let folder = BlobFolder::take(blobs)?;
            let fit = fit_of(record, data, blobs)?;
            let (mark, next) = next(fit.id, blobs, fit.held)?;
            taken = Some((folder, fit, mark));
            Ok(next)
        })?;
        let Some((folder, fit, mark)) = taken else {
            return Err(BackendError::unavailable(OPERATION, "it was not taken"));
        };
        // On a full disk the server starts nevertheless, and the marks stay as they were.
        if stored.mark == Some(mark)
            && let Err(error) = folder.write(&mark)
        {
            tracing::warn!(%error, "the blob folder has the mark of the start before");
        }
        if fit.held {
            tracing::warn!(folder = %blobs.display(), "{KEPT}");
        }
        let records = Arc::new(records);
        let binding = Self {
            data: data.to_owned(),
            folder,
            records: Arc::clone(&records),
            current: Mutex::new(stored.mark),
            held: fit.held,
        };
        Ok((records, binding))
    }

    /// Returns whether objects that the database does not refer to may be removed. Gives both a new turn first, so
    /// that a copy of the database from before is told from it.
    pub(crate) async fn may_sweep(&self) -> bool {
        if self.held {
            return false;
        }
        let blobs = self.folder.directory();
        let checked = store_record(&self.data)
            .and_then(|record| Ok((record.mark, fit_of(&record, &self.data, blobs)?)));
        let fit = match checked {
            Ok((mark, fit)) if mark == *self.current.lock() && !fit.held => fit,
            Ok(_) => {
                tracing::warn!("the database or the blob folder was replaced: {KEPT}");
                return false;
            }
            Err(error) => {
                tracing::warn!(%error, "nothing is swept up");
                return false;
            }
        };
        if let Err(error) = self.renew(fit.id).await {
            // The marks agree, and on a full disk a sweep is what helps.
            tracing::warn!(%error, "the marks are not new");
        }
        true
    }

    async fn renew(&self, id: Option<u128>) -> Result<(), BackendError> {
        let (mark, record) = next(id, self.folder.directory(), false)?;
        self.records.set_store_record(record).await?;
        *self.current.lock() = Some(mark);
        self.folder.write(&mark)
    }
}

/// The blob folder of a data directory that no server is using.
#[derive(Debug)]
pub(crate) struct Idle<'a> {
    data: &'a Path,
    folder: BlobFolder,
    id: Option<u128>,
}

impl<'a> Idle<'a> {
    /// Takes the folder for the database in `data`, which is locked already.
    pub(crate) fn take(data: &'a Path, blobs: &Path) -> Result<Self, BackendError> {
        let folder = BlobFolder::take(blobs)?;
        let id = fit_of(&store_record(data)?, data, blobs)?.id;
        Ok(Self { data, folder, id })
    }

    /// The operator says that nothing newer than the database is in the folder.
    pub(crate) fn release(&self) -> Result<(), BackendError> {
        let (mark, record) = next(self.id, self.folder.directory(), false)?;
        set_store_record(self.data, &record)?;
        self.folder.write(&mark)
    }
}

/// Marks the blobs of a copy like its database, so that it can be served where it is.
pub(crate) fn mark_copy(data: &Path, blobs: &Path) -> Result<(), BackendError> {
    match store_record(data) {
        Ok(StoreRecord {
            mark: Some(mark), ..
        }) => BlobFolder::take(blobs)?.write(&mark),
        // Damage is taken along, and the check of the copy names it.
        Err(error) if error.kind() == reeeductio_backend::BackendErrorKind::Corrupt => Ok(()),
        found => found.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: StoreMark = StoreMark { id: 1, turn: 10 };

    fn record(mark: Option<StoreMark>) -> StoreRecord {
        StoreRecord {
            mark,
            previous: Some(9),
            held: false,
        }
    }

    fn held(found: Option<Fit>) -> bool {
        found.unwrap().held
    }

    #[test]
    fn a_folder_of_another_database_does_not_fit() {
        let other = StoreMark { id: 2, turn: 10 };
        assert_eq!(fit(&record(Some(OURS)), Some(other), true), None);
        assert_eq!(fit(&record(Some(OURS)), Some(other), false), None);
    }

    #[test]
    fn only_the_database_that_used_the_folder_last_may_remove_something() {
        let at = |turn| Some(StoreMark { id: 1, turn });
        assert!(!held(fit(&record(Some(OURS)), at(10), true)));
        assert!(
            !held(fit(&record(Some(OURS)), at(9), true)),
            "a crash between the two marks"
        );
        assert!(
            held(fit(&record(Some(OURS)), at(11), true)),
            "an older copy"
        );
        assert!(
            held(fit(&record(Some(OURS)), None, true)),
            "the mark was lost"
        );
        assert!(
            !held(fit(&record(Some(OURS)), None, false)),
            "an empty folder"
        );
        assert!(
            held(fit(&record(None), at(10), true)),
            "a copy from before the marks"
        );
        assert!(
            !held(fit(&record(None), None, true)),
            "both from before the marks"
        );
        let kept = StoreRecord {
            held: true,
            ..record(Some(OURS))
        };
        assert!(
            held(fit(&kept, at(10), true)),
            "the operator has not said so"
        );
    }
}
