//! Messages that a program puts into a local store by hand have been judged by nobody.

use std::sync::Arc;

use reeeductio_client::store::Batch;
use reeeductio_client::{Content, Identity, MemoryStore, Range, Records, Space};
use reeeductio_proto::Message;

use crate::history::signed;
use crate::rig::{Rig, topic};

/// A handle whose store was given the message of a stranger, which is signed as it should be.
async fn given_by_hand() -> (Rig, Space, Message) {
    let rig = Rig::start().await;
    let general = topic("general");
    let posted = rig
        .owner
        .topic(&general)
        .post(Content::Plain(b"good"), "n")
        .await;
    // The server has never seen it.
    let stranger = Identity::from_seed(&[8; 32]);
    let id = posted.unwrap().hash;
    let good = rig.owner.topic(&general).message(id).await.unwrap();
    let time = good.server_timestamp + 1;
    let message = signed(&rig, &stranger, Some(&good), time, b"trust me");
    let store = Arc::new(MemoryStore::default());
    let (space, _) = rig.restarted(&store);
    space.topic(&general).history().all().await.unwrap();
    let batch = Batch {
        given: vec![message.clone().into()],
        ..Batch::default()
    };
    let records = Records::new(store, rig.owner.id());
    records.save(batch).await.unwrap();
    (rig, space, message)
}

const REFUSED: [&str; 3] = ["message.not_found", "store.damaged", "verify.unauthorized"];

#[tokio::test]
async fn a_message_stored_by_hand_is_not_handed_out_by_its_id() {
    let (_rig, space, message) = given_by_hand().await;
    let read = space
        .topic(&topic("general"))
        .message(message.message_hash)
        .await;
    let error = read.expect_err("it was believed");
    assert!(REFUSED.contains(&error.code_text()), "{error:?}");
}

#[tokio::test]
async fn a_message_stored_by_hand_is_not_among_the_stored_ones() {
    let (_rig, space, message) = given_by_hand().await;
    let general = topic("general");
    match space.topic(&general).stored(Range::first(10)).await {
        Ok(all) => assert!(
            all.iter()
                .all(|one| one.message_hash != message.message_hash),
            "it was believed"
        ),
        Err(error) => assert!(REFUSED.contains(&error.code_text()), "{error:?}"),
    }
}
