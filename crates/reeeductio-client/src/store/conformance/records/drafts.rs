//! The outbox.

use std::sync::Arc;

use super::records;
use crate::store::{Batch, Store};

/// Drafts come back in the order of their numbers, and a number that is taken keeps its draft.
pub async fn drafts_are_kept_in_order(store: Arc<dyn Store>) {
    let records = records(&store, 1);
    let save = async |drafts: &[(u64, &[u8])], sent: &[u64]| {
        let drafts = drafts.iter();
        let batch = Batch {
            drafts: drafts
                .map(|(number, bytes)| (*number, bytes.to_vec()))
                .collect(),
            sent: sent.to_vec(),
            ..Batch::default()
        };
        records.save(batch).await.unwrap();
    };
    save(&[(256, b"c"), (1, b"a"), (255, b"b")], &[]).await;
    save(&[(1, b"other"), (2, b"")], &[255, 7]).await;
    let numbers = async |after: Option<u64>, limit: usize| {
        let drafts = records.drafts(after, limit).await.unwrap();
        let numbers = drafts.into_iter().map(|(number, _)| number);
        numbers.collect::<Vec<u64>>()
    };
    assert_eq!(numbers(None, 9).await, [1, 2, 256]);
    assert_eq!(numbers(Some(1), 1).await, [2]);
    let first = records.drafts(None, 1).await.unwrap();
    assert_eq!(first, [(1, b"a".to_vec())]);
    assert_eq!(records.add_draft(b"new").await.unwrap(), 257);
    // A number is not used again.
    save(&[], &[256, 257]).await;
    let added =
        futures_util::future::join_all([b"x", b"y", b"z"].map(|bytes| records.add_draft(bytes)));
    let mut added: Vec<u64> = added.await.into_iter().map(Result::unwrap).collect();
    added.sort_unstable();
    assert_eq!(added, [258, 259, 260]);
}
