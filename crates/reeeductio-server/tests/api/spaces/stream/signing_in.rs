//! Streams that are signed in to by their first frame (spec/stream.md).

use futures_util::StreamExt as _;
use reeeductio_proto::SpaceId;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Client, reader};
use crate::rig::{Bound, Plan, START, key_space};

const PROTOCOL: &str = "reeeductio.stream.v2";
const STREAMS: &str = "reeeductio_streams";

/// Asks for the stream of a space with these headers.
fn request(
    bound: &Bound,
    space: SpaceId,
    query: &str,
    headers: &[(&'static str, &str)],
) -> Request {
    let address = bound.server.address();
    let url = format!("ws://{address}/spaces/{space}/stream{query}");
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    request
}

/// Opens a stream without signing in, from an address if the server believes it; or the status of the refusal.
async fn knock_from(bound: &Bound, space: SpaceId, address: &str) -> Result<Client, u16> {
    let headers = [
        ("sec-websocket-protocol", PROTOCOL),
        ("x-forwarded-for", address),
    ];
    match connect_async(request(bound, space, "", &headers)).await {
        Ok((socket, answer)) => {
            assert_eq!(answer.headers()["sec-websocket-protocol"], PROTOCOL);
            Ok(Client(socket))
        }
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

pub(crate) async fn knock(bound: &Bound, space: SpaceId) -> Client {
    knock_from(bound, space, "9.9.9.9").await.unwrap()
}

impl Client {
    pub(crate) async fn auth(&mut self, token: &str, since: &str) {
        let frame = json!({"type": "auth", "token": token, "since": since});
        self.send(Message::text(frame.to_string())).await;
    }

    /// Reads to the end: code and reason of the close frame. Nothing may come before it.
    async fn refused(mut self) -> (u16, String) {
        match self.0.next().await.unwrap().unwrap() {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_first_frame_signs_in() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    owner.say(&bound.rig, "general", b"before").await;
    let mut client = knock(&bound, owner.space).await;
    client.auth(&owner.token, "").await;
    let hello = client.next().await;
    assert_eq!(
        (&hello["type"], &hello["resumed"]),
        (&json!("hello"), &json!(false))
    );
    let said = owner.say(&bound.rig, "general", b"hello").await;
    assert_eq!(client.next().await["message_hash"], json!(said));
    assert_eq!(client.next().await["type"], "cursor");
    client.send(Message::text("ping")).await;
    let pong = client.0.next().await.unwrap().unwrap();
    assert_eq!(pong, Message::text("pong"));
}

#[tokio::test]
async fn the_first_frame_asks_for_changes_of_data() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let (mut without, mut with) = (
        knock(&bound, owner.space).await,
        knock(&bound, owner.space).await,
    );
    without.auth(&owner.token, "").await;
    let frame = json!({"type": "auth", "token": owner.token, "data": true});
    with.send(Message::text(frame.to_string())).await;
    for client in [&mut without, &mut with] {
        assert_eq!(client.next().await["type"], "hello");
    }
    let put = owner.put_data(&bound.rig, "a", b"1", START).await;
    put.expect(200);
    let said = owner.say(&bound.rig, "general", b"hello").await;
    assert_eq!(with.next().await["path"], "a");
    for client in [&mut without, &mut with] {
        assert_eq!(client.next().await["message_hash"], json!(said));
    }
}

#[tokio::test]
async fn the_first_frame_names_the_cursor_to_go_on_after() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut client = knock(&bound, owner.space).await;
    client.auth(&owner.token, "").await;
    let hello = client.next().await;
    drop(client);
    let said = owner.say(&bound.rig, "general", b"missed").await;
    let mut client = knock(&bound, owner.space).await;
    client
        .auth(&owner.token, hello["cursor"].as_str().unwrap())
        .await;
    assert_eq!(client.next().await["resumed"], true);
    assert_eq!(client.next().await["message_hash"], json!(said));
}

#[tokio::test]
async fn a_token_that_is_refused_closes_the_stream_with_its_error() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let other = bound.rig.owner(2).await;
    let removed = reader(&bound, &owner, 3).await;
    let path = format!("auth/users/{}", removed.id);
    owner.set(&bound.rig, &path, b"").await;
    let check = async |token: &str, code: u16, reason: &str| {
        let mut client = knock(&bound, owner.space).await;
        client.auth(token, "").await;
        assert_eq!(client.refused().await, (code, reason.to_owned()));
    };
    for garbage in ["", "a.b.c", "\u{0}"] {
        check(garbage, 4401, "token.invalid").await;
    }
    check(&other.token, 4401, "token.wrong_space").await;
    // As with any request of a member that was removed.
    let answer = removed.get(&bound.rig, "state").await;
    let code = answer.json()["code"].as_str().unwrap().to_owned();
    check(&removed.token, 4000 + answer.status, &code).await;
    bound.rig.clock.advance(24 * 3_600_000);
    check(&owner.token, 4401, "token.expired").await;
    let refused = r#"reeeductio_refusals_total{code="token.expired"}"#;
    assert_eq!(bound.metric(refused).await, 1);
    bound.until(STREAMS, 0).await;
}

#[tokio::test]
async fn a_space_that_is_not_there_is_told_once_a_token_is_shown() {
    let bound = Bound::with(|plan: &mut Plan| plan.engine.auto_create_spaces = false).await;
    let mut client = knock(&bound, key_space(1)).await;
    client.auth("a.b.c", "").await;
    let unknown = (4404, "space.unknown".to_owned());
    assert_eq!(client.refused().await, unknown);
}

#[tokio::test]
async fn a_first_frame_of_another_kind_is_refused() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let token = &owner.token;
    for text in [
        "ping".to_owned(),
        String::new(),
        "{}".to_owned(),
        token.clone(),
        json!({"type": "subscribe", "token": token}).to_string(),
        json!({"type": "auth"}).to_string(),
        json!({"type": "auth", "token": token, "since": 7}).to_string(),
    ] {
        let mut client = knock(&bound, owner.space).await;
        client.send(Message::text(text)).await;
        let invalid = (4422, "request.invalid".to_owned());
        assert_eq!(client.refused().await, invalid);
    }
    let mut client = knock(&bound, owner.space).await;
    client.send(Message::binary(vec![1])).await;
    assert_eq!(client.refused().await.0, 1003);
}

#[tokio::test]
async fn a_first_frame_that_is_too_long_ends_the_connection() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut client = knock(&bound, owner.space).await;
    client.auth(&owner.token, &"x".repeat(24 * 1024)).await;
    assert_eq!(client.ended().await, (None, 0));
    // One that is long but allowed: the cursor is not known.
    let mut client = knock(&bound, owner.space).await;
    client.auth(&owner.token, &"x".repeat(23 * 1024)).await;
    assert_eq!(client.next().await["resumed"], false);
}

#[tokio::test]
async fn a_client_that_does_not_sign_in_in_time_is_sent_away() {
    let bound = Bound::with(|plan: &mut Plan| plan.config.timeouts.header_seconds = 1).await;
    let owner = bound.rig.owner(1).await;
    let client = knock(&bound, owner.space).await;
    let mut pinging = knock(&bound, owner.space).await;
    pinging.exchange_pings().await;
    let late = (4408, "request.timeout".to_owned());
    assert_eq!(client.refused().await, late);
    assert_eq!(pinging.refused().await, late);
    let unsigned = r#"reeeductio_disconnects_total{reason="stream_unsigned"}"#;
    assert_eq!(bound.metric(unsigned).await, 2);
    bound.until(STREAMS, 0).await;
}

#[tokio::test]
async fn a_stranger_may_not_send_pings_without_end() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut client = knock(&bound, owner.space).await;
    for _ in 0..16 {
        client.exchange_pings().await;
    }
    client.send(Message::Ping(vec![1].into())).await;
    assert_eq!(client.ended().await.0, Some(CloseCode::Library(4422)));
}

