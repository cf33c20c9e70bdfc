//! The ports that the engine is built on.

use std::fmt;
use std::sync::Arc;

use reeeductio_backend::{Blobs, Clock, Records, Rng, Runtime};

/// The ports of an engine.
#[derive(Clone)]
pub struct Ports {
    /// Messages, state, data entries, blob records and tool uses.
    pub records: Arc<dyn Records>,
    /// Blob bytes.
    pub blobs: Arc<dyn Blobs>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Work that outlives the request that began it.
    pub runtime: Arc<dyn Runtime>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}
