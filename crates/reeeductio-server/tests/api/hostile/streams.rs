//! WebSocket clients that break its rules, leave it hanging, or come and go.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::rig::{Bound, Member};
use crate::spaces::stream::Client;

const STREAMS: &str = "reeeductio_streams";

/// Opens a stream by hand, so that anything can be sent on it.
async fn open(bound: &Bound, member: &Member) -> TcpStream {
    let mut socket = TcpStream::connect(bound.server.address()).await.unwrap();
    let head = format!(
        "GET {}?token={} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        member.path("stream"),
        member.token,
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(socket.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 101"));
    socket
}

/// Everything up to the end. A reset is an end like any other.
async fn rest(mut socket: TcpStream) -> Vec<u8> {
    let mut found = Vec::new();
    let _ended = socket.read_to_end(&mut found).await;
    found
}

/// A frame of a client, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let mut frame = vec![first];
    if length < 126 {
        frame.push(0x80 + u8::try_from(length).unwrap());
    } else {
        frame.push(0x80 + 126);
        frame.extend(length.to_be_bytes());
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The head of a frame that announces `length` bytes.
fn announced(length: u64) -> Vec<u8> {
    [&[0x81, 0x80 + 127][..], &length.to_be_bytes(), &[0; 4]].concat()
}

#[tokio::test]
async fn garbage_ends_only_its_own_stream() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut other = Client::open(&bound, &owner).await;
    let part = vec![b'a'; 60_000];
    for garbage in [
        frame(0x83, b"reserved opcode"),
        frame(0x8B, b"reserved control opcode"),
        frame(0xC1, b"reserved bit"),
        frame(0x09, b"ping in parts"),
        frame(0x89, &[0; 200]),
        frame(0x80, b"a continuation of nothing"),
        frame(0x81, b"\xff\xfe no text"),
        frame(0x88, b"\x00"),
        [frame(0x01, b"a"), frame(0x81, b"b")].concat(),
        [frame(0x01, &part), frame(0x80, &part)].concat(),
        b"\x81\x01a".to_vec(),
        announced(100_000),
        announced(1 << 40),
        announced(u64::MAX),
        vec![0xff; 5_000],
        vec![0x00; 5_000],
        b"GET /health HTTP/1.1\r\n\r\n".to_vec(),
    ] {
        let mut socket = open(&bound, &owner).await;
        socket.write_all(&garbage).await.unwrap();
        let found = rest(socket).await;
        // Nothing, or a close frame.
        assert!(
            found.is_empty() || found[0] == 0x88,
            "{garbage:?}: {found:?}"
        );
    }
    owner.say(&bound.rig, "general", b"hello").await;
    assert_eq!(other.next().await["topic_id"], "general");
    assert_eq!(bound.metric(STREAMS).await, 1);
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_disconnected_and_counted() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let silent = open(&bound, &owner).await;
    let mut halfway = open(&bound, &owner).await;
    halfway
        .write_all(&frame(0x81, b"begun")[..7])
        .await
        .unwrap();
    let mut answering = Client::open(&bound, &owner).await;
    bound.rig.clock.advance(30_000);
    owner.say(&bound.rig, "general", b"1").await;
    assert_eq!(answering.next().await["data"], "MQ==");
    assert_eq!(answering.next().await["type"], "ping");
    answering.exchange_pings().await;
    bound.rig.clock.advance(90_000);
    owner.say(&bound.rig, "general", b"2").await;
    assert_eq!(answering.next().await["data"], "Mg==");
    let away = u16::from(CloseCode::Away).to_be_bytes();
    for socket in [silent, halfway] {
        let found = rest(socket).await;
        let ping = found.windows(2).position(|two| two == [0x89, 0]).unwrap();
        let end = found[ping..].windows(2).position(|two| two == away);
        assert!(end.is_some(), "{found:?}");
    }
    let disconnects = "reeeductio_disconnects_total{reason=\"stream_idle\"}";
    assert_eq!(bound.metric(disconnects).await, 2);
    assert_eq!(bound.metric(STREAMS).await, 1);
}

#[tokio::test]
async fn setting_the_clock_ends_no_stream() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut client = Client::open(&bound, &owner).await;
    let now = bound.rig.now();
    // Forth, and back.
    for shift in [3_600_000, 0] {
        bound.rig.clock.set(now + shift);
        owner.say(&bound.rig, "general", b"hello").await;
        assert_eq!(client.next().await["topic_id"], "general");
    }
}

#[tokio::test]
async fn thousands_who_come_and_go_leave_nothing_behind() {
    let bound = Bound::with(|plan| {
        plan.config.limits.max_streams = 50;
        plan.config.limits.max_connections = 50;
    })
    .await;
    let owner = bound.rig.owner(1).await;
    let mut stays = Client::open(&bound, &owner).await;
    for number in 0..2_000 {
        let mut socket = open(&bound, &owner).await;
        match number % 3 {
            0 => drop(socket),
            1 => {
                socket.write_all(&frame(0x88, &[])).await.unwrap();
                rest(socket).await;
            }
            _ => {
                socket.write_all(&frame(0x81, b"ping")).await.unwrap();
                drop(socket);
            }
        }
    }
    bound.until(STREAMS, 1).await;
    bound.until("reeeductio_connections", 1).await;
    owner.say(&bound.rig, "general", b"hello").await;
    assert_eq!(stays.next().await["topic_id"], "general");
}
