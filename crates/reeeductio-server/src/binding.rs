//! The blob folder and the database that belongs to it (docs/adr/0016-blobs-belong-to-a-database.md).

use std::path::Path;

use parking_lot::Mutex;
use reeeductio_backend::{BackendError, StoreMark, StoreRecord};
use reeeductio_backend_objects::{BlobFolder, MARK, has_objects, mark_of};
use reeeductio_backend_sqlite::{DATABASE, set_store_record, store_record};

use crate::wiring::SECRET_FILE;

const OPERATION: &str = "open the blob folder";

/// What is to be done about what no blob refers to, when it is kept.
pub(crate) const KEPT: &str = "bytes that no blob refers to are kept, as they may belong to a newer state of the database. If nothing is missing, stop the server and run `reeeductio repair DIR --leftovers`: docs/damage.md";

/// A blob folder, and the database in a data directory, that are used by this process alone.
#[derive(Debug)]
pub(crate) struct Binding {
    data: std::path::PathBuf,
    folder: BlobFolder,
    current: Mutex<Option<StoreMark>>,
    held: bool,
}

/// How a database and a blob folder fit together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Fit {
    /// The server they belong to, if they say so.
    id: Option<u128>,
    /// What the database does not know is kept: it may belong to a newer state of it.
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

fn fit_of(data: &Path, blobs: &Path) -> Result<(Fit, StoreRecord), BackendError> {
    let record = store_record(data)?;
    let found = mark_of(blobs)?;
    match fit(&record, found, has_objects(blobs)?) {
        Some(fit) => Ok((fit, record)),
        None => Err(foreign(data, blobs)),
    }
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

/// Refuses to make a database where there was one: blobs or a token secret are there. `blobs` need not exist.
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
    let secret = data.join(SECRET_FILE);
    let left = if mark_of(blobs)?.is_some() || has_objects(blobs)? {
        format!("blobs of a server are in {}", blobs.display())
    } else if secret.exists() {
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

/// Whether the database can be served beside the blobs, in words if there is something to say. Changes nothing, and a
/// server may be using them.
pub(crate) fn check(data: &Path, blobs: &Path) -> Result<Option<&'static str>, BackendError> {
    refuse_without_database(data, blobs)?;
    if !data.join(DATABASE).exists() {
        return Ok(None);
    }
    let record = reeeductio_backend_sqlite::look_at_store_record(data)?;
    let found = mark_of(blobs)?;
    match fit(&record, found, has_objects(blobs)?) {
        Some(fit) => Ok(fit.held.then_some(KEPT)),
        None => Err(foreign(data, blobs)),
    }
}

impl Binding {
    /// Takes the blob folder for the database in `data`, which is locked already, and marks both.
    pub(crate) fn take(data: &Path, blobs: &Path) -> Result<Self, BackendError> {
        let folder = BlobFolder::take(blobs)?;
        let (fit, record) = fit_of(data, blobs)?;
        let mut binding = Self {
            data: data.to_owned(),
            folder,
            current: Mutex::new(record.mark),
            held: fit.held,
        };
        // On a full disk the server starts nevertheless; the marks stay as they were.
        if let Err(error) = binding.mark(&fit) {
            tracing::warn!(%error, "the blob folder and the database are not marked");
        }
        if fit.held {
            tracing::warn!(folder = %blobs.display(), "{KEPT}");
        }
        Ok(binding)
    }

    /// The folder.
    pub(crate) fn directory(&self) -> &Path {
        self.folder.directory()
    }

    fn mark(&mut self, fit: &Fit) -> Result<(), BackendError> {
        let id = fit.id.map_or_else(StoreMark::random, Ok)?;
        let mark = self.write(id, fit.held)?;
        *self.current.get_mut() = Some(mark);
        Ok(())
    }

    /// First the database, then the folder: after a crash in between, the folder has the turn before.
    fn write(&self, id: u128, held: bool) -> Result<StoreMark, BackendError> {
        let mark = StoreMark::next(id)?;
        let record = StoreRecord {
            mark: Some(mark),
            previous: mark_of(self.directory())?.map(|found| found.turn),
            held,
        };
        set_store_record(&self.data, &record)?;
        self.folder.write(&mark)?;
        Ok(mark)
    }

    /// Whether what the database does not refer to may be removed. Gives both a new turn first, so that a copy of the
    /// database from before is told from it.
    pub(crate) fn may_sweep(&self) -> bool {
        if self.held {
            return false;
        }
        let mut current = self.current.lock();
        let checked = fit_of(&self.data, self.directory()).map(|(fit, record)| {
            let same = record.mark == *current && !fit.held;
            (same, fit.id)
        });
        let id = match checked {
            Ok((true, id)) => id,
            Ok((false, _)) => {
                tracing::warn!("the database or the blob folder was replaced: {KEPT}");
                return false;
            }
            Err(error) => {
                tracing::warn!(%error, "nothing is swept up");
                return false;
            }
        };
        let marked = id
            .map_or_else(StoreMark::random, Ok)
            .and_then(|id| self.write(id, false));
        match marked {
            Ok(mark) => *current = Some(mark),
            // The marks agree, and on a full disk a sweep is what helps.
            Err(error) => {
                tracing::warn!(%error, "the marks are not new");
                // The database's may be; the folder then has the turn before, which counts.
                if let Ok(record) = store_record(&self.data) {
                    *current = record.mark;
                }
            }
        }
        true
    }

    /// The operator says that nothing newer than the database is in the folder.
    pub(crate) fn release(&self) -> Result<(), BackendError> {
        let mut current = self.current.lock();
        let id = current.map_or_else(StoreMark::random, |mark| Ok(mark.id))?;
        *current = Some(self.write(id, false)?);
        Ok(())
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
