//! Pages by time, as programs ask for them: each from just after the last message of the page before.

use std::sync::Arc;

use reeeductio_client::{ClientError, Content, MemoryStore, Range, Records, Space};
use reeeductio_proto::ChainId;
use reeeductio_proto::api::MessageBody;

use crate::history::{bodies, serve};
use crate::rig::{Rig, topic};

/// A space with six messages, and what the server lists of them.
async fn rig_with_messages() -> (Rig, Vec<MessageBody>) {
    let rig = Rig::start().await;
    let general = topic("general");
    for n in 0..6 {
        rig.owner
            .topic(&general)
            .post(Content::Plain(&[n]), "n")
            .await
            .unwrap();
    }
    let all = rig.owner.topic(&general).history().all().await.unwrap();
    let all: Vec<_> = all.iter().map(|message| (**message).clone()).collect();
    (rig, bodies(&all))
}

/// Reads the topic in pages of two.
async fn read_by_time(space: &Space) -> Result<Vec<u8>, ClientError> {
    let (mut from, mut found) = (1, Vec::new());
    loop {
        let range = Range::since(from, 2);
        let page = space.topic(&topic("general")).page(range).await?;
        for message in &page.messages {
            found.extend(message.bytes()?);
            from = message.server_timestamp + 1;
        }
        if !page.has_more {
            return Ok(found);
        }
    }
}

/// Returns whether a handle notices that the server serves this history.
async fn is_caught(space: &Space) {
    let error = read_by_time(space).await.expect_err("it was believed");
    let codes = ["verify.chain_link", "verify.fork", "verify.withheld"];
    assert!(codes.contains(&error.code_text()), "{error:?}");
}

#[tokio::test]
async fn a_topic_is_read_whole_in_pages_by_time() {
    let (rig, history) = rig_with_messages().await;
    let (space, network) = rig.meddled();
    assert_eq!(read_by_time(&space).await.unwrap(), [0, 1, 2, 3, 4, 5]);
    serve(&network, &history);
    assert_eq!(read_by_time(&space).await.unwrap(), [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_page_from_the_first_millisecond_on_begins_with_the_first_message() {
    let (rig, history) = rig_with_messages().await;
    let (space, network) = rig.meddled();
    serve(&network, &history[2..]);
    is_caught(&space).await;
}

#[tokio::test]
async fn a_page_from_the_first_millisecond_on_begins_with_the_first_message_also_with_a_store() {
    let (rig, history) = rig_with_messages().await;
    let (space, network) = rig.restarted(&Arc::new(MemoryStore::default()));
    serve(&network, &history[2..]);
    is_caught(&space).await;
}

#[tokio::test]
async fn what_is_left_out_between_two_pages_is_noticed() {
    let (rig, history) = rig_with_messages().await;
    let (space, network) = rig.meddled();
    serve(&network, &[&history[..2], &history[3..]].concat());
    is_caught(&space).await;
}

#[tokio::test]
async fn a_page_after_ones_own_post_is_not_taken_for_all_up_to_there() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (space, _) = rig.restarted(&store);
    let (general, chain) = (topic("general"), ChainId::shared(topic("general")));
    let others = rig.owner.topic(&general);
    let general = space.topic(&general);
    let first = general.post(Content::Plain(b"seen"), "n").await.unwrap();
    others.post(Content::Plain(b"not seen"), "n").await.unwrap();
    let own = general.post(Content::Plain(b"own"), "n").await.unwrap();
    others.post(Content::Plain(b"after"), "n").await.unwrap();

    let records = Records::new(store, space.id());
    let page = general.page(Range::since(own.timestamp + 1, 10)).await;
    assert_eq!(page.unwrap().messages.len(), 1);
    assert_eq!(records.head(&chain).await.unwrap(), Some(first));
    // The newest one is not proven to follow what was seen without the messages between, which are read.
    let newest = general.newest().await.unwrap().unwrap();
    assert_eq!(records.head(&chain).await.unwrap(), Some(newest.position()));
    let kept = records.messages(&chain, Range::first(10)).await.unwrap();
    assert_eq!(kept.len(), 4);
}
