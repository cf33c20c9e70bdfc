//! Posts whose answers do not come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reeeductio_client::transport::TransportError;
use reeeductio_client::{ClientError, Content, Position, Space};

use crate::meddled::Meddled;
use crate::rig::{Rig, soon, topic};

const POST: &str = "Post topics/general/messages";

fn lost() -> TransportError {
    TransportError::Failed("reset".to_owned())
}

/// A space with a message, and a handle that has posted one.
async fn rig() -> (Rig, Space, Arc<Meddled>) {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    post(&space, b"before").await.unwrap();
    (rig, space, network)
}

async fn post(space: &Space, data: &[u8]) -> Result<Position, ClientError> {
    soon(
        space
            .topic(&topic("general"))
            .post(Content::Plain(data), "n"),
    )
    .await
}

/// True the first time that it is asked about a post.
fn first_post() -> impl Fn(&str) -> bool + Send + Sync + 'static {
    let posts = AtomicUsize::new(0);
    move |line| line == POST && posts.fetch_add(1, Ordering::SeqCst) == 0
}

/// The topic holds these messages, and the post says where its own is.
async fn holds(rig: &Rig, posted: Position, expected: &[&[u8]]) {
    let all = rig
        .owner
        .topic(&topic("general"))
        .history()
        .all()
        .await
        .unwrap();
    let contents: Vec<Vec<u8>> = all.iter().map(|one| one.bytes().unwrap()).collect();
    assert_eq!(contents, expected);
    let own = all.iter().find(|one| one.bytes().unwrap() == b"mine");
    let own = own.unwrap();
    assert_eq!(posted.hash, own.message_hash);
    assert_eq!(posted.timestamp, own.server_timestamp);
}

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_stored_once() {
    let (rig, space, network) = rig().await;
    let first = first_post();
    network.on_answer(move |line| {
        let first = first(&line);
        async move { if first { Err(lost()) } else { Ok(()) } }
    });
    let posted = post(&space, b"mine").await.unwrap();
    holds(&rig, posted, &[b"before", b"mine"]).await;
    let next = post(&space, b"next").await.unwrap();
    assert_ne!(next, posted);
    holds(&rig, posted, &[b"before", b"mine", b"next"]).await;
}

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_stored_once_also_if_another_member_posted_since() {
    let (rig, space, network) = rig().await;
    let first = first_post();
    let other = rig.owner.clone();
    network.on_answer(move |line| {
        let (first, other) = (first(&line), other.clone());
        async move {
            if first {
                post(&other, b"other").await.unwrap();
                return Err(lost());
            }
            Ok(())
        }
    });
    let posted = post(&space, b"mine").await.unwrap();
    holds(&rig, posted, &[b"before", b"mine", b"other"]).await;
}

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_stored_once_also_if_the_connection_stays_away() {
    let (rig, space, network) = rig().await;
    let first = first_post();
    let away = Arc::new(AtomicUsize::new(0));
    let failures = Arc::clone(&away);
    network.on_answer(move |line| {
        let first = first(&line);
        if first {
            away.store(2, Ordering::SeqCst);
        }
        async move { if first { Err(lost()) } else { Ok(()) } }
    });
    network.on_request(move |_| {
        let less = |left: usize| left.checked_sub(1);
        let fails = failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        async move { if fails.is_ok() { Err(lost()) } else { Ok(()) } }
    });
    let posted = post(&space, b"mine").await.unwrap();
    holds(&rig, posted, &[b"before", b"mine"]).await;
}

#[tokio::test]
async fn a_post_that_did_not_reach_the_server_is_stored_once() {
    let (rig, space, network) = rig().await;
    let first = first_post();
    network.on_request(move |line| {
        let first = first(&line);
        async move { if first { Err(lost()) } else { Ok(()) } }
    });
    let posted = post(&space, b"mine").await.unwrap();
    holds(&rig, posted, &[b"before", b"mine"]).await;
}

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_found_when_the_next_answer_is_a_refusal() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let lost = AtomicBool::new(false);
    network.on_answer(move |line| {
        let first = line == "Post topics/one/messages" && !lost.swap(true, Ordering::SeqCst);
        async move {
            if first {
                Err(TransportError::Failed("lost".to_owned()))
            } else {
                Ok(())
            }
        }
    });
    let mut count = 0;
    network.with(move |route, status, body| {
        if route == "topics/one/messages" {
            count += 1;
            if count == 2 {
                *status = 429;
                *body = br#"{"code": "rate.limited", "error": "slow down"}"#.to_vec();
            }
        }
    });
    let one = topic("one");
    let posted = space
        .topic(&one)
        .post(Content::Plain(b"once"), "n")
        .await
        .unwrap();
    let all = rig.owner.topic(&one).history().all().await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].message_hash, posted.hash);
}
