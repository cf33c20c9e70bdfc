//! Servers of the first release gave several messages one time.

use reeeductio_client::{Content, Identity, Place, PostOptions, Range};

use crate::history::{bodies, chain, frame, serve, signed};
use crate::rig::{Rig, soon, topic};

#[tokio::test]
async fn the_newest_of_two_messages_of_one_time_is_no_lie() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let keys = Identity::from_seed(&[1; 32]);
    let [z, a, b] = chain(&rig, &keys, [(1000, "z"), (2000, "a"), (2000, "b")]);
    serve(&network, &bodies(std::slice::from_ref(&z)));
    space.topic(&topic("general")).newest().await.unwrap();
    serve(&network, &bodies(&[z, a, b.clone()]));
    let newest = space.topic(&topic("general")).newest().await.unwrap();
    assert_eq!(newest.unwrap().message_hash, b.message_hash);
}

#[tokio::test]
async fn two_messages_of_one_time_come_over_a_stream() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let keys = Identity::from_seed(&[1; 32]);
    let [a, b] = chain(&rig, &keys, [(2000, "a"), (2000, "b")]);
    serve(&network, &bodies(&[a.clone(), b.clone()]));
    let mut live = space.live().await.unwrap();
    for message in [&a, &b] {
        network.push(frame(message));
    }
    for message in [&a, &b] {
        let came = soon(live.next()).await.unwrap().unwrap();
        assert_eq!(came.message_hash, message.message_hash);
    }
}

#[tokio::test]
async fn ones_own_post_of_the_time_of_anothers_is_no_fork() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let keys = Identity::from_seed(&[1; 32]);
    // A server of the first release: two members post to a new topic in one millisecond.
    let [a, b] = chain(&rig, &keys, [(2000, "a"), (2000, "b")]);
    let mut live = soon(space.live()).await.unwrap();
    let created = format!(
        r#"{{"message_hash": "{}", "server_timestamp": 2000}}"#,
        b.message_hash
    );
    network.with(move |route, status, body| {
        if route == "topics/general/messages" {
            (*status, *body) = (201, created.clone().into_bytes());
        }
    });
    let options = PostOptions {
        kind: "n",
        place: Place::After(Some(a.message_hash)),
    };
    let posted = space
        .topic(&topic("general"))
        .post(Content::Plain(b"b"), options)
        .await
        .unwrap();
    assert_eq!(posted.hash, b.message_hash);
    serve(&network, &bodies(&[a.clone(), b.clone()]));
    for message in [&a, &b] {
        network.push(frame(message));
    }
    for message in [&a, &b] {
        let came = soon(live.next()).await.unwrap().unwrap();
        assert_eq!(came.message_hash, message.message_hash);
    }
}

#[tokio::test]
async fn a_message_before_a_pushed_one_of_the_same_time_is_not_withheld() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let keys = Identity::from_seed(&[1; 32]);
    let [z, a, b] = chain(&rig, &keys, [(1000, "z"), (2000, "a"), (2000, "b")]);
    serve(&network, &bodies(std::slice::from_ref(&z)));
    space.topic(&topic("general")).newest().await.unwrap();
    // `a` was stored just before the stream was opened, `b` just after.
    serve(&network, &bodies(&[z, a, b.clone()]));
    let mut live = soon(space.live()).await.unwrap();
    network.push(frame(&b));
    let came = soon(live.next()).await.unwrap().unwrap();
    assert_eq!(came.message_hash, b.message_hash);
}

#[tokio::test]
async fn messages_to_be_believed_are_of_the_range_that_was_asked_for() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let (owner, stranger) = (Identity::from_seed(&[1; 32]), Identity::from_seed(&[8; 32]));
    // A server of the first release, which gave several messages one time.
    let [a, b, c] = chain(&rig, &owner, [(1000, "a"), (1999, "b"), (2000, "c")]);
    let d = signed(&rig, &stranger, Some(&c), 2000, b"d");
    serve(&network, &bodies(&[a, b, c, d]));
    let range = Range {
        from: Some(3000),
        to: Some(2000),
        limit: 1,
    };
    let (messages, _) = space
        .topic(&topic("general"))
        .believed(range)
        .await
        .unwrap();
    let times: Vec<i64> = messages
        .iter()
        .map(|message| message.server_timestamp)
        .collect();
    assert!(
        times.iter().all(|time| (2000..=3000).contains(time)),
        "{times:?}"
    );
}
