//! Topics that are followed from the local store on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reeeductio_client::transport::TransportError;
use reeeductio_client::{Content, MemoryStore, Space, Status, VerifiedMessage, Watch};

use crate::meddled::Meddled;
use crate::rig::{Rig, path, soon, topic};

async fn post(space: &Space, numbers: impl IntoIterator<Item = u8>) {
    let general = space.topic(&topic("general"));
    for number in numbers {
        general.post(Content::Sealed(&[number]), "n").await.unwrap();
    }
}

async fn next(space: &Space, watch: &mut Watch<VerifiedMessage>, count: usize) -> Vec<u8> {
    let mut found = Vec::new();
    for _ in 0..count {
        let message = soon(watch.next()).await.expect("it ended").unwrap();
        found.extend(space.open_message(&message).unwrap());
    }
    found
}

/// Lets no request through until the switch is on.
fn switched(network: &Meddled) -> Arc<AtomicBool> {
    let on = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&on);
    network.on_request(move |_| {
        let on = switch.load(Ordering::SeqCst);
        async move {
            if on {
                return Ok(());
            }
            Err(TransportError::Connect("off".to_owned()))
        }
    });
    on
}

#[tokio::test]
async fn messages_that_are_kept_come_without_the_server_and_the_rest_once_it_is_there() {
    let rig = Rig::start().await;
    let store = Arc::<MemoryStore>::default();
    let (before, _) = rig.restarted(&store);
    post(&before, 1..=3).await;
    drop(before);
    post(&rig.owner, 4..=5).await;

    let (space, network) = rig.restarted(&store);
    let on = switched(&network);
    let mut watch = space.topic(&topic("general")).follow(None);
    assert_eq!(next(&space, &mut watch, 3).await, [1, 2, 3]);
    assert_eq!(network.requests().len(), 0);
    on.store(true, Ordering::SeqCst);
    assert_eq!(next(&space, &mut watch, 2).await, [4, 5]);
    post(&rig.owner, [6]).await;
    assert_eq!(next(&space, &mut watch, 1).await, [6]);

    let seen = space
        .topic(&topic("general"))
        .stored(range())
        .await
        .unwrap();
    let mut rest = space
        .topic(&topic("general"))
        .follow(Some(seen[1].position()));
    assert_eq!(next(&space, &mut rest, 4).await, [3, 4, 5, 6]);
}

#[tokio::test]
async fn a_store_that_has_the_newest_messages_only_hides_no_earlier_one() {
    let rig = Rig::start().await;
    post(&rig.owner, 1..=4).await;
    let (space, _) = rig.restarted(&Arc::default());
    assert_eq!(
        space.topic(&topic("general")).last(2).await.unwrap().len(),
        2
    );
    let mut watch = space.topic(&topic("general")).follow(None);
    assert_eq!(next(&space, &mut watch, 4).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn the_state_is_not_followed_from_the_store_which_has_changes_without_authority() {
    let rig = Rig::start().await;
    let store = Arc::<MemoryStore>::default();
    let (before, _) = rig.restarted(&store);
    let state = before.state();
    state.set(&path("a"), Content::Plain(b"1")).await.unwrap();
    before.state().entry(&path("a")).await.unwrap();
    let (space, network) = rig.restarted(&store);
    let mut watch = space.topic(&topic("state")).follow(None);
    let first = soon(watch.next()).await.unwrap().unwrap();
    assert_eq!(first.kind, "a");
    assert!(!network.requests().is_empty());
}

fn range() -> reeeductio_client::Range {
    reeeductio_client::Range::since(0, 10)
}

#[tokio::test]
async fn the_status_is_not_idle_while_a_followed_topic_waits_for_its_server() {
    let rig = Rig::start().await;
    let (space, network) = rig.restarted(&Arc::default());
    let status = space.status();
    // The status at each attempt, all of which fail.
    let (attempt, mut attempts) = tokio::sync::mpsc::unbounded_channel();
    network.on_request(move |_| {
        attempt.send(*status.borrow()).unwrap();
        async { Err(TransportError::Connect("off".to_owned())) }
    });
    let mut watch = space.topic(&topic("general")).follow(None);
    assert_eq!(*space.status().borrow(), Status::Idle);
    let mut seen = Vec::new();
    let three = async {
        while seen.len() < 3 {
            seen.extend(attempts.recv().await);
        }
    };
    tokio::select! {
        item = watch.next() => panic!("{item:?}"),
        () = three => {}
    }
    assert_eq!(seen[1..], [Status::Connecting; 2]);
    drop(watch);
    assert_eq!(*space.status().borrow(), Status::Idle);
}
