//! Topics that begin while a stream has no connection.

use std::time::Duration;

use reeeductio_client::{LiveMessages, LiveOptions};

use crate::rig::{Rig, soon, topic};

async fn next(live: &mut LiveMessages) -> (String, Vec<u8>) {
    let message = soon(live.next()).await.unwrap().expect("the stream ended");
    (message.topic_id.to_string(), message.bytes().unwrap())
}

#[tokio::test]
async fn the_only_message_of_a_topic_that_began_without_a_connection_is_delivered() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let options = LiveOptions {
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(4),
        ..LiveOptions::default()
    };
    let mut live = space.live_with(options).await.unwrap();
    let post = async |name: &str, data: &[u8]| {
        let posted = rig.owner.post_message(&topic(name), "n", data).await;
        posted.unwrap();
    };
    post("known", b"before").await;
    let expected = ("known".to_owned(), b"before".to_vec());
    assert_eq!(next(&mut live).await, expected);
    network.cut();
    post("new", b"during").await;
    assert_eq!(
        next(&mut live).await,
        ("new".to_owned(), b"during".to_vec())
    );
    post("known", b"after").await;
    let expected = ("known".to_owned(), b"after".to_vec());
    assert_eq!(next(&mut live).await, expected);
}
