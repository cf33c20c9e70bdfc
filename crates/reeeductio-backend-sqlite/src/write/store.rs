//! The mark of the blob store, beside what else is written.

use reeeductio_backend::{BackendError, StoreRecord};

use super::Batch;
use crate::store;

impl Batch<'_> {
    /// Writes what the database knows of its blob store.
    pub(crate) fn set_store_record(&mut self, record: &StoreRecord) -> Result<(), BackendError> {
        self.writes += 1;
        store::write(self.database.connection(), record)
    }
}
