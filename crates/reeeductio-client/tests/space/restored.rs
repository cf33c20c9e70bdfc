//! A server that was restored from a backup.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use reeeductio_client::store::Batch;
use reeeductio_client::{Content, Identity, MemoryStore, Range, Records, Space, Store};
use reeeductio_proto::{ChainId, StatePath};

use crate::history::signed;
use crate::rig::{Rig, data_path, owner, path, topic};
use crate::watched::Watched;

/// The owner's handle, which has seen what the server, made anew, has lost. The second is on the server as it is now.
async fn rig_restored() -> (Rig, Rig, Arc<MemoryStore>) {
    let before = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (space, _) = before.restarted(&store);
    for n in 0..3 {
        space
            .topic(&topic("general"))
            .post(Content::Plain(&[n]), "n")
            .await
            .unwrap();
    }
    space
        .state()
        .set(&path("a"), Content::Plain(b"lost"))
        .await
        .unwrap();
    space
        .data()
        .set(&data_path("d"), Content::Plain(b"lost"))
        .await
        .unwrap();
    space.state().value(&path("a")).await.unwrap();
    let after = Rig::start().await;
    (before, after, store)
}

async fn reads(space: &Space) -> Vec<String> {
    let mut codes = Vec::new();
    let mut note = |result: Result<(), reeeductio_client::ClientError>| {
        codes.extend(result.err().map(|error| error.code_text().to_owned()));
    };
    note(
        space
            .topic(&topic("general"))
            .history()
            .all()
            .await
            .map(drop),
    );
    note(
        space
            .topic(&topic("general"))
            .page(Range::last(10))
            .await
            .map(drop),
    );
    note(space.state().entry(&path("a")).await.map(drop));
    note(space.data().entry(&data_path("d")).await.map(drop));
    codes
}

#[tokio::test]
async fn after_a_restore_is_accepted_the_present_history_counts() {
    let (_before, after, store) = rig_restored().await;
    let other = owner(&after.server, 1);
    other
        .topic(&topic("general"))
        .post(Content::Plain(b"new"), "n")
        .await
        .unwrap();
    other
        .state()
        .set(&path("a"), Content::Plain(b"new"))
        .await
        .unwrap();
    let (space, _) = after.restarted(&store);
    let codes = reads(&space).await;
    assert!(
        codes
            .iter()
            .filter(|code| code.starts_with("verify."))
            .count()
            >= 3,
        "{codes:?}"
    );

    space.accept_restore().await.unwrap();
    assert_eq!(
        space
            .topic(&topic("general"))
            .history()
            .all()
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(space.state().value(&path("a")).await.unwrap(), b"new");
    space
        .topic(&topic("general"))
        .post(Content::Plain(b"and on"), "n")
        .await
        .unwrap();
    space
        .data()
        .set(&data_path("d"), Content::Plain(b"new"))
        .await
        .unwrap();
    // Also after a restart, and from now on a server that goes back is caught again.
    let (space, network) = after.restarted(&store);
    assert_eq!(
        space
            .topic(&topic("general"))
            .history()
            .all()
            .await
            .unwrap()
            .len(),
        2
    );
    crate::history::listing(&network, Vec::clear);
    let error = space
        .topic(&topic("general"))
        .history()
        .all()
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "verify.withheld");
}

#[tokio::test]
async fn what_the_restored_server_has_lost_stays_in_the_store() {
    let (_before, after, store) = rig_restored().await;
    let (space, _) = after.restarted(&store);
    space.accept_restore().await.unwrap();
    let records = Records::new(store, space.id());
    let chain = ChainId::shared(topic("general"));
    let all = records.all_messages();
    let lost = all.messages(&chain, Range::first(10)).await.unwrap();
    assert_eq!(lost.len(), 3);
    let verified = records.messages(&chain, Range::first(10)).await.unwrap();
    assert!(verified.is_empty());
    assert_eq!(records.head(&chain).await.unwrap(), None);
    assert!(records.snapshot().await.unwrap().is_none());
    let below: Option<&StatePath> = None;
    assert!(records.entries(below, None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_handle_without_a_store_accepts_a_restore_too() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    space
        .topic(&topic("general"))
        .post(Content::Plain(b"lost"), "n")
        .await
        .unwrap();
    crate::history::listing(&network, Vec::clear);
    let error = space.topic(&topic("general")).newest().await.unwrap_err();
    assert_eq!(error.code_text(), "verify.withheld");
    space.accept_restore().await.unwrap();
    assert!(
        space
            .topic(&topic("general"))
            .newest()
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn what_waits_in_the_outbox_is_sent_after_a_restore_was_accepted() {
    let (before, after, store) = rig_restored().await;
    let (space, _) = before.restarted(&store);
    space
        .outbox()
        .add(&topic("general"), "n", Content::Plain(b"waiting"))
        .await
        .unwrap();
    let other = owner(&after.server, 1);
    other
        .topic(&topic("general"))
        .post(Content::Plain(b"new"), "n")
        .await
        .unwrap();
    let (space, _) = after.restarted(&store);
    space.accept_restore().await.unwrap();
    assert_eq!(space.outbox().send().await.unwrap().len(), 1);
    let all = space
        .topic(&topic("general"))
        .history()
        .all()
        .await
        .unwrap();
    assert_eq!(all[1].bytes().unwrap(), b"waiting");
}

#[tokio::test]
async fn forgetting_what_was_seen_takes_the_memory_of_a_page_of_bytes() {
    let rig = Rig::start().await;
    let keys = Identity::from_seed(&[1; 32]);
    let store = Arc::new(Watched::default());
    let records = Records::new(Arc::clone(&store) as Arc<dyn Store>, rig.owner.id());
    let mut prev = None;
    for n in 0..500 {
        let message = signed(&rig, &keys, prev.as_ref(), 1000 + n, &vec![7; 75_000]);
        let batch = Batch {
            messages: vec![Arc::new(message.clone())],
            ..Batch::default()
        };
        records.save(batch).await.unwrap();
        prev = Some(message);
    }
    store.longest.store(0, Ordering::SeqCst);
    records.forget_seen().await.unwrap();
    let longest = store.longest.load(Ordering::SeqCst);
    assert!(longest <= 8 << 20, "{} MiB in one commit", longest >> 20);
}
