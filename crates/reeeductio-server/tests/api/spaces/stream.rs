//! `/spaces/{space_id}/stream` (wire.md 10).

mod items;
mod resuming;
mod signals;
pub(crate) mod signing_in;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::rig::{Bound, Member, Plan, Post, Rig, key_space};

/// The client's end of a stream.
pub(crate) struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub(crate) async fn open(bound: &Bound, member: &Member) -> Self {
        Self::open_with(bound, member, "").await
    }

    /// Opens a stream with `more` at the end of its query.
    async fn open_with(bound: &Bound, member: &Member, more: &str) -> Self {
        let address = bound.server.address();
        let path = member.path("stream");
        let url = format!("ws://{address}{path}?token={}{more}", member.token);
        Self(connect_async(url).await.unwrap().0)
    }

    /// The next message, control frames passed over.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Reads to the end: the code with which the server closed, `None` if it broke off, and how many
    /// messages came before.
    pub(crate) async fn ended(mut self) -> (Option<CloseCode>, usize) {
        let mut messages = 0;
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(_))) => messages += 1,
                Some(Ok(Message::Close(frame))) => {
                    return (frame.map(|frame| frame.code), messages);
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (None, messages),
            }
        }
    }

    /// Sends a ping and reads until it is answered, so that the server has heard all that came before.
    pub(crate) async fn exchange_pings(&mut self) {
        // With what was fed before, in one packet.
        self.send(Message::Ping(vec![9].into())).await;
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Pong(payload) if *payload == [9] => return,
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Writes a text frame, to be sent with the next one.
    pub(crate) async fn feed(&mut self, frame: &Value) {
        let frame = Message::text(frame.to_string());
        self.0.feed(frame).await.unwrap();
    }

    /// Sends a text frame.
    pub(crate) async fn say(&mut self, frame: &Value) {
        self.send(Message::text(frame.to_string())).await;
    }

    async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }
}

async fn reader(bound: &Bound, owner: &Member, seed: u8) -> Member {
    let member = bound.rig.user(owner, seed).await;
    owner
        .grant(&bound.rig, &member, "r", "read", "topics/general/messages")
        .await;
    member
}

#[tokio::test]
async fn messages_arrive_as_they_are_listed() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    owner.say(&bound.rig, "general", b"before").await;
    let mut client = Client::open(&bound, &owner).await;
    owner.say(&bound.rig, "general", b"hello").await;
    owner.set(&bound.rig, "profiles/alice", b"{}").await;
    let listed = owner
        .get(&bound.rig, "topics/general/messages")
        .await
        .expect(200);
    assert_eq!(client.next().await, listed["messages"][1]);
    assert_eq!(client.next().await["type"], "profiles/alice");
}

#[tokio::test]
async fn a_member_sees_the_topics_it_may_read_and_all_state() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let member = reader(&bound, &owner, 2).await;
    let mut client = Client::open(&bound, &member).await;
    owner.say(&bound.rig, "secret", b"not for you").await;
    let shown = owner.say(&bound.rig, "general", b"for you").await;
    owner.set(&bound.rig, "hidden/value", b"1").await;
    assert_eq!(client.next().await["message_hash"], json!(shown));
    assert_eq!(client.next().await["type"], "hidden/value");
}

#[tokio::test]
async fn a_right_given_or_taken_counts_for_the_next_message() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let member = reader(&bound, &owner, 2).await;
    let mut client = Client::open(&bound, &member).await;
    let right = format!("auth/{}/rights/r", member.holder());
    owner.say(&bound.rig, "general", b"1").await;
    assert_eq!(client.next().await["data"], "MQ==");
    owner.set(&bound.rig, &right, b"").await;
    assert_eq!(client.next().await["type"], json!(right));
    owner.say(&bound.rig, "general", b"2").await;
    owner.set(&bound.rig, "marker", b"").await;
    assert_eq!(client.next().await["type"], "marker");
    owner
        .grant(&bound.rig, &member, "r", "read", "topics/general/messages")
        .await;
    assert_eq!(client.next().await["type"], json!(right));
    owner.say(&bound.rig, "general", b"3").await;
    assert_eq!(client.next().await["data"], "Mw==");
}

