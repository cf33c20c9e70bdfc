//! Without a local store, a handle remembers what it has seen as long as it lives.

use std::sync::Arc;

use reeeductio_client::{ClientError, Content, Identity, Range, Space, VerifiedMessage};
use reeeductio_proto::Message;

use crate::history::{bodies, listing, serve, serve_pages_of, signed};
use crate::meddled::Meddled;
use crate::rig::{Rig, topic};

/// A space with five messages, and a handle without a store that has read them.
async fn rig_read_before() -> (Rig, Space, Arc<Meddled>, Vec<Message>) {
    let rig = Rig::start().await;
    let general = topic("general");
    for n in 0..5 {
        rig.owner
            .topic(&general)
            .post(Content::Plain(&[n]), "n")
            .await
            .unwrap();
    }
    let (space, network) = rig.meddled();
    let page = space.topic(&general).page(Range::first(10)).await.unwrap();
    let read = page.messages.into_iter().map(VerifiedMessage::into_message);
    (rig, space, network, read.collect())
}

fn code<T>(result: Result<T, ClientError>) -> String {
    let error = result.err().expect("it was believed");
    error.code_text().to_owned()
}

#[tokio::test]
async fn a_topic_that_ends_earlier_than_before_is_refused() {
    let (_rig, space, network, read) = rig_read_before().await;
    let general = topic("general");
    serve(&network, &bodies(&read[..3]));
    let first = space.topic(&general).page(Range::first(10)).await;
    assert_eq!(code(first), "verify.rolled_back");
    let last = space.topic(&general).page(Range::last(10)).await;
    assert_eq!(code(last), "verify.rolled_back");
    assert_eq!(
        code(space.topic(&general).newest().await),
        "verify.rolled_back"
    );
    assert_eq!(
        code(space.topic(&general).head().await),
        "verify.rolled_back"
    );
    assert_eq!(
        code(space.topic(&general).history().all().await),
        "verify.rolled_back"
    );
}

#[tokio::test]
async fn a_topic_that_is_empty_and_was_not_is_refused() {
    let (_rig, space, network, _) = rig_read_before().await;
    let general = topic("general");
    serve(&network, &[]);
    let page = space.topic(&general).page(Range::first(10)).await;
    assert_eq!(code(page), "verify.withheld");
    assert_eq!(
        code(space.topic(&general).newest().await),
        "verify.withheld"
    );
    assert_eq!(
        code(space.topic(&general).history().all().await),
        "verify.withheld"
    );
}

#[tokio::test]
async fn a_second_history_of_a_topic_is_refused() {
    let (rig, space, network, read) = rig_read_before().await;
    let general = topic("general");
    let owner = Identity::from_seed(&[1; 32]);
    let time = read[4].server_timestamp;
    let fork = signed(&rig, &owner, Some(&read[3]), time, b"another fourth");
    let after = signed(&rig, &owner, Some(&fork), time + 1, b"and what follows");
    let history = [&read[..4], &[fork, after]].concat();
    serve(&network, &bodies(&history));
    let page = space.topic(&general).page(Range::first(10)).await;
    assert_eq!(code(page), "verify.fork");
    // Also when only what lies behind the fork is looked at.
    assert_eq!(code(space.topic(&general).newest().await), "verify.fork");
    assert_eq!(
        code(space.topic(&general).history().all().await),
        "verify.fork"
    );
}

#[tokio::test]
async fn a_message_that_was_read_and_is_left_out_is_refused() {
    let (rig, space, network, read) = rig_read_before().await;
    let general = topic("general");
    rig.owner
        .topic(&general)
        .post(Content::Plain(&[5]), "n")
        .await
        .unwrap();
    let known = read[4].message_hash.to_string();
    listing(&network, move |all| {
        all.retain(|message| message.message_hash != known);
    });
    let since = Range::since(read[4].server_timestamp, 10);
    let page = space.topic(&general).page(since).await;
    assert_eq!(code(page), "verify.withheld");
}

#[tokio::test]
async fn an_own_post_must_stay() {
    let (_rig, space, network, read) = rig_read_before().await;
    let general = topic("general");
    space
        .topic(&general)
        .post(Content::Plain(b"mine"), "n")
        .await
        .unwrap();
    serve(&network, &bodies(&read));
    let page = space.topic(&general).page(Range::first(10)).await;
    assert_eq!(code(page), "verify.rolled_back");
}

#[tokio::test]
async fn a_second_history_without_ones_own_post_is_refused_also_if_only_its_end_is_looked_at() {
    let (rig, space, network, _) = rig_read_before().await;
    let general = topic("general");
    space
        .topic(&general)
        .post(Content::Plain(b"mine"), "n")
        .await
        .unwrap();
    rig.owner
        .topic(&general)
        .post(Content::Plain(b"unread"), "n")
        .await
        .unwrap();
    // Behind a message that this handle has not read.
    let lost = space
        .topic(&general)
        .post(Content::Plain(b"mine too"), "n")
        .await
        .unwrap();
    let page = rig
        .owner
        .topic(&general)
        .page(Range::first(7))
        .await
        .unwrap();
    let read = page.messages.into_iter().map(VerifiedMessage::into_message);
    let mut history: Vec<Message> = read.collect();
    let owner = Identity::from_seed(&[1; 32]);
    for n in 0..3 {
        let time = lost.timestamp + i64::from(n);
        history.push(signed(&rig, &owner, history.last(), time, &[n]));
    }
    serve(&network, &bodies(&history));
    let end = space.topic(&general).page(Range::last(1)).await;
    assert_eq!(code(end), "verify.fork");
}

#[tokio::test]
async fn a_second_history_of_the_same_times_is_refused_however_its_pages_are_cut() {
    let (rig, space, network, read) = rig_read_before().await;
    let owner = Identity::from_seed(&[1; 32]);
    let mut history = read[..1].to_vec();
    for known in &read[1..] {
        let time = known.server_timestamp;
        history.push(signed(&rig, &owner, history.last(), time, b"another"));
    }
    let time = read[4].server_timestamp + 1;
    history.push(signed(&rig, &owner, history.last(), time, b"and one more"));
    // The message that was named, and one that follows it.
    serve_pages_of(2, &network, &bodies(&history));
    let whole = space.topic(&topic("general")).history().all().await;
    assert_eq!(code(whole), "verify.fork");
}
