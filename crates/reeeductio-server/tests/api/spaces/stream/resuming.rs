//! Streams that go on after a cursor (spec/stream.md).

use axum::http::Method;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{Client, reader};
use crate::rig::{Bound, Member, Plan, Post, START};

/// Opens a stream after `since`: the stream and its hello.
async fn resume(bound: &Bound, member: &Member, since: &str) -> (Client, Value) {
    let mut client = Client::open_with(bound, member, &format!("&since={since}")).await;
    let hello = client.next().await;
    assert_eq!(hello["type"], "hello");
    (client, hello)
}

/// The cursor in a frame.
fn cursor(frame: &Value) -> String {
    frame["cursor"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_stream_that_asks_for_cursors_is_greeted_and_told_after_each_message() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    owner.say(&bound.rig, "general", b"before").await;
    let (mut client, hello) = resume(&bound, &owner, "").await;
    let at = cursor(&hello);
    assert_eq!(
        hello,
        json!({"type": "hello", "cursor": at, "resumed": false})
    );
    let said = owner.say(&bound.rig, "general", b"hello").await;
    assert_eq!(client.next().await["message_hash"], json!(said));
    let told = client.next().await;
    assert_eq!(told, json!({"type": "cursor", "cursor": cursor(&told)}));
    assert_ne!(cursor(&told), at);
    bound.rig.clock.advance(30_000);
    owner.say(&bound.rig, "general", b"later").await;
    assert_eq!(client.next().await["topic_id"], "general");
    assert_eq!(client.next().await["type"], "cursor");
    assert_eq!(client.next().await, json!({"type": "ping"}));
}

#[tokio::test]
async fn a_stream_goes_on_after_its_cursor_on_another_connection() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let member = reader(&bound, &owner, 2).await;
    let (client, hello) = resume(&bound, &member, "").await;
    drop(client);
    owner.say(&bound.rig, "secret", b"not for you").await;
    let missed = owner.say(&bound.rig, "general", b"missed").await;
    let (mut client, resumed) = resume(&bound, &member, &cursor(&hello)).await;
    let expected = json!({"type": "hello", "cursor": cursor(&hello), "resumed": true});
    assert_eq!(resumed, expected);
    assert_eq!(client.next().await["message_hash"], json!(missed));
    let told = client.next().await;
    assert_eq!(told["type"], "cursor");
    let live = owner.say(&bound.rig, "general", b"live").await;
    assert_eq!(client.next().await["message_hash"], json!(live));
    let (mut after, _) = resume(&bound, &member, &cursor(&told)).await;
    assert_eq!(after.next().await["message_hash"], json!(live));
}

#[tokio::test]
async fn a_cursor_that_this_server_does_not_know_begins_at_now() {
    let (bound, other) = (Bound::start().await, Bound::start().await);
    let stranger = other.rig.owner(1).await;
    for text in [b"1", b"2"] {
        stranger.say(&other.rig, "general", text).await;
    }
    let (_client, foreign) = resume(&other, &stranger, "").await;
    let owner = bound.rig.owner(1).await;
    owner.say(&bound.rig, "general", b"before").await;
    let foreign = cursor(&foreign);
    for since in [foreign.as_str(), "1.AAAAAAAAAAA", "1", "%FF%00", "-1"] {
        let (mut client, hello) = resume(&bound, &owner, since).await;
        assert_eq!(hello["resumed"], false, "{since}");
        let said = owner.say(&bound.rig, "general", b"now").await;
        assert_eq!(client.next().await["message_hash"], json!(said), "{since}");
    }
}

#[tokio::test]
async fn a_long_replay_is_heard_and_bounded_like_that_of_a_slow_reader() {
    let bound = Bound::with(|plan: &mut Plan| plan.engine.limits.live_ring_bytes = 100_000).await;
    let owner = bound.rig.owner(1).await;
    let (_client, hello) = resume(&bound, &owner, "").await;
    let mut head = None;
    for _ in 0..400 {
        let post = Post::new("general", "chat.text", head.as_deref(), &vec![7; 60_000]);
        let created = owner.post(&bound.rig, &post).await.expect(201);
        head = created["message_hash"].as_str().map(str::to_owned);
    }
    let (mut client, _) = resume(&bound, &owner, &cursor(&hello)).await;
    client.send(Message::text("ping")).await;
    let (mut messages, mut cursors) = (0, 0);
    loop {
        let frame = client.0.next().await.unwrap().unwrap();
        if frame == Message::text("pong") {
            break;
        }
        let frame: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap();
        if frame["type"] == "cursor" {
            cursors += 1;
        } else {
            messages += 1;
        }
    }
    assert!(messages < 400, "answered only after everything was sent");
    while messages < 400 {
        match client.next().await["type"].as_str() {
            Some("cursor") => cursors += 1,
            _ => messages += 1,
        }
    }
    assert!(cursors > 20, "each batch tells how far it went: {cursors}");
}

#[tokio::test]
async fn without_a_valid_token_a_cursor_opens_nothing() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let refused = bound
        .rig
        .get(&owner.path("stream?since=&token=a.b.c"))
        .await;
    assert_eq!((refused.status, refused.body.len()), (403, 0));
}

#[tokio::test]
async fn changes_of_data_are_told_as_they_are_listed_to_streams_that_ask() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let (mut with, _) = resume(&bound, &owner, "&data").await;
    let mut base = Client::open_with(&bound, &owner, "&data=1").await;
    let put = owner.put_data(&bound.rig, "a/b", b"1", START).await;
    put.expect(200);
    let mut stored = owner.get(&bound.rig, "data/a/b").await.expect(200);
    stored["type"] = json!("data");
    stored["path"] = json!("a/b");
    assert_eq!(with.next().await, stored);
    owner
        .call(&bound.rig, Method::DELETE, "data/a/b", None)
        .await
        .expect(204);
    let removed = json!({"type": "data_removed", "path": "a/b", "signed_at": START});
    assert_eq!(with.next().await, removed);
    let said = owner.say(&bound.rig, "general", b"hello").await;
    for client in [&mut with, &mut base] {
        assert_eq!(client.next().await["message_hash"], json!(said));
    }
}
