//! The format of a store's records, so that a later one can be told.

use super::key::Key;
use super::value;
use crate::store::{Change, Store, StoreError};

/// Version of the layout in `spec/local-store.md`.
pub const FORMAT: u32 = 1;

/// Refuses a store of another format. An empty one has none.
pub(super) async fn check(store: &dyn Store) -> Result<(), StoreError> {
    let key = Key::format();
    let found = store.get(vec![key.bytes().to_vec()]).await?;
    let Some(value) = found.into_iter().next().flatten() else {
        return Ok(());
    };
    match value::read_format(key.bytes(), &value)? {
        FORMAT => Ok(()),
        other => Err(StoreError::Unavailable(format!(
            "its format is {other}, and this release knows {FORMAT} only; use a newer release"
        ))),
    }
}

/// The change that writes the format of a store, unless one is there.
pub fn format_record() -> Change {
    record(FORMAT)
}

fn record(version: u32) -> Change {
    let key = Key::format();
    Change::Insert {
        value: value::format(key.bytes(), version),
        key: key.into_bytes(),
        with: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::{Batch, Durability, MemoryStore, Records};

    #[tokio::test]
    async fn a_store_of_a_later_format_is_left_alone() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let later = vec![record(FORMAT + 1)];
        store.commit(later, Durability::Process).await.unwrap();
        let space = reeeductio_core::Identity::from_seed(&[1; 32]).space_id();
        let records = Records::new(Arc::clone(&store), space);
        let batch = Batch {
            drafts: vec![(1, Vec::new())],
            ..Batch::default()
        };
        let errors = [
            records.save(batch).await.unwrap_err(),
            records.count().await.unwrap_err(),
            records.snapshot().await.unwrap_err(),
            records.all_messages().count().await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.code(), "store.unavailable");
            assert!(error.to_string().contains("use a newer release"), "{error}");
        }
    }
}
