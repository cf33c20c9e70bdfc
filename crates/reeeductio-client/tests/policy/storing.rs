//! The local store, and the next run.

use std::sync::Arc;

use reeeductio_client::MemoryStore;
use reeeductio_client::store::{Scan, Store as _};

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
