//! Messages as they are stored.

use reeeductio_client::{NewMember, TopicLive};

use crate::rig::{Rig, bodies, keys, post, soon, topic};

async fn next(live: &mut TopicLive) -> String {
    let item = soon(live.next()).await.unwrap().unwrap();
    bodies(&[item]).remove(0)
}

#[tokio::test]
async fn what_was_missed_comes_first_and_then_what_is_stored() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    post(&rig.owner, "before").await.unwrap();
    let mut live = ada.topic(&topic()).live().await.unwrap();
    assert_eq!(next(&mut live).await, "before");
    for body in ["one", "two"] {
        post(&rig.owner, body).await.unwrap();
        assert_eq!(next(&mut live).await, body);
    }
    post(&ada, "own").await.unwrap();
    assert_eq!(next(&mut live).await, "own");
}

#[tokio::test]
async fn messages_that_were_stored_while_the_connection_was_lost_come_too() {
    let rig = Rig::start().await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    let mut live = space.topic(&topic()).live().await.unwrap();
    post(&rig.owner, "one").await.unwrap();
    assert_eq!(next(&mut live).await, "one");
    network.drop_messages(1);
    post(&rig.owner, "unheard").await.unwrap();
    network.cut();
    post(&rig.owner, "after").await.unwrap();
    assert_eq!(next(&mut live).await, "unheard");
    assert_eq!(next(&mut live).await, "after");
}

#[tokio::test]
async fn a_message_is_not_lost_when_its_reader_is_cancelled() {
    let rig = Rig::start().await;
    let mut live = rig.owner.topic(&topic()).live().await.unwrap();
    for n in 0..20 {
        post(&rig.owner, &n.to_string()).await.unwrap();
        // Polled once, and dropped in the middle of whatever it does.
        tokio::select! {
            biased;
            item = live.next() => panic!("{item:?}"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(next(&mut live).await, n.to_string());
    }
}

#[tokio::test]
async fn messages_whose_key_was_missing_come_when_it_is_there() {
    let rig = Rig::start().await;
    let new = NewMember {
        user: keys(2).user_id(),
        role: "editor".to_owned(),
        key: None,
    };
    rig.owner.members().admit(&new).await.unwrap();
    post(&rig.owner, "early").await.unwrap();
    let ada = rig.open(2, rig.builder()).await.unwrap();
    ada.members().publish_key().await.unwrap();
    let mut live = ada.topic(&topic()).live().await.unwrap();
    assert_eq!(next(&mut live).await, "[KeyMissing { epoch: 0 }]");
    rig.owner.members().give_key(ada.member()).await.unwrap();
    assert_eq!(next(&mut live).await, "early");
}
