//! A store in memory that can be full, and that measures its commits.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reeeductio_client::store::{Change, Durability, Scan, Scanned, Stored};
use reeeductio_client::{MemoryStore, Store, StoreError};

#[derive(Debug, Default)]
pub(crate) struct Watched {
    inner: MemoryStore,
    /// Whether commits fail.
    pub(crate) full: AtomicBool,
    /// Bytes of the values in the longest commit.
    pub(crate) longest: AtomicUsize,
}

impl Store for Watched {
    fn get(&self, keys: Vec<Vec<u8>>) -> Stored<'_, Vec<Option<Vec<u8>>>> {
        self.inner.get(keys)
    }

    fn scan(&self, scan: Scan) -> Stored<'_, Scanned> {
        self.inner.scan(scan)
    }

    fn commit(&self, changes: Vec<Change>, durability: Durability) -> Stored<'_, ()> {
        if self.full.load(Ordering::SeqCst) {
            let full = StoreError::Unavailable("disk full".to_owned());
            return Box::pin(async { Err(full) });
        }
        let bytes = changes.iter().map(size).sum();
        self.longest.fetch_max(bytes, Ordering::SeqCst);
        self.inner.commit(changes, durability)
    }

    fn clear(&self) -> Stored<'_, ()> {
        self.inner.clear()
    }
}

fn size(change: &Change) -> usize {
    match change {
        Change::Insert { value, with, .. } => {
            let with: usize = with.iter().map(|(_, value)| value.len()).sum();
            value.len() + with
        }
        Change::Put { value, .. } | Change::Raise { value, .. } => value.len(),
        Change::Delete { .. } => 0,
    }
}
