//! The mark of a blob folder: whose it is, and that a server is using it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use reeeductio_backend::{BackendError, ObjectName, StoreMark};

use crate::objects::location;

/// Name of the mark in the blob folder.
pub const MARK: &str = "reeeductio.store";

const OPERATION: &str = "open the blob folder";

/// A blob folder that no other server can use; the system releases it when the process ends.
#[derive(Debug)]
pub struct BlobFolder {
    directory: PathBuf,
    mark: File,
}

impl BlobFolder {
    /// Makes the folder if need be and locks it. Fails when another server has it.
    pub fn take(directory: &Path) -> Result<Self, BackendError> {
        let path = directory.join(MARK);
        let failed = |error: io::Error| {
            BackendError::unavailable(OPERATION, format!("{}: {error}", path.display()))
                .with_source(error)
        };
        make(directory).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mark = options.open(&path).map_err(failed)?;
        match mark.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(BackendError::unavailable(
                    OPERATION,
                    format!(
                        "the blobs in {} are in use by another server. Stop it or choose another folder (`blob_store.path`).",
                        directory.display()
                    ),
                ));
            }
            // A file system without locks: the mark alone keeps other servers out.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self {
            directory: directory.to_owned(),
            mark,
        })
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Writes the mark. It is always as long, so nothing else is ever there but for a moment.
    pub fn write(&self, mark: &StoreMark) -> Result<(), BackendError> {
        let text = format!("{mark}\n");
        let mut file = &self.mark;
        file.rewind()
            .and_then(|()| file.write_all(text.as_bytes()))
            .and_then(|()| file.set_len(text.len() as u64))
            .and_then(|()| file.sync_all())
            .map_err(|error| {
                let path = self.directory.join(MARK);
                BackendError::unavailable(
                    "mark the blob folder",
                    format!("{}: {error}", path.display()),
                )
                .with_source(error)
            })
    }
}

impl Drop for BlobFolder {
    fn drop(&mut self) {
        // Not by closing the file alone: a child process that is just being started has it open as well.
        let _released = self.mark.unlock();
    }
}

fn make(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// The mark of a folder; none if it has none that can be read.
pub fn mark_of(directory: &Path) -> Result<Option<StoreMark>, BackendError> {
    let path = directory.join(MARK);
    match fs::read(&path) {
        Ok(bytes) => Ok(std::str::from_utf8(&bytes).ok().and_then(StoreMark::parse)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BackendError::unavailable(
            "read the mark of the blob folder",
            format!("{}: {error}", path.display()),
        )
        .with_source(error)),
    }
}

/// Returns whether the folder holds a blob. Stops at the first one.
pub fn has_objects(directory: &Path) -> Result<bool, BackendError> {
    look(directory).map_err(|error| {
        BackendError::unavailable(
            "look for blobs",
            format!("{}: {error}", directory.display()),
        )
        .with_source(error)
    })
}

fn look(directory: &Path) -> io::Result<bool> {
    let shards = match fs::read_dir(directory) {
        Ok(shards) => shards,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    for shard in shards {
        let shard = shard?;
        // An object outside the folder its name belongs in is not ours: `list` skips it, too.
        let name = shard.file_name();
        if name.len() > 2 || !shard.file_type()?.is_dir() {
            continue;
        }
        for object in fs::read_dir(shard.path())? {
            let object = object?.file_name();
            let found = object
                .to_str()
                .and_then(ObjectName::parse)
                .is_some_and(|object| location(&object).prefix_matches(&shard_of(&name)));
            if found {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn shard_of(name: &std::ffi::OsStr) -> object_store::path::Path {
    object_store::path::Path::from(name.to_string_lossy().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once_and_keeps_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/blobs");
        let taken = BlobFolder::take(&path).unwrap();
        assert_eq!(mark_of(&path).unwrap(), None);
        let mark = StoreMark { id: 1, turn: 2 };
        taken.write(&mark).unwrap();
        let error = BlobFolder::take(&path).unwrap_err().to_string();
        assert!(error.contains("in use by another server"), "{error}");
        drop(taken);
        BlobFolder::take(&path).unwrap();
        assert_eq!(mark_of(&path).unwrap(), Some(mark));
    }

    #[test]
    fn only_what_may_be_a_blob_counts_as_one() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_objects(&folder.path().join("none")).unwrap());
        fs::create_dir(folder.path().join("lost+found")).unwrap();
        BlobFolder::take(folder.path()).unwrap();
        assert!(!has_objects(folder.path()).unwrap());
        let name = ObjectName::parse("Bleft.0000000000000001").unwrap();
        let place = folder.path().join(location(&name).as_ref());
        make(place.parent().unwrap()).unwrap();
        fs::write(place, b"x").unwrap();
        assert!(has_objects(folder.path()).unwrap());
    }
}