#[tokio::test]
async fn removing_a_member_ends_its_stream() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let member = reader(&bound, &owner, 2).await;
    let client = Client::open(&bound, &member).await;
    owner
        .set(&bound.rig, &format!("auth/users/{}", member.id), b"")
        .await;
    assert_eq!(client.ended().await, (Some(CloseCode::Policy), 0));
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let client = Client::open(&bound, &owner).await;
    bound.rig.clock.advance(24 * 3_600_000);
    let owner = bound.rig.owner(1).await;
    owner.say(&bound.rig, "general", b"too late").await;
    assert_eq!(client.ended().await, (Some(CloseCode::Policy), 0));
}

#[tokio::test]
async fn a_silent_client_is_pinged_and_then_disconnected() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut client = Client::open(&bound, &owner).await;
    bound.rig.clock.advance(30_000);
    owner.say(&bound.rig, "general", b"1").await;
    assert_eq!(client.next().await["data"], "MQ==");
    assert_eq!(client.next().await, json!({"type": "ping"}));
    let lost = Client::open(&bound, &owner).await;
    bound.rig.clock.advance(120_000);
    owner.say(&bound.rig, "general", b"2").await;
    assert_eq!(lost.ended().await.0, Some(CloseCode::Away));
}

#[tokio::test]
async fn clients_may_ping_in_both_ways() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut client = Client::open(&bound, &owner).await;
    client.send(Message::text("ping")).await;
    assert_eq!(
        client.0.next().await.unwrap().unwrap(),
        Message::text("pong")
    );
    client.send(Message::Ping(vec![1, 2].into())).await;
    let pong = client.0.next().await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong(vec![1, 2].into()));
    client.send(Message::text("anything else")).await;
    owner.say(&bound.rig, "general", b"still here").await;
    assert_eq!(client.next().await["topic_id"], "general");
}

#[tokio::test]
async fn binary_frames_end_the_stream_with_a_reason() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut client = Client::open(&bound, &owner).await;
    client.send(Message::binary(vec![1])).await;
    assert_eq!(client.ended().await, (Some(CloseCode::Unsupported), 0));
}

#[tokio::test]
async fn an_oversized_frame_ends_only_its_own_stream() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut other = Client::open(&bound, &owner).await;
    let mut client = Client::open(&bound, &owner).await;
    client.send(Message::text("x".repeat(65 * 1024))).await;
    let (code, messages) = client.ended().await;
    assert!(matches!(code, None | Some(CloseCode::Size)), "{code:?}");
    assert_eq!(messages, 0);
    owner.say(&bound.rig, "general", b"hello").await;
    assert_eq!(other.next().await["topic_id"], "general");
}

#[tokio::test]
async fn a_slow_reader_gets_everything_in_order() {
    let bound = Bound::with(|plan: &mut Plan| plan.engine.limits.live_ring_bytes = 100_000).await;
    let owner = bound.rig.owner(1).await;
    let mut client = Client::open(&bound, &owner).await;
    // Far more than the ring and the sockets hold.
    let mut hashes = Vec::new();
    for _ in 0..200 {
        let prev = hashes.last().cloned();
        let post = Post::new("general", "chat.text", prev.as_deref(), &vec![7; 60_000]);
        let created = owner.post(&bound.rig, &post).await.expect(201);
        hashes.push(created["message_hash"].as_str().unwrap().to_owned());
    }
    for hash in hashes {
        assert_eq!(client.next().await["message_hash"], json!(hash));
    }
}

