//! Servers of the first release gave several messages one time.

use reeeductio_client::Identity;

use crate::history::{bodies, frame, serve, signed};
use crate::rig::{Rig, soon, topic};

#[tokio::test]
async fn the_newest_of_two_messages_of_one_time_is_no_lie() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let keys = Identity::from_seed(&[1; 32]);
    let z = signed(&rig, &keys, None, 1000, b"z");
    let a = signed(&rig, &keys, Some(&z), 2000, b"a");
    let b = signed(&rig, &keys, Some(&a), 2000, b"b");
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
    let a = signed(&rig, &keys, None, 2000, b"a");
    let b = signed(&rig, &keys, Some(&a), 2000, b"b");
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
