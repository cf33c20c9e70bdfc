//! Copying a data directory, also while a server writes to it.

use std::fs;
use std::io;
use std::path::Path;

use reeeductio_backend::BackendError;

use crate::wiring::Inspector;

/// Copies the data directory `from` to the new or empty directory `to`: first the database, at one point
/// in time, then every blob it speaks of. Deleting blobs meanwhile can leave some out; `verify` tells.
pub fn backup(from: &Path, to: &Path) -> Result<(), BackendError> {
    const OPERATION: &str = "back up";
    let failed = |path: &Path, error: io::Error| {
        BackendError::unavailable(OPERATION, format!("{}: {error}", path.display()))
    };
    fs::create_dir_all(to).map_err(|error| failed(to, error))?;
    let mut existing = fs::read_dir(to).map_err(|error| failed(to, error))?;
    if existing.next().is_some() {
        return Err(BackendError::unavailable(
            OPERATION,
            format!("{} is not empty. Name a new directory.", to.display()),
        ));
    }
    Inspector::backup(from, to)?;
    let secret = "token.secret";
    if from.join(secret).exists() {
        fs::copy(from.join(secret), to.join(secret)).map_err(|error| failed(to, error))?;
    }
    copy_blobs(&from.join("blobs"), &to.join("blobs")).map_err(|error| failed(to, error))
}

/// Blobs never change, so a hard link is a copy; where that cannot be, the bytes are copied.
fn copy_blobs(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    if !from.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_blobs(&source, &target)?;
            continue;
        }
        // An upload in progress.
        if entry.file_name().to_string_lossy().contains('#') {
            continue;
        }
        match fs::hard_link(&source, &target) {
            Ok(()) => {}
            // Deleted since it was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => {
                fs::copy(&source, &target)?;
                fs::File::open(&target)?.sync_all()?;
            }
        }
    }
    fs::File::open(to)?.sync_all()
}
