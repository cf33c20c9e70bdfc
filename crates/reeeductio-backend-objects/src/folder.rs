//! A folder as an object store.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use object_store::local::LocalFileSystem;
use reeeductio_backend::{BackendError, Discarded};

const OPERATION: &str = "open the blob folder";

/// Opens `directory`, making it if need be, and removes what interrupted uploads left.
pub(crate) fn open(directory: &Path) -> Result<LocalFileSystem, BackendError> {
    let failed = |error: io::Error| {
        BackendError::unavailable(OPERATION, format!("{}: {error}", directory.display()))
            .with_source(error)
    };
    fs::create_dir_all(directory).map_err(failed)?;
    discard_staged(directory, None)?;
    store(directory)
}

/// The folder as it is.
pub(crate) fn store(directory: &Path) -> Result<LocalFileSystem, BackendError> {
    if !directory.is_dir() {
        return Err(BackendError::unavailable(
            OPERATION,
            format!(
                "{} is no folder. If the blobs are elsewhere (`blob_store.path`), name their folder with --blobs DIR.",
                directory.display()
            ),
        ));
    }
    LocalFileSystem::new_with_prefix(directory)
        .map(|store| store.with_fsync(true))
        .map_err(|error| BackendError::unavailable(OPERATION, error.to_string()).with_source(error))
}

/// Removes uploads that were begun and not finished; with `before` (Unix milliseconds), only those that were
/// last written to earlier. They are beside their object under a name with a `#`, which no object has.
pub(crate) fn discard_staged(
    directory: &Path,
    before: Option<i64>,
) -> Result<Discarded, BackendError> {
    let mut discarded = Discarded::default();
    discard(directory, before, &mut discarded).map_err(|error| {
        BackendError::unavailable(
            "discard uploads",
            format!("{}: {error}", directory.display()),
        )
        .with_source(error)
    })?;
    Ok(discarded)
}

fn discard(directory: &Path, before: Option<i64>, discarded: &mut Discarded) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            discard(&entry.path(), before, discarded)?;
            continue;
        }
        if !entry.file_name().to_string_lossy().contains('#') {
            continue;
        }
        // An upload that ends just now takes its file away.
        let Some(metadata) = found(entry.metadata())? else {
            continue;
        };
        let old = before.is_none_or(|before| milliseconds(metadata.modified().ok()) < before);
        if old && found(fs::remove_file(entry.path()))?.is_some() {
            discarded.objects += 1;
            discarded.bytes += metadata.len();
        }
    }
    Ok(())
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Unix milliseconds; a file without a time counts as new.
fn milliseconds(time: Option<SystemTime>) -> i64 {
    time.and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(i64::MAX)
}
