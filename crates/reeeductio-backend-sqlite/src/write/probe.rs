//! Writing for the sake of it.

use reeeductio_backend::BackendError;

use super::Batch;
use crate::statements::Sql;

impl Batch<'_> {
    /// Changes a row that nobody reads, so that the transaction has something to put on disk.
    pub(crate) fn probe(&mut self) -> Result<usize, BackendError> {
        self.execute(Sql::PROBE, ())
    }
}
