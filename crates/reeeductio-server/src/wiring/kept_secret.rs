//! Secrets that the first start makes and the data directory keeps.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use reeeductio_backend::{Rng, SystemRng};

use crate::serve::StartError;

/// Bytes of a secret.
const LENGTH: usize = 32;

/// A secret in a file of the data directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeptSecret {
    pub(super) file: &'static str,
    /// Said of a file that is too short.
    pub(super) lost: &'static str,
}

impl KeptSecret {
    /// The secret; none before the first start.
    pub(super) fn read(&self, directory: &Path) -> Result<Option<Vec<u8>>, StartError> {
        let path = directory.join(self.file);
        match fs::read(&path) {
            Ok(secret) if secret.len() >= LENGTH => Ok(Some(secret)),
            Ok(_) => Err(StartError::Directory(format!(
                "{}: {}",
                path.display(),
                self.lost
            ))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StartError::Directory(format!(
                "{}: {error}",
                path.display()
            ))),
        }
    }

    /// The secret of the first start, so that what it signed outlives a restart.
    pub(super) fn keep(&self, directory: &Path) -> Result<Vec<u8>, StartError> {
        if let Some(secret) = self.read(directory)? {
            return Ok(secret);
        }
        let path = directory.join(self.file);
        let failed =
            |error: std::io::Error| StartError::Directory(format!("{}: {error}", path.display()));
        let mut secret = vec![0; LENGTH];
        SystemRng.fill(&mut secret)?;
        let staged = directory.join(format!("{}.new", self.file));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&staged).map_err(failed)?;
        file.write_all(&secret)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&staged, &path))
            .map_err(failed)?;
        Ok(secret)
    }
}
