//! What a program puts into a local store by hand was judged by nobody.

use std::sync::Arc;

use reeeductio_client::store::Batch;
use reeeductio_client::{Identity, MemoryStore, Range, Records, Space};
use reeeductio_proto::Message;

use crate::history::signed;
use crate::rig::{Rig, topic};

/// A handle whose store was given the message of a stranger, which is signed as it should be.
async fn given_by_hand() -> (Rig, Space, Message) {
    let rig = Rig::start().await;
    let general = topic("general");
    let posted = rig.owner.post_message(&general, "n", b"good").await;
    // The server has never seen it.
    let stranger = Identity::from_seed(&[8; 32]);
    let id = posted.unwrap().hash;
    let good = rig.owner.message(&general, id).await.unwrap();
    let time = good.server_timestamp + 1;
    let message = signed(&rig, &stranger, Some(&good), time, b"trust me");
    let store = Arc::new(MemoryStore::default());
    let (space, _) = rig.restarted(&store);
    space.history(&general).await.unwrap();
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
    let read = space.message(&topic("general"), message.message_hash).await;
    let error = read.expect_err("it was believed");
    assert!(REFUSED.contains(&error.code_text()), "{error:?}");
}

#[tokio::test]
async fn a_message_stored_by_hand_is_not_among_the_stored_ones() {
    let (_rig, space, message) = given_by_hand().await;
    let general = topic("general");
    match space.stored_messages(&general, Range::first(10)).await {
        Ok(all) => assert!(
            all.iter()
                .all(|one| one.message_hash != message.message_hash),
            "it was believed"
        ),
        Err(error) => assert!(REFUSED.contains(&error.code_text()), "{error:?}"),
    }
}
