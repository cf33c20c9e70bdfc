//! The local store, and the next run.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use reeeductio_client::store::{Change, Durability, Scan, Scanned, StoreError};
use reeeductio_client::transport::TransportError;
use reeeductio_client::{MemoryStore, PolicySpace, Store};

use crate::epochs::begin_epoch;
use crate::lanes::copy;
use crate::meddled::Meddled;
use crate::rig::{Rig, bodies, history, keys, post, soon, unread};

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

/// A handle for the member of a seed that remembers in `store`, over a network that can be meddled with.
async fn kept(rig: &Rig, seed: u8, store: &Arc<MemoryStore>) -> (PolicySpace, Arc<Meddled>) {
    let (builder, network) = rig.meddled();
    let store = Arc::clone(store) as Arc<dyn Store>;
    (rig.open(seed, builder.store(store)).await.unwrap(), network)
}

/// Lets no root of an epoch come.
fn hold_roots(network: &Meddled) {
    network.on_answer(|line| async move {
        if line.starts_with("Get blobs/") || line.starts_with("Get topics/state/messages/") {
            return Err(TransportError::Timeout);
        }
        Ok(())
    });
}

#[tokio::test]
async fn the_root_of_an_epoch_that_is_newer_than_the_kept_state_is_not_asked_for_again() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let owner = rig.kept(1, &store).await;
    post(&owner, "first").await.unwrap();
    owner.members().rotate().await.unwrap();
    post(&owner, "second").await.unwrap();
    drop(owner);

    let (again, network) = kept(&rig, 1, &store).await;
    hold_roots(&network);
    assert_eq!(bodies(&unread(&again).await), ["first", "second"]);
    post(&again, "third").await.unwrap();
}

#[tokio::test]
async fn a_checkpoint_that_a_message_names_is_not_forgotten() {
    let rig = Rig::start().await;
    rig.admit(2, "editor").await;
    let store = Arc::new(MemoryStore::default());
    let (ada, network) = kept(&rig, 2, &store).await;
    post(&rig.owner, "one").await.unwrap();
    let old = soon(rig.owner.log().checkpoint()).await.unwrap();
    let old = old.note().to_owned();
    post(&rig.owner, "two").await.unwrap();
    // The page is proven, and not kept: its key does not come.
    hold_roots(&network);
    soon(ada.topic(&crate::rig::topic()).unread())
        .await
        .unwrap_err();
    network.on_answer(|_| async { Ok(()) });
    post(&ada, "three").await.unwrap();
    drop(ada);

    // A server that shows less than ada told the others that she has seen has gone back.
    let (again, network) = kept(&rig, 2, &store).await;
    network.with(move |route, _, body| {
        if route == "checkpoint" {
            let answer = serde_json::json!({"checkpoint": old});
            *body = answer.to_string().into_bytes();
        }
    });
    let error = soon(again.log().checkpoint()).await.unwrap_err();
    assert_eq!(error.code_text(), "verify.rolled_back");
}

#[tokio::test]
async fn an_epoch_that_does_not_carry_the_one_before_does_not_close_the_store() {
    let rig = Rig::start().await;
    // Its entry holds something else than the root before it.
    begin_epoch(&rig, 1, |new| new.entry.previous.as_mut().unwrap()[0] ^= 1).await;
    let store = Arc::new(MemoryStore::default());
    let owner = rig.kept(1, &store).await;
    post(&owner, "goes on").await.unwrap();
    drop(owner);
    let again = rig.kept(1, &store).await;
    post(&again, "after a restart").await.unwrap();
    assert_eq!(
        bodies(&unread(&again).await),
        ["goes on", "after a restart"]
    );
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
