//! How old the state may be that messages are judged by.

use std::sync::Arc;

use reeeductio_client::{Frame, Identity, MemoryStore};
use reeeductio_proto::Operation;

use crate::history::{bodies, frame, serve, signed};
use crate::rig::{Rig, soon, topic};

/// Later than any reading of the state counts for.
const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn a_stream_that_withholds_a_removal_shows_nothing_dated_long_after_it() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Create, "topics/{any}")]).await;
    let (space, network) = rig.meddled();
    let mut live = space.live().await.unwrap();
    network.mute();
    let removed = rig.owner.members().remove(&user.member()).await.unwrap();
    let sender = Identity::from_seed(&[2; 32]);
    let message = signed(&rig, &sender, None, removed.timestamp + HOUR, b"x");
    network.push(frame(&message));
    loop {
        match soon(live.next_frame()).await.unwrap() {
            Some(Frame::Refused(refused)) => {
                assert_eq!(refused.reason.code(), "verify.unauthorized");
                return;
            }
            Some(Frame::Message(message)) => assert!(message.topic_id.is_state(), "believed"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_forged_message_at_the_end_of_a_list_is_not_held_against_the_honest_one() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (space, network) = rig.restarted(&store);
    let keys = Identity::from_seed(&[1; 32]);
    let a = signed(&rig, &keys, None, 1000, b"a");
    let b = signed(&rig, &keys, Some(&a), 2000, b"b");
    let other = signed(&rig, &keys, Some(&a), 2000, b"other");
    let mut wrong = bodies(&[a.clone(), b.clone()]);
    wrong[1].message_hash = other.message_hash.to_string();
    wrong[1].server_timestamp = 3000;
    serve(&network, &wrong);
    let mut reader = space.topic(&topic("general")).history();
    let page = reader.next_page().await.unwrap().unwrap();
    assert_eq!((page.messages.len(), page.refused.len()), (1, 1));
    assert!(reader.next_page().await.unwrap().is_none());

    let honest = bodies(&[a, b]);
    serve(&network, &honest);
    let page = reader.next_page().await.unwrap().unwrap();
    assert_eq!((page.messages.len(), page.refused.len()), (1, 0));
    // Also after a restart.
    let (space, network) = rig.restarted(&store);
    serve(&network, &honest);
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
}
