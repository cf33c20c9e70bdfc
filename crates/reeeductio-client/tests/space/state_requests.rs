//! How often the state is asked for.

use reeeductio_client::{Content, Range, Space};
use reeeductio_proto::Operation;

use crate::rig::{Rig, topic};

/// Reads a topic in three pages.
async fn read(space: &Space) -> Vec<u8> {
    let (mut from, mut found, mut pages) = (1, Vec::new(), 0);
    loop {
        let range = Range::since(from, 2);
        let page = space.topic(&topic("general")).page(range).await.unwrap();
        for message in &page.messages {
            found.extend(message.bytes().unwrap());
            from = message.server_timestamp + 1;
        }
        pages += 1;
        if !page.has_more {
            assert_eq!(pages, 3);
            return found;
        }
    }
}

#[tokio::test]
async fn pages_that_were_read_before_do_not_ask_for_the_state_each() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Create, "topics/{any}")]).await;
    for n in 0..6 {
        let posted = user
            .topic(&topic("general"))
            .post(Content::Plain(&[n]), "n")
            .await;
        posted.unwrap();
    }
    let (space, network) = rig.meddled();
    assert_eq!(read(&space).await, [0, 1, 2, 3, 4, 5]);
    network.requests();
    assert_eq!(read(&space).await, [0, 1, 2, 3, 4, 5]);
    let requests = network.requests();
    let state = |line: &&String| line.contains("state");
    let state = requests.iter().filter(state).count();
    assert!(state <= 1, "the state was asked for {state} times");
}