#[tokio::test]
async fn a_client_far_behind_is_still_heard() {
    let bound = Bound::with(|plan: &mut Plan| plan.engine.limits.live_ring_bytes = 100_000).await;
    let owner = bound.rig.owner(1).await;
    let mut client = Client::open(&bound, &owner).await;
    let mut head = None;
    for _ in 0..400 {
        let post = Post::new("general", "chat.text", head.as_deref(), &vec![7; 60_000]);
        let created = owner.post(&bound.rig, &post).await.expect(201);
        head = created["message_hash"].as_str().map(str::to_owned);
    }
    client.send(Message::text("ping")).await;
    let mut before = 0;
    while client.0.next().await.unwrap().unwrap() != Message::text("pong") {
        before += 1;
    }
    assert!(before < 400, "answered only after everything was sent");
}

#[tokio::test]
async fn a_reader_that_takes_nothing_in_time_is_disconnected() {
    let bound = Bound::with(|plan: &mut Plan| plan.config.timeouts.stream_write_seconds = 0).await;
    let owner = bound.rig.owner(1).await;
    let client = Client::open(&bound, &owner).await;
    let mut head = None;
    let disconnects = r#"reeeductio_disconnects_total{reason="write_timeout"}"#;
    let mut posted = 0;
    while bound.metric(disconnects).await == 0 {
        let post = Post::new("general", "chat.text", head.as_deref(), &vec![7; 70_000]);
        let created = owner.post(&bound.rig, &post).await.expect(201);
        head = created["message_hash"].as_str().map(str::to_owned);
        posted += 1;
        // The rig answers in this task; the stream has its own.
        tokio::task::yield_now().await;
        // More than the kernel holds for both ends.
        assert!(posted < 700, "nobody is disconnected");
    }
    let (code, messages) = client.ended().await;
    assert_eq!(code, None);
    assert!(messages < posted, "{messages}");
}

#[tokio::test]
async fn stopping_the_server_says_goodbye_on_every_stream() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let clients = [
        Client::open(&bound, &owner).await,
        Client::open(&bound, &owner).await,
    ];
    let stopped = tokio::spawn(bound.server.stop());
    for client in clients {
        assert_eq!(client.ended().await, (Some(CloseCode::Away), 0));
    }
    stopped.await.unwrap().unwrap();
}

#[tokio::test]
async fn streams_are_limited_in_number() {
    let bound = Bound::with(|plan: &mut Plan| plan.config.limits.max_streams = 1).await;
    let owner = bound.rig.owner(1).await;
    let first = Client::open(&bound, &owner).await;
    let url = format!(
        "ws://{}{}?token={}",
        bound.server.address(),
        owner.path("stream"),
        owner.token
    );
    let refused = connect_async(url).await.unwrap_err();
    let tokio_tungstenite::tungstenite::Error::Http(response) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(response.status(), 503);
    drop(first);
}

#[tokio::test]
async fn without_a_valid_token_the_handshake_is_403_and_empty() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let other = rig.owner(2).await;
    for query in [
        String::new(),
        "?token=".to_owned(),
        "?token=a.b.c".to_owned(),
        "?token=%FF%00".to_owned(),
        format!("?token={}", other.token),
        format!("?other={}", owner.token),
    ] {
        let refused = rig.get(&owner.path(&format!("stream{query}"))).await;
        assert_eq!((refused.status, refused.body.len()), (403, 0), "{query}");
    }
    rig.clock.advance(24 * 3_600_000);
    let expired = format!("stream?token={}", owner.token);
    assert_eq!(rig.get(&owner.path(&expired)).await.status, 403);
}

#[tokio::test]
async fn a_stream_of_an_unknown_space_is_404() {
    let rig = Rig::with(|plan: &mut Plan| plan.engine.auto_create_spaces = false);
    let path = format!("/spaces/{}/stream?token=x", key_space(1));
    rig.get(&path).await.refused(404, "space.unknown");
    rig.get("/spaces/abc/stream?token=x")
        .await
        .refused(400, "space.invalid_id");
}

#[tokio::test]
async fn without_an_upgrade_there_is_no_stream() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let plain = owner.path(&format!("stream?token={}", owner.token));
    rig.get(&plain).await.refused(422, "request.invalid");
}
