//! SQLite sits the examination, and keeps what it has learnt when it is opened again.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use reeeductio_client::store::conformance::{self, message};
use reeeductio_client::store::{Batch, LocalStore};
use reeeductio_client::{Identity, Position, Range};
use reeeductio_proto::{DataPath, TopicId};
use reeeductio_store_sqlite::SqliteStore;
use tempfile::TempDir;

fn store() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("seen.db")).unwrap();
    (store, folder)
}

macro_rules! examine {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            let (store, _folder) = store();
            conformance::$name(&store).await;
        })*
    };
}

examine! {
    messages_are_kept_as_they_are
    ranges_follow_the_rules_of_a_server
    heads_and_signed_times_only_grow
    messages_are_deleted_by_topic_and_time
}

#[tokio::test]
async fn what_was_saved_is_there_when_the_file_is_opened_again() {
    let (store, folder) = store();
    let space = Identity::from_seed(&[1; 32]).space_id();
    let topic = TopicId::parse("general").unwrap();
    let path = DataPath::parse("a").unwrap();
    let first = message(1, "general", "k", 5, None);
    let batch = Batch {
        messages: vec![first.clone().into()],
        heads: vec![(
            reeeductio_proto::ChainId::shared(topic.clone()),
            Position::from(&first),
        )],
        signed_times: vec![(path.clone(), 7)],
    };
    store.save(&space, batch).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&folder.path().join("seen.db")).unwrap();
    let found = store.messages(&space, &topic, Range::first(10)).await;
    assert_eq!(found.unwrap(), std::slice::from_ref(&first));
    let head = store.head(&space, &topic).await.unwrap();
    assert_eq!(head, Some(Position::from(&first)));
    assert_eq!(store.signed_time(&space, &path).await.unwrap(), Some(7));
}

#[tokio::test]
async fn a_file_that_is_no_store_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seen.db");
    std::fs::write(&path, [7; 4096]).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(error.code(), "store.damaged");
}
