//! A data directory without a server.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use reeeductio_backend::{Blobs, Records};

use crate::serve::StartError;
use crate::wiring;
use crate::wiring::binding::Binding;

/// The storage ports on a data directory, for programs that write to it while no server runs.
pub struct Storage {
    /// Everything but blob bytes.
    pub records: Arc<dyn Records>,
    /// Blob bytes.
    pub blobs: Arc<dyn Blobs>,
    pub(crate) _binding: Binding,
}

impl Storage {
    /// Opens the data directory and makes it if it is missing. Fails while a server uses it.
    pub fn open(directory: &Path) -> Result<Self, StartError> {
        wiring::storage(directory)
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage").finish_non_exhaustive()
    }
}