#[tokio::test]
async fn a_second_sign_in_ends_the_stream() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut client = knock(&bound, owner.space).await;
    client.auth(&owner.token, "").await;
    assert_eq!(client.next().await["type"], "hello");
    // Types that are not known are ignored.
    client.send(Message::text(r#"{"type": "later"}"#)).await;
    client.exchange_pings().await;
    client.auth(&owner.token, "").await;
    // A server that did not end the stream would answer this.
    client.send(Message::text("ping")).await;
    let invalid = (4422, "request.invalid".to_owned());
    assert_eq!(client.refused().await, invalid);
}

#[tokio::test]
async fn removing_a_member_ends_the_stream_that_it_signed_in_to() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let member = reader(&bound, &owner, 2).await;
    let mut client = knock(&bound, owner.space).await;
    client.auth(&member.token, "").await;
    assert_eq!(client.next().await["type"], "hello");
    let path = format!("auth/users/{}", member.id);
    owner.set(&bound.rig, &path, b"").await;
    assert_eq!(client.ended().await, (Some(CloseCode::Policy), 0));
}

#[tokio::test]
async fn stopping_the_server_says_goodbye_to_those_who_have_not_signed_in() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let client = knock(&bound, owner.space).await;
    let stopped = tokio::spawn(bound.server.stop());
    assert_eq!(client.ended().await, (Some(CloseCode::Away), 0));
    stopped.await.unwrap().unwrap();
}

