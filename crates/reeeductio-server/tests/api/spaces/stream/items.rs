//! Items of inboxes over a socket (spec/stream.md, "Inbox").

use serde_json::json;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::signals::only;
use crate::rig::Bound;
use crate::spaces::inbox::{item, made, post};

#[tokio::test]
async fn an_item_is_told_as_it_is_listed_to_a_socket_that_asked_for_the_inbox() {
    let bound = Bound::start().await;
    let rig = &bound.rig;
    let [_, ada, bob] = made(rig).await;
    let (mut stream, _) = only(&bound, &bob, &json!({"inbox": true})).await;
    for (number, length) in [(1, 1_339), (2, 16_384)] {
        let body = item(&ada, bob.id, number, length, 0);
        post(rig, &ada, bob.id, body).await.expect(201);
    }
    let listed = bob.get(rig, "inbox").await.expect(200);
    for listed in listed["items"].as_array().unwrap() {
        let mut told = stream.next().await;
        assert_eq!(told["type"].take(), json!("inbox"));
        told.as_object_mut().unwrap().remove("type");
        assert_eq!(told, *listed);
    }
    let large = item(&ada, bob.id, 3, 64_635, 0);
    post(rig, &ada, bob.id, large).await.expect(201);
    assert_eq!(stream.next().await, json!({"type": "inbox"}));
    // Not to somebody who was removed.
    let owner = rig.owner(1).await;
    owner.set(rig, &format!("auth/users/{}", bob.id), b"").await;
    let late = post(rig, &ada, bob.id, item(&ada, bob.id, 4, 1_339, 0)).await;
    late.refused(404, "inbox.no_recipient");
    assert_eq!(stream.ended().await, (Some(CloseCode::Policy), 0));
}
