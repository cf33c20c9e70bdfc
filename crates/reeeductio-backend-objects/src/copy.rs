//! Copying objects into another folder.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use reeeductio_backend::{BackendError, CopyObjects, ObjectName};

use crate::objects::{Objects, location};

const OPERATION: &str = "copy a blob";

impl CopyObjects for Objects {
    fn copy_object(
        &self,
        name: &ObjectName,
        to: &Path,
        link: bool,
    ) -> Result<Option<u64>, BackendError> {
        let Some(folder) = self.as_folder() else {
            return Err(BackendError::unavailable(
                OPERATION,
                "only blobs in a folder can be copied",
            ));
        };
        let place = location(name);
        let (source, target) = (folder.join(place.as_ref()), to.join(place.as_ref()));
        copy(&source, &target, link).map_err(|error| {
            BackendError::unavailable(OPERATION, format!("{}: {error}", source.display()))
                .with_source(error)
        })
    }
}

fn copy(source: &Path, target: &Path, link: bool) -> io::Result<Option<u64>> {
    let size = match fs::metadata(source) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if let Some(shard) = target.parent() {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(shard)?;
    }
    if link {
        match fs::hard_link(source, target) {
            Ok(()) => return Ok(Some(size)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            // Another file system, or one without links.
            Err(_) => {}
        }
    }
    let mut from = match File::open(source) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut to = options.open(target)?;
    // The system copies by itself, and shares the blocks where the file system can.
    let copied = io::copy(&mut from, &mut to)?;
    to.sync_all()?;
    Ok(Some(copied))
}
