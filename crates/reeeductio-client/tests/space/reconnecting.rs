//! Streams outlive their connections.

use std::time::Duration;

use reeeductio_client::transport::TransportError;
use reeeductio_client::{Content, LiveMessages, LiveOptions, Position, Space};
use reeeductio_proto::{ErrorCode, Operation};
use reeeductio_testkit::TestServer;

use crate::rig::{Rig, path, topic};

/// Pauses that no test waits for.
fn swift() -> LiveOptions {
    LiveOptions {
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(4),
        ..LiveOptions::default()
    }
}

async fn post(space: &Space, name: &str, n: u8) {
    space
        .topic(&topic(name))
        .post(Content::Plain(&[n]), "n")
        .await
        .unwrap();
}

/// Topics and contents of the next messages.
async fn next(live: &mut LiveMessages, count: usize) -> Vec<(String, u8)> {
    let mut found = Vec::new();
    for _ in 0..count {
        let message = live.next().await.expect("the stream ended").unwrap();
        found.push((message.topic_id.to_string(), message.bytes().unwrap()[0]));
    }
    found
}

/// Those of one topic.
fn of(found: &[(String, u8)], name: &str) -> Vec<u8> {
    let wanted = found.iter().filter(|(topic, _)| topic == name);
    wanted.map(|(_, n)| *n).collect()
}

#[tokio::test]
async fn what_was_missed_comes_in_order_and_once() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let mut live = space.live_with(swift()).await.unwrap();
    post(&rig.owner, "one", 0).await;
    post(&rig.owner, "two", 0).await;
    assert_eq!(next(&mut live, 2).await.len(), 2);
    for round in 0..3 {
        // On its way when the connection breaks, and while there is none.
        network.cut();
        for n in 1..=3 {
            post(&rig.owner, "one", round * 10 + n).await;
            post(&rig.owner, "two", round * 10 + n).await;
        }
        rig.owner
            .state()
            .set(&path("a"), Content::Plain(&[round]))
            .await
            .unwrap();
        let mut found = next(&mut live, 7).await;
        // And then as it is stored again.
        post(&rig.owner, "one", round * 10 + 4).await;
        found.extend(next(&mut live, 1).await);
        let expected = |last: u8| (1..=last).map(|n| round * 10 + n).collect::<Vec<u8>>();
        assert_eq!(of(&found, "one"), expected(4));
        assert_eq!(of(&found, "two"), expected(3));
        assert_eq!(of(&found, "state"), [round]);
    }
    drop(live);
}

#[tokio::test]
async fn a_followed_topic_comes_from_where_it_was_read_to() {
    let rig = Rig::start().await;
    for n in 0..3 {
        post(&rig.owner, "old", n).await;
        post(&rig.owner, "whole", n).await;
        post(&rig.owner, "neither", n).await;
    }
    let read = rig
        .owner
        .topic(&topic("old"))
        .history()
        .all()
        .await
        .unwrap();
    let (space, network) = rig.meddled();
    let options = LiveOptions {
        follow: vec![
            (topic("old"), Some(Position::from(&*read[0]))),
            (topic("whole"), None),
            (topic("empty"), None),
        ],
        ..swift()
    };
    let mut live = space.live_with(options).await.unwrap();
    let found = next(&mut live, 5).await;
    assert_eq!(of(&found, "old"), [1, 2]);
    assert_eq!(of(&found, "whole"), [0, 1, 2]);
    network.cut();
    post(&rig.owner, "empty", 7).await;
    assert_eq!(next(&mut live, 1).await, [("empty".to_owned(), 7)]);
}

#[tokio::test]
async fn troubles_that_pass_are_waited_out() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let mut live = space.live_with(swift()).await.unwrap();
    post(&rig.owner, "one", 0).await;
    assert_eq!(of(&next(&mut live, 1).await, "one"), [0]);
    network.requests();
    network.cut();
    network.unreachable(vec![
        TransportError::Handshake(503),
        TransportError::Timeout,
        TransportError::Failed("reset".to_owned()),
        TransportError::Connect("refused".to_owned()),
        // A token that the server no longer takes is replaced.
        TransportError::Handshake(403),
    ]);
    post(&rig.owner, "one", 1).await;
    assert_eq!(of(&next(&mut live, 1).await, "one"), [1]);
    let requests = network.requests();
    let connects = requests.iter().filter(|line| *line == "Connect").count();
    assert_eq!(connects, 6);
    let logins = requests.iter().filter(|line| *line == "Post auth/verify");
    assert_eq!(logins.count(), 1);
}

/// As in a browser, which does not say why.
#[tokio::test]
async fn a_stream_that_was_not_opened_signs_in_again() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let mut live = space.live_with(swift()).await.unwrap();
    post(&rig.owner, "one", 0).await;
    assert_eq!(of(&next(&mut live, 1).await, "one"), [0]);
    network.requests();
    network.cut();
    network.unreachable(vec![TransportError::Handshake(0)]);
    post(&rig.owner, "one", 1).await;
    assert_eq!(of(&next(&mut live, 1).await, "one"), [1]);
    let requests = network.requests();
    assert!(requests.contains(&"Post auth/verify".to_owned()));
}

#[tokio::test]
async fn a_refusal_that_stays_ends_the_stream() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Read, "topics/{any}")]).await;
    let mut live = user.live_with(swift()).await.unwrap();
    rig.owner.members().remove(&user.member()).await.unwrap();
    let refused = live.next().await.unwrap().unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));
    assert!(live.next().await.is_none());
    assert!(live.next().await.is_none());
}

#[tokio::test]
async fn a_connection_that_has_fallen_silent_is_made_again() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let options = LiveOptions {
        silence: Duration::from_millis(50),
        ..swift()
    };
    let mut live = space.live_with(options).await.unwrap();
    post(&rig.owner, "one", 0).await;
    assert_eq!(next(&mut live, 1).await, [("one".to_owned(), 0)]);
    network.mute();
    post(&rig.owner, "one", 1).await;
    assert_eq!(next(&mut live, 1).await, [("one".to_owned(), 1)]);
}

#[tokio::test]
async fn cancelling_loses_nothing() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let mut live = space.live_with(swift()).await.unwrap();
    for n in 0..6 {
        if n == 3 {
            network.cut();
        }
        post(&rig.owner, "one", n).await;
        // Polled once, and dropped wherever it was.
        let cancelled = tokio::time::timeout(Duration::ZERO, live.next()).await;
        if let Ok(message) = cancelled {
            assert_eq!(message.unwrap().unwrap().bytes().unwrap(), [n]);
        } else {
            assert_eq!(next(&mut live, 1).await, [("one".to_owned(), n)]);
        }
    }
}

#[tokio::test]
async fn a_stream_outlives_a_restart_of_the_server() {
    let rig = Rig::start().await;
    let mut live = rig.owner.live_with(swift()).await.unwrap();
    post(&rig.owner, "one", 0).await;
    assert_eq!(next(&mut live, 1).await, [("one".to_owned(), 0)]);
    let port = rig
        .server
        .url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let Rig { server, owner } = rig;
    let folder = server.stop().await;
    let _server = TestServer::start_with(|config| {
        config.server.port = port;
        config.data_dir = folder.path().to_owned();
    })
    .await;
    post(&owner, "one", 1).await;
    assert_eq!(next(&mut live, 1).await, [("one".to_owned(), 1)]);
}
