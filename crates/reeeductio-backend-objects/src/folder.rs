//! A folder as an object store.

use std::fs;
use std::io;
use std::path::Path;

use object_store::local::LocalFileSystem;
use reeeductio_backend::BackendError;

const OPERATION: &str = "open the blob folder";

/// Opens `directory`, making it if need be, and removes what interrupted uploads left.
pub(crate) fn open(directory: &Path) -> Result<LocalFileSystem, BackendError> {
    let failed = |error: io::Error| {
        BackendError::unavailable(OPERATION, format!("{}: {error}", directory.display()))
            .with_source(error)
    };
    fs::create_dir_all(directory).map_err(failed)?;
    remove_staged(directory).map_err(failed)?;
    store(directory)
}

/// The folder as it is.
pub(crate) fn store(directory: &Path) -> Result<LocalFileSystem, BackendError> {
    LocalFileSystem::new_with_prefix(directory)
        .map(|store| store.with_fsync(true))
        .map_err(|error| BackendError::unavailable(OPERATION, error.to_string()).with_source(error))
}

/// Uploads are written beside their object under a name with a `#`, which no object has.
fn remove_staged(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_staged(&entry.path())?;
        } else if entry.file_name().to_string_lossy().contains('#') {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
