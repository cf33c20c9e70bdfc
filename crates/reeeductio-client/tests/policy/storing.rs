//! The local store, and the next run.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use reeeductio_client::MemoryStore;
use reeeductio_client::store::{Change, Durability, Scan, Scanned, Store, StoreError};

use crate::lanes::copy;
use crate::rig::{Rig, bodies, history, keys, post, unread};

#[tokio::test]
async fn a_restart_goes_on_where_the_last_run_was() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let ada = {
        rig.admit(2, "editor").await;
        rig.kept(2, &store).await
    };
    post(&rig.owner, "one").await.unwrap();
    assert_eq!(bodies(&unread(&ada).await), ["one"]);
    post(&ada, "two").await.unwrap();
    drop(ada);
    for seed in 3..30 {
        rig.admit(seed, "viewer").await;
    }
    rig.owner.members().rotate().await.unwrap();
    post(&rig.owner, "three").await.unwrap();

    let again = rig.kept(2, &store).await;
    assert_eq!(bodies(&unread(&again).await), ["two", "three"]);
    assert_eq!(bodies(&history(&again).await), ["one", "two", "three"]);
    post(&again, "four").await.unwrap();
    assert_eq!(bodies(&unread(&again).await), ["four"]);
    let third = rig.kept(2, &store).await;
    assert!(unread(&third).await.is_empty());
}

#[tokio::test]
async fn the_store_holds_no_root_and_no_content() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let owner = rig.kept(1, &store).await;
    let secret = "a body that is not written down";
    post(&owner, secret).await.unwrap();
    unread(&owner).await;
    let draft = crate::rig::text(secret);
    owner
        .outbox()
        .add(&crate::rig::topic(), &draft)
        .await
        .unwrap();
    let all = Scan {
        from: vec![0],
        to: vec![0xff],
        limit: usize::MAX,
        bytes: usize::MAX,
        reverse: false,
    };
    let seed = keys(1).seed();
    for (_, value) in store.scan(all).await.unwrap().pairs {
        let holds = |wanted: &[u8]| value.windows(wanted.len()).any(|part| part == wanted);
        assert!(!holds(secret.as_bytes()));
        assert!(!holds(&seed[..]));
    }
}

#[tokio::test]
async fn a_store_of_another_member_gives_nothing_away_and_does_no_harm() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let owner = rig.kept(1, &store).await;
    post(&owner, "one").await.unwrap();
    rig.admit(2, "editor").await;
    let ada = rig.kept(2, &store).await;
    post(&ada, "two").await.unwrap();
    post(&owner, "three").await.unwrap();
    assert_eq!(bodies(&history(&rig.owner).await), ["one", "two", "three"]);
}

/// A store to which another process writes while it is read: before the first record of a kind is looked for.
#[derive(Debug)]
struct WrittenMeanwhile {
    store: Arc<MemoryStore>,
    kind: u8,
    newer: std::sync::Mutex<Option<Vec<Change>>>,
}

impl Store for WrittenMeanwhile {
    fn get(&self, keys: Vec<Vec<u8>>) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, StoreError>> {
        self.store.get(keys)
    }

    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Scanned, StoreError>> {
        let is_wanted = scan.from[0] == self.kind;
        let newer = is_wanted.then(|| self.newer.lock().unwrap().take());
        Box::pin(async move {
            if let Some(newer) = newer.flatten() {
                self.store.commit(newer, Durability::Process).await?;
            }
            self.store.scan(scan).await
        })
    }

    fn commit(
        &self,
        changes: Vec<Change>,
        durability: Durability,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.commit(changes, durability)
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.clear()
    }
}

#[tokio::test]
async fn a_process_that_starts_while_another_one_reads_on_refuses_nothing() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    // As a topic's newest message and its lanes are read, and as the state's messages and the topics are.
    for (kind, body) in [(18, "lanes"), (17, "state")] {
        let original = Arc::new(MemoryStore::default());
        let owner = rig.kept(1, &original).await;
        post(&ada, body).await.unwrap();
        unread(&owner).await;
        let older = Arc::new(copy(&original).await);
        rig.admit(kind, "viewer").await;
        post(&ada, "two").await.unwrap();
        post(&ada, "three").await.unwrap();
        unread(&owner).await;
        let all = Scan {
            from: vec![0],
            to: vec![0xff],
            limit: usize::MAX,
            bytes: usize::MAX,
            reverse: false,
        };
        let newer = original.scan(all).await.unwrap().pairs.into_iter();
        let newer = newer.map(|(key, value)| Change::Put { key, value });
        let store = WrittenMeanwhile {
            store: older,
            kind,
            newer: std::sync::Mutex::new(Some(newer.collect())),
        };
        let started = rig.open(1, rig.builder().store(Arc::new(store))).await;
        let started = started.unwrap();
        post(&ada, "four").await.unwrap();
        assert_eq!(bodies(&unread(&started).await), ["four"]);
    }
}
