//! Appending messages after the same head.

use futures_util::future::join_all;
use reeeductio_core::Draft;
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{ErrorCode, TopicId};

use crate::rig::{Member, Rig, code, keys, space};

fn first_message(member: &Member, text: &str) -> PostMessage {
    let draft = Draft {
        space: &space(),
        topic: &TopicId::parse("general").unwrap(),
        kind: "n",
        prev_hash: None,
        data: text.as_bytes(),
    };
    let (_, body) = draft.sign(&member.id, &member.keys);
    body
}

#[tokio::test]
async fn of_messages_after_one_head_one_is_stored_and_the_others_conflict() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let topic = TopicId::parse("general").unwrap();
    let posts = ["1", "2", "3", "4"].map(|text| first_message(&owner, text));
    let outcomes = join_all(posts.map(|post| rig.engine.append(&owner.caller, &topic, post)));
    let (stored, refused): (Vec<_>, Vec<_>) = outcomes.await.into_iter().partition(Result::is_ok);
    assert_eq!(stored.len(), 1);
    for outcome in refused {
        assert_eq!(code(outcome), ErrorCode::ChainConflict);
    }
}

#[tokio::test]
async fn a_message_that_is_refused_leaves_its_slot_to_the_next() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let topic = TopicId::parse("general").unwrap();
    let mut forged = first_message(&owner, "1");
    let hash = reeeductio_proto::MessageId::parse(&forged.message_hash).unwrap();
    forged.signature = keys(2).sign(&hash.to_bytes()).to_string();
    let refused = rig.engine.append(&owner.caller, &topic, forged).await;
    assert_eq!(code(refused), ErrorCode::MessageBadSignature);
    let stored = rig
        .engine
        .append(&owner.caller, &topic, first_message(&owner, "1"));
    stored.await.unwrap();
}
