//! One member, space or address that wants everything: there is room for others.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::speak;
use crate::rig::{Bound, Member, Plan, Rig};

/// Asks for a stream by hand; the answer's head.
async fn handshake(bound: &Bound, member: &Member, headers: &str) -> (TcpStream, String) {
    let mut socket = TcpStream::connect(bound.server.address()).await.unwrap();
    let head = format!(
        "GET {}?token={} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n{headers}\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        member.path("stream"),
        member.token,
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(socket.read_u8().await.unwrap());
    }
    (socket, String::from_utf8(answer).unwrap())
}

/// Opens a stream, or says with what it was refused.
async fn open(bound: &Bound, member: &Member, headers: &str) -> Result<TcpStream, String> {
    let (socket, head) = handshake(bound, member, headers).await;
    let status = head[9..12].to_owned();
    if status == "101" {
        return Ok(socket);
    }
    assert!(head.contains("retry-after: "), "{head}");
    Err(status)
}

#[tokio::test]
async fn the_streams_of_one_member_leave_room_for_others() {
    let bound = Bound::with(|plan| plan.config.limits.max_streams_per_member = 3).await;
    let owner = bound.rig.owner(1).await;
    let user = bound.rig.user(&owner, 2).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(open(&bound, &owner, "").await.unwrap());
    }
    assert_eq!(open(&bound, &owner, "").await.unwrap_err(), "503");
    streams.push(open(&bound, &user, "").await.unwrap());
    // A place that is given back is there again.
    drop(streams.swap_remove(0));
    bound.until("reeeductio_streams", 3).await;
    open(&bound, &owner, "").await.unwrap();
}

#[tokio::test]
async fn the_streams_of_one_space_leave_room_for_others() {
    let bound = Bound::with(|plan| plan.config.limits.max_streams_per_space = 2).await;
    let owner = bound.rig.owner(1).await;
    let user = bound.rig.user(&owner, 2).await;
    let elsewhere = bound.rig.owner(3).await;
    let _streams = [
        open(&bound, &owner, "").await.unwrap(),
        open(&bound, &user, "").await.unwrap(),
    ];
    assert_eq!(open(&bound, &owner, "").await.unwrap_err(), "503");
    open(&bound, &elsewhere, "").await.unwrap();
}

fn behind_a_proxy(plan: &mut Plan) {
    plan.config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
}

#[tokio::test]
async fn the_streams_of_one_address_leave_room_for_others() {
    let bound = Bound::with(|plan| {
        behind_a_proxy(plan);
        plan.config.limits.max_streams_per_address = 1;
    })
    .await;
    let owner = bound.rig.owner(1).await;
    let elsewhere = bound.rig.owner(3).await;
    let one = "x-forwarded-for: 2001:db8::1\r\n";
    let same_network = "x-forwarded-for: 2001:db8::ffff\r\n";
    let another = "x-forwarded-for: 2001:db8:0:1::1\r\n";
    let _stream = open(&bound, &owner, one).await.unwrap();
    assert_eq!(open(&bound, &elsewhere, one).await.unwrap_err(), "503");
    let refused = open(&bound, &elsewhere, same_network).await;
    assert_eq!(refused.unwrap_err(), "503");
    open(&bound, &elsewhere, another).await.unwrap();
}

#[tokio::test]
async fn streams_never_take_all_connections() {
    let bound = Bound::with(|plan| plan.config.limits.max_connections = 4).await;
    let owner = bound.rig.owner(1).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(open(&bound, &owner, "").await.unwrap());
    }
    assert_eq!(open(&bound, &owner, "").await.unwrap_err(), "503");
}

#[tokio::test]
async fn opening_a_stream_counts_in_the_rate_of_its_member() {
    let bound = Bound::with(|plan| plan.config.limits.requests_per_second_per_member = 1.0).await;
    let owner = bound.rig.owner(1).await;
    drop(open(&bound, &owner, "").await.unwrap());
    drop(open(&bound, &owner, "").await.unwrap());
    assert_eq!(open(&bound, &owner, "").await.unwrap_err(), "429");
    let state = owner.get(&bound.rig, "state").await;
    state.refused(429, "rate.limited");
    bound.rig.clock.advance(1_000);
    open(&bound, &owner, "").await.unwrap();
}

