//! Why an import ends early.

use std::io;
use std::path::{Path, PathBuf};

use reeeductio_backend::BackendError;

/// The import ended early. Everything taken over until then is in the target; another run goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file changed while it was copied.
    #[error("{} changed while it was read. Stop the server that uses it, then import again.", .0.display())]
    Busy(PathBuf),
    /// The directory is not one of the published server.
    #[error("{} is no data directory of the published server: it holds neither `spaces` nor `blobs`", .0.display())]
    NotADirectory(PathBuf),
    /// The target is in the source.
    #[error("{} is in the directory that is imported, which is only read. Name another data directory.", .0.display())]
    Inside(PathBuf),
    /// A file cannot be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The working copy cannot be used.
    #[error("the working copy in the target: {0}")]
    Scratch(#[from] rusqlite::Error),
    /// The target cannot be written.
    #[error(transparent)]
    Target(#[from] BackendError),
    /// The target did what only another writer could make it do.
    #[error(
        "topic {0} of the target changed meanwhile. Nothing else may write to it during an import."
    )]
    Contended(String),
}

impl ImportError {
    /// Names the file an error is about.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// Returns whether a database of the source is damaged; the others are imported all the same.
    pub(crate) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(
            self,
            Self::Scratch(rusqlite::Error::SqliteFailure(failure, _))
                if matches!(failure.code, DatabaseCorrupt | NotADatabase)
        )
    }
}
