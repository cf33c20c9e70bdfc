//! SQLite passes the conformance suite, and keeps what it has saved when it is opened again.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::sync::Arc;

use reeeductio_client::Identity;
use reeeductio_client::store::{Batch, Records, conformance};
use reeeductio_store_sqlite::SqliteStore;
use tempfile::TempDir;

fn store() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("seen.db")).unwrap();
    (store, folder)
}

macro_rules! passes {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            let (store, _folder) = store();
            conformance::$name(&store).await;
        })*
    };
}

macro_rules! keeps {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            let (store, _folder) = store();
            conformance::records::$name(Arc::new(store)).await;
        })*
    };
}

passes! {
    values_are_read_back_by_their_keys
    ranges_are_in_the_order_of_bytes
    scans_stop_at_their_limits
    inserts_keep_what_is_there
    raises_keep_the_greater_value
    changes_follow_each_other
    a_commit_with_a_refused_change_changes_nothing
    inserts_at_once_do_not_mix
}

keeps! {
    messages_are_kept_as_they_are
    ranges_follow_the_rules_of_a_server
    messages_of_one_time_follow_their_links
    long_lists_are_whole
    heads_and_signed_times_only_grow
    messages_are_deleted_by_topic_and_time
    entries_are_listed_below_a_path
    the_last_snapshot_is_kept
    drafts_are_kept_in_order
    given_messages_are_apart
    credentials_are_kept_by_space
    what_was_never_saved_is_damage
}

fn records(store: &SqliteStore) -> Records {
    let space = Identity::from_seed(&[1; 32]).space_id();
    Records::new(Arc::new(store.clone()), space)
}

#[tokio::test]
async fn what_was_saved_is_there_when_the_file_is_opened_again() {
    let (store, folder) = store();
    let batch = Batch {
        drafts: vec![(1, b"draft".to_vec())],
        ..Batch::default()
    };
    records(&store).save(batch).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&folder.path().join("seen.db")).unwrap();
    assert_eq!(store.migrated(), None);
    let drafts = records(&store).drafts(None, 9).await.unwrap();
    assert_eq!(drafts, [(1, b"draft".to_vec())]);
}

#[tokio::test]
async fn two_programs_may_share_a_file() {
    let (store, folder) = store();
    let other = SqliteStore::open(&folder.path().join("seen.db")).unwrap();
    let (one, two) = (records(&store), records(&other));
    let mut added = Vec::new();
    for _ in 0..10 {
        let (first, second) = tokio::join!(one.add_draft(b"one"), two.add_draft(b"two"));
        added.extend([first.unwrap(), second.unwrap()]);
    }
    added.sort_unstable();
    assert_eq!(added, (0..20).collect::<Vec<u64>>());
    assert_eq!(one.drafts(None, 99).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_file_that_is_no_store_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seen.db");
    std::fs::write(&path, [7; 4096]).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(error.code(), "store.damaged");
}