#[tokio::test]
async fn the_members_of_a_space_share_its_rate() {
    let rig = Rig::with(|plan| plan.config.limits.requests_per_second_per_space = 10.0);
    let owner = rig.owner(1).await;
    let elsewhere = rig.owner(2).await;
    let user = rig.user(&owner, 3).await;
    rig.clock.advance(10_000);
    for number in 0..20 {
        let member = if number % 2 == 0 { &owner } else { &user };
        member.get(&rig, "state").await.expect(200);
    }
    for member in [&owner, &user] {
        let refused = member.get(&rig, "state").await;
        refused.refused(429, "rate.limited");
    }
    elsewhere.get(&rig, "state").await.expect(200);
}

#[tokio::test]
async fn setting_the_clock_changes_no_rate() {
    let rig = Rig::with(|plan| plan.config.limits.requests_per_second_per_member = 1.0);
    let owner = rig.owner(1).await;
    for _ in 0..2 {
        owner.get(&rig, "state").await.expect(200);
    }
    let now = rig.now();
    // Forth, and back.
    for shift in [3_600_000, 0] {
        rig.clock.set(now + shift);
        let refused = owner.get(&rig, "state").await;
        assert_eq!(refused.status, 429, "{shift}");
    }
    rig.clock.advance(1_000);
    owner.get(&rig, "state").await.expect(200);
}

#[tokio::test]
async fn what_a_client_says_of_its_address_is_not_believed() {
    let bound = Bound::with(|plan| {
        behind_a_proxy(plan);
        plan.config.limits.requests_per_second_per_address = 1.0;
    })
    .await;
    let ask = async |lines: String| {
        let head = format!("GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{lines}\r\n");
        let answer = speak(&bound, head.as_bytes()).await;
        answer[9..12].to_owned()
    };
    let line = |entries: &str| format!("x-forwarded-for: {entries}\r\n");
    // The proxy wrote the last entry, whichever line it is in; everything before is the client's invention.
    for number in 0..2 {
        let lines = line(&format!("10.0.0.{number}")) + &line("9.9.9.9");
        assert_eq!(ask(lines).await, "200");
    }
    for lines in [
        line("10.0.0.3") + &line("9.9.9.9"),
        line("10.0.0.4, 9.9.9.9"),
        line("10.0.0.5") + &line("10.0.0.6, ::ffff:9.9.9.9"),
    ] {
        assert_eq!(ask(lines).await, "429");
    }
    assert_eq!(ask(line("9.9.9.9") + &line("8.8.8.8")).await, "200");
}

#[tokio::test]
async fn the_connections_of_one_address_leave_room_for_others() {
    let bound = Bound::with(|plan| plan.config.limits.max_connections_per_address = 2).await;
    let mut open = Vec::new();
    for count in 1..=2 {
        open.push(TcpStream::connect(bound.server.address()).await.unwrap());
        bound.until("reeeductio_connections", count).await;
    }
    assert_eq!(speak(&bound, b"").await, "");
    let closed = "reeeductio_disconnects_total{reason=\"address_limit\"}";
    assert_eq!(bound.metric(closed).await, 1);
    drop(open);
    bound.until("reeeductio_connections", 0).await;
    let head = b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert!(speak(&bound, head).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_trusted_proxy_is_not_one_address() {
    let bound = Bound::with(|plan| {
        behind_a_proxy(plan);
        plan.config.limits.max_connections_per_address = 1;
    })
    .await;
    let open = [
        TcpStream::connect(bound.server.address()).await.unwrap(),
        TcpStream::connect(bound.server.address()).await.unwrap(),
    ];
    bound.until("reeeductio_connections", 2).await;
    drop(open);
}

#[tokio::test]
async fn errors_are_counted_by_their_code() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner
        .get(&rig, "data/nothing")
        .await
        .refused(404, "data.not_found");
    rig.post(&owner.path("auth/challenge"), json!({})).await;
    let metrics = rig.get("/metrics").await;
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    for code in ["data.not_found", "request.invalid"] {
        let line = format!("reeeductio_refusals_total{{code=\"{code}\"}} 1");
        assert!(text.contains(&line), "{text}");
    }
}
