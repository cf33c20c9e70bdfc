//! The local store in a file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use reeeductio_client::StoreError;
use reeeductio_client::store::{Change, Durability, Scan, Scanned, Store, Stored, check};
use rusqlite::{Connection, TransactionBehavior};

use crate::failure::unavailable;
use crate::migrate::Migrated;
use crate::statement::CLEAR;
use crate::{apply, open};

/// A local store in a SQLite file. Clones share the file; several programs may, too.
///
/// [`Durability::Disk`] is a commit with `synchronous = FULL`, [`Durability::Process`] one with `NORMAL`.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Mutex<Open>>,
    migrated: Option<Migrated>,
}

struct Open {
    connection: Connection,
    /// Durability that the connection's `synchronous` is set for.
    durability: Durability,
}

impl SqliteStore {
    /// Opens the file at `path`, making it if it is not there. Its folder must be there. A file of an earlier
    /// release is migrated: see [`migrated`](Self::migrated).
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let (connection, migrated) = open::open(path)?;
        let open = Open {
            connection,
            durability: Durability::Process,
        };
        Ok(Self {
            shared: Arc::new(Mutex::new(open)),
            migrated,
        })
    }

    /// Returns what was taken over when the file was opened; `None` if it was not one of an earlier release.
    pub fn migrated(&self) -> Option<Migrated> {
        self.migrated
    }

    /// Runs `work` where waiting for a disk is allowed.
    fn run<'a, T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Open) -> Result<T, StoreError> + Send + 'static,
    ) -> Stored<'a, T> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            tokio::task::spawn_blocking(move || work(&mut shared.lock()))
                .await
                .map_err(|error| StoreError::Unavailable(error.to_string()))?
        })
    }
}

impl Open {
    /// Sets the durability; SQLite takes the setting between transactions only.
    fn set(&mut self, durability: Durability) -> rusqlite::Result<()> {
        if self.durability != durability {
            let level = match durability {
                Durability::Process => "NORMAL",
                Durability::Disk => "FULL",
            };
            self.connection.pragma_update(None, "synchronous", level)?;
            self.durability = durability;
        }
        Ok(())
    }

    fn commit(&mut self, changes: &[Change], durability: Durability) -> rusqlite::Result<()> {
        self.set(durability)?;
        // Immediate: a transaction that began by reading could not wait for another program's.
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        apply::apply(&transaction, changes)?;
        transaction.commit()
    }
}

impl Store for SqliteStore {
    fn get(&self, keys: Vec<Vec<u8>>) -> Stored<'_, Vec<Option<Vec<u8>>>> {
        self.run(move |open| {
            // One transaction: all values are from one moment.
            let transaction = open.connection.transaction().map_err(unavailable)?;
            apply::get(&transaction, &keys).map_err(unavailable)
        })
    }

    fn scan(&self, scan: Scan) -> Stored<'_, Scanned> {
        self.run(move |open| apply::scan(&open.connection, &scan).map_err(unavailable))
    }

    fn commit(&self, changes: Vec<Change>, durability: Durability) -> Stored<'_, ()> {
        self.run(move |open| {
            check(&changes)?;
            open.commit(&changes, durability).map_err(unavailable)
        })
    }

    fn clear(&self) -> Stored<'_, ()> {
        self.run(|open| open.connection.execute_batch(CLEAR).map_err(unavailable))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_commit_to_the_disk_is_synchronised_in_full() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("seen.db")).unwrap();
        let level = || -> i64 {
            let open = store.shared.lock();
            let level = open
                .connection
                .query_row("PRAGMA synchronous", [], |row| row.get(0));
            level.unwrap()
        };
        let (normal, full) = (1, 2);
        for (durability, expected) in [
            (Durability::Process, normal),
            (Durability::Disk, full),
            (Durability::Disk, full),
            (Durability::Process, normal),
        ] {
            store.commit(Vec::new(), durability).await.unwrap();
            assert_eq!(level(), expected);
        }
    }
}