#[tokio::test]
async fn strangers_leave_room_for_others() {
    let bound = Bound::with(|plan: &mut Plan| {
        plan.config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        plan.config.limits.max_streams = 128;
    })
    .await;
    let owner = bound.rig.owner(1).await;
    let knock = async |address: u8| {
        let address = format!("10.0.0.{address}");
        knock_from(&bound, owner.space, &address).await
    };
    // An eighth of all streams, and of those an eighth for one address.
    let mut strangers = vec![knock(0).await.unwrap(), knock(0).await.unwrap()];
    assert_eq!(knock(0).await.err(), Some(503));
    for address in 1..=14 {
        strangers.push(knock(address).await.unwrap());
    }
    assert_eq!(knock(15).await.err(), Some(503));
    // Streams whose token came with the request are not held up.
    let _base = Client::open(&bound, &owner).await;
    // One that signs in makes room, and so does one that goes away.
    let mut signed_in = strangers.pop().unwrap();
    signed_in.auth(&owner.token, "").await;
    assert_eq!(signed_in.next().await["type"], "hello");
    strangers.push(knock(15).await.unwrap());
    assert_eq!(knock(16).await.err(), Some(503));
    drop(strangers);
    bound.until(STREAMS, 2).await;
    knock(16).await.unwrap();
}

#[tokio::test]
async fn strangers_count_among_the_streams_of_the_server_and_their_address() {
    for change in [
        (|plan| plan.config.limits.max_streams = 16) as fn(&mut Plan),
        |plan| plan.config.limits.max_streams_per_address = 16,
    ] {
        let bound = Bound::with(change).await;
        let owner = bound.rig.owner(1).await;
        let mut streams = Vec::new();
        for _ in 0..16 {
            streams.push(Client::open(&bound, &owner).await);
        }
        let refused = knock_from(&bound, owner.space, "").await;
        assert_eq!(refused.err(), Some(503));
        streams.pop();
        bound.until(STREAMS, 15).await;
        knock(&bound, owner.space).await;
    }
}

#[tokio::test]
async fn signing_in_counts_in_the_rate_and_the_streams_of_its_member() {
    let bound = Bound::with(|plan: &mut Plan| {
        plan.config.limits.max_streams_per_member = 1;
        plan.config.limits.requests_per_second_per_member = 1.0;
    })
    .await;
    let owner = bound.rig.owner(1).await;
    let mut first = knock(&bound, owner.space).await;
    first.auth(&owner.token, "").await;
    assert_eq!(first.next().await["type"], "hello");
    for (code, reason) in [(4503, "server.busy"), (4429, "rate.limited")] {
        let mut client = knock(&bound, owner.space).await;
        client.auth(&owner.token, "").await;
        assert_eq!(client.refused().await, (code, reason.to_owned()));
    }
}

#[tokio::test]
async fn a_token_in_the_url_is_the_base_protocol_whatever_is_offered() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let query = format!("?token={}", owner.token);
    // Two protocols, of which a published client offers none.
    let headers = [("sec-websocket-protocol", PROTOCOL)];
    let refused = connect_async(request(&bound, owner.space, &query, &headers)).await;
    // This client wants one to be selected, and the server selects none.
    assert!(matches!(refused, Err(Error::Protocol(_))), "{refused:?}");
    for query in ["", "?token="] {
        let headers = [("sec-websocket-protocol", "graphql-ws")];
        let refused = connect_async(request(&bound, owner.space, query, &headers)).await;
        let Err(Error::Http(response)) = refused else {
            panic!("{refused:?}");
        };
        let body = response.body().clone().unwrap_or_default();
        assert_eq!((response.status().as_u16(), body.len()), (403, 0));
    }
}

#[tokio::test]
async fn strangers_who_come_and_go_leave_nothing_behind() {
    let bound = Bound::with(|plan: &mut Plan| plan.config.limits.max_streams = 1_000).await;
    let owner = bound.rig.owner(1).await;
    for number in 0..300 {
        let Ok(mut client) = knock_from(&bound, owner.space, "").await else {
            // The server has not noticed yet that others have gone.
            tokio::task::yield_now().await;
            continue;
        };
        if number % 2 == 0 {
            client.auth("a.b.c", "").await;
        }
    }
    bound.until(STREAMS, 0).await;
    bound.until("reeeductio_connections", 0).await;
}

#[tokio::test]
async fn a_token_tells_its_client_that_streams_take_it_in_the_first_frame() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let claims = owner.token.split('.').nth(1).unwrap();
    let claims = reeeductio_proto::encoding::decode_url(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["stream"], 2);
}
