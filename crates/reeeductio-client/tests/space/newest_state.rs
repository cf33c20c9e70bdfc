//! The newest entry at a state path is the one the chain names, also on the first read of a process.

use std::sync::Arc;

use reeeductio_client::{ClientError, Content, MemoryStore, Space};

use crate::history::body;
use crate::meddled::Meddled;
use crate::rig::{Rig, path};

/// Sets the entry `a` twice and returns what the server answered in between.
async fn replaced_entry(rig: &Rig) -> Vec<u8> {
    let a = path("a");
    rig.owner
        .state()
        .set(&a, Content::Plain(b"old"))
        .await
        .unwrap();
    let old = rig.owner.state().entry(&a).await.unwrap();
    rig.owner
        .state()
        .set(&a, Content::Plain(b"new"))
        .await
        .unwrap();
    serde_json::to_vec(&body(&old)).unwrap()
}

/// Answers with `old` to questions for a state entry.
fn roll_back(network: &Meddled, old: Vec<u8>) {
    network.with(move |route, _, body| {
        if route.starts_with("state/") {
            body.clone_from(&old);
        }
    });
}

/// Answers that there is no such state entry.
fn withhold(network: &Meddled) {
    network.with(|route, status, _| {
        if route.starts_with("state/") {
            *status = 404;
        }
    });
}

/// The newest value, or an error that says what the server did.
fn is_not_deceived(read: Result<Vec<u8>, ClientError>) {
    match read {
        Ok(value) => assert_eq!(value.escape_ascii().to_string(), "new"),
        Err(error) => {
            let codes = ["verify.rolled_back", "verify.withheld"];
            assert!(codes.contains(&error.code_text()), "{error:?}");
        }
    }
}

/// A handle with a store that has seen the newest value.
async fn restarted(rig: &Rig) -> (Space, Arc<Meddled>) {
    let store = Arc::new(MemoryStore::default());
    let (space, _) = rig.restarted(&store);
    assert_eq!(space.state().value(&path("a")).await.unwrap(), b"new");
    rig.restarted(&store)
}

#[tokio::test]
async fn an_older_state_entry_is_not_believed_on_the_first_read() {
    let rig = Rig::start().await;
    let old = replaced_entry(&rig).await;
    let (space, network) = rig.meddled();
    roll_back(&network, old);
    is_not_deceived(space.state().value(&path("a")).await);
}

#[tokio::test]
async fn an_older_state_entry_is_not_believed_on_the_first_read_after_a_restart() {
    let rig = Rig::start().await;
    let old = replaced_entry(&rig).await;
    let (space, network) = restarted(&rig).await;
    roll_back(&network, old);
    is_not_deceived(space.state().value(&path("a")).await);
}

#[tokio::test]
async fn the_absence_of_a_state_entry_of_the_chain_is_not_believed_on_the_first_read() {
    let rig = Rig::start().await;
    replaced_entry(&rig).await;
    let (space, network) = rig.meddled();
    withhold(&network);
    is_not_deceived(space.state().value(&path("a")).await);
}

#[tokio::test]
async fn the_absence_of_a_state_entry_of_the_chain_is_not_believed_after_a_restart() {
    let rig = Rig::start().await;
    replaced_entry(&rig).await;
    let (space, network) = restarted(&rig).await;
    withhold(&network);
    is_not_deceived(space.state().value(&path("a")).await);
}
