//! Connections that are no HTTP, or not all of it.

use std::io::ErrorKind;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::speak;
use crate::rig::{Bound, Member, blob_id};

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_connection_closed() {
    let bound = Bound::start().await;
    for bytes in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice(),
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"POST /spaces/x/auth/challenge HTTP/1.1\r\ncontent-length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
    ] {
        let answer = speak(&bound, bytes).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
    }
    bound.rig.get("/health").await.expect(200);
}

#[tokio::test]
async fn a_huge_head_is_431_however_huge() {
    let bound = Bound::start().await;
    let head = |size| {
        let value = "a".repeat(size);
        format!("GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: {value}\r\n\r\n")
    };
    let taken = speak(&bound, head(30_000).as_bytes()).await;
    assert!(taken.starts_with("HTTP/1.1 200"), "{taken}");
    let refused = speak(&bound, head(40_000).as_bytes()).await;
    assert!(refused.starts_with("HTTP/1.1 431"), "{refused}");
    assert!(refused.contains("request.headers_too_large"), "{refused}");
    // A head too long to be read to its end is refused without a body; a reset may overtake that.
    let refused = speak(&bound, head(4_000_000).as_bytes()).await;
    assert!(
        refused.is_empty() || refused.starts_with("HTTP/1.1 431"),
        "{refused}"
    );
    bound.rig.get("/health").await.expect(200);
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_headers_is_disconnected() {
    let bound = Bound::with(|plan| plan.config.timeouts.header_seconds = 1).await;
    speak(&bound, b"GET /health HTTP/1.1\r\nx:").await;
    speak(&bound, b"").await;
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_body_is_told_408() {
    let bound = Bound::with(|plan| {
        plan.config.timeouts.body_idle_seconds = 0;
        plan.config.timeouts.request_seconds = 0;
    })
    .await;
    let owner = bound.rig.owner(1).await;
    let blob = format!("blobs/{}", blob_id(b"abc"));
    for (method, rest) in [
        ("POST", "topics/general/messages"),
        ("POST", "auth/challenge"),
        ("PUT", "data/a"),
        ("PUT", &blob),
    ] {
        let mut socket = TcpStream::connect(bound.server.address()).await.unwrap();
        let head = format!(
            "{method} {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
            owner.path(rest),
            owner.token,
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            assert_ne!(socket.read_buf(&mut answer).await.unwrap(), 0, "{rest}");
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408"), "{rest}: {answer}");
        assert!(answer.contains("request.timeout"), "{answer}");
    }
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_is_still_sending() {
    let bound = Bound::with(|plan| plan.engine.limits.blob = 1000).await;
    let owner = bound.rig.owner(1).await;
    let size = 20_000_000;
    for (token, status) in [(owner.token.as_str(), "413"), ("a.b.c", "401")] {
        let head = format!(
            "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: {size}\r\n\r\n",
            owner.path(&format!("blobs/{}", blob_id(b"abc"))),
        );
        let mut socket = TcpStream::connect(bound.server.address()).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        // Like the published clients: everything is sent before the answer is looked at.
        socket.write_all(&vec![7; size]).await.unwrap();
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer[..], format!("HTTP/1.1 {status}").as_bytes());
    }
}

/// The head of a request that announces 100 bytes.
fn head(method: &str, owner: &Member, rest: &str) -> String {
    format!(
        "{method} {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n",
        owner.path(rest),
        owner.token,
    )
}

#[tokio::test]
async fn connections_that_are_left_hanging_are_ended_and_counted() {
    let bound = Bound::with(|plan| {
        let timeouts = &mut plan.config.timeouts;
        timeouts.header_seconds = 1;
        timeouts.body_idle_seconds = 1;
        timeouts.request_seconds = 1;
    })
    .await;
    let owner = bound.rig.owner(1).await;
    let answered = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
    let no_request = [
        String::new(),
        "G".to_owned(),
        "GET /health HTTP/1.1\r\nx: ".to_owned(),
        answered.to_owned(),
        format!("{answered}GET /hea"),
    ];
    let message = head("POST", &owner, "topics/general/messages");
    let blob = head("PUT", &owner, &format!("blobs/{}", blob_id(b"abc")));
    let half_body = [
        message.clone(),
        format!("{message}{{"),
        blob.clone(),
        format!("{blob}abc"),
    ];
    let sent = no_request.iter().chain(&half_body);
    let answers = join_all(sent.map(|bytes| speak(&bound, bytes.as_bytes()))).await;
    let statuses: Vec<&str> = answers
        .iter()
        .map(|answer| answer.get(9..12).unwrap_or_default())
        .collect();
    let timeout = "408";
    assert_eq!(
        statuses,
        ["", "", "", "200", "200", timeout, timeout, timeout, timeout]
    );
    assert_eq!(bound.metric("reeeductio_connections").await, 0);
    let disconnects = "reeeductio_disconnects_total{reason=\"no_request\"}";
    assert_eq!(bound.metric(disconnects).await, 5);
}

#[tokio::test]
async fn who_was_told_408_is_not_waited_for() {
    let bound = Bound::with(|plan| {
        let timeouts = &mut plan.config.timeouts;
        timeouts.header_seconds = 6;
        timeouts.body_idle_seconds = 1;
        timeouts.request_seconds = 1;
    })
    .await;
    let owner = bound.rig.owner(1).await;
    let message = head("POST", &owner, "topics/general/messages");
    let blob = head("PUT", &owner, &format!("blobs/{}", blob_id(b"abc")));
    let half = join_all([&message, &blob].map(|bytes| speak(&bound, bytes.as_bytes())));
    // One that may stay for longer shows that the others did not.
    let longer = speak(&bound, b"G");
    tokio::select! {
        answers = half => assert!(answers.iter().all(|answer| answer.contains("408"))),
        _ = longer => panic!("the rest of the bodies was waited for"),
    }
}

#[tokio::test]
async fn an_upload_that_never_pauses_for_long_is_told_408_all_the_same() {
    let bound = Bound::with(|plan| {
        plan.config.timeouts.request_seconds = 1;
        // The length adds nothing to the second.
        plan.config.timeouts.min_bytes_per_second = 1 << 40;
    })
    .await;
    let owner = bound.rig.owner(1).await;
    for length in ["content-length: 1000000", "transfer-encoding: chunked"] {
        let mut socket = TcpStream::connect(bound.server.address()).await.unwrap();
        let head = format!(
            "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n{length}\r\n\r\n",
            owner.path(&format!("blobs/{}", blob_id(b"abc"))),
            owner.token,
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        let mut sent = 0;
        loop {
            let piece: &[u8] = if length.contains("chunked") {
                b"1\r\na\r\n"
            } else {
                b"a"
            };
            match socket.try_read(&mut answer) {
                Ok(_) => break,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
            // One more byte for each message that is stored meanwhile.
            owner.say(&bound.rig, "general", b"hello").await;
            socket.write_all(piece).await.unwrap();
            sent += 1;
            assert!(sent < 20_000, "the upload may take as long as it likes");
        }
        assert_eq!(&answer, b"HTTP/1.1 408");
    }
}

/// Asks for the health and reads to the end, noting how many connections there were.
async fn visit(bound: &Bound) -> i64 {
    let answer = speak(
        bound,
        b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    bound.metric("reeeductio_connections").await
}

/// Connections that send nothing, as many as there are places.
async fn hogs(bound: &Bound, count: usize) -> Vec<TcpStream> {
    let connect = |_| TcpStream::connect(bound.server.address());
    let hogs = join_all((0..count).map(connect)).await;
    bound.until("reeeductio_connections", 4).await;
    hogs.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn beyond_the_limit_connections_wait_until_others_leave() {
    let bound = Bound::with(|plan| plan.config.limits.max_connections = 4).await;
    let hogs = hogs(&bound, 4).await;
    let visits = join_all((0..100).map(|_| visit(&bound)));
    let leaving = async { drop(hogs) };
    let (seen, ()) = tokio::join!(visits, leaving);
    assert!(seen.iter().all(|connections| *connections <= 4), "{seen:?}");
}

#[tokio::test]
async fn a_flood_of_silent_connections_passes() {
    let bound = Bound::with(|plan| {
        plan.config.limits.max_connections = 4;
        plan.config.timeouts.header_seconds = 1;
    })
    .await;
    // Twice as many as there are places, and none of them leaves by itself.
    let hogs = hogs(&bound, 8).await;
    let seen = join_all((0..20).map(|_| visit(&bound))).await;
    assert!(seen.iter().all(|connections| *connections <= 4), "{seen:?}");
    drop(hogs);
}
