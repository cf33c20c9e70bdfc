//! Bad input of every kind gets a typed error, and the server goes on.

use std::collections::HashSet;
use std::convert::Infallible;

use axum::body::Body;
use axum::http::{Method, Request, header};
use bytes::Bytes;
use futures_util::stream;
use reeeductio_proto::ErrorCode;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::rig::{Answer, Bound, Member, Plan, Rig, user_id};

/// Every route that reads JSON.
const JSON_ROUTES: [(Method, &str); 9] = [
    (Method::POST, "auth/challenge"),
    (Method::POST, "auth/verify"),
    (Method::POST, "topics/general/messages"),
    (Method::PUT, "state/a"),
    (Method::PUT, "data/a"),
    (Method::POST, "opaque/register/init"),
    (Method::POST, "opaque/register/finish"),
    (Method::POST, "opaque/login/init"),
    (Method::POST, "opaque/login/finish"),
];

fn request(member: &Member, method: Method, rest: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(member.path(rest))
        .header(header::AUTHORIZATION, format!("Bearer {}", member.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

/// A refusal with a code of the list and its status.
#[track_caller]
fn typed(answer: &Answer) {
    let body = answer.json();
    let code = ErrorCode::parse(body["code"].as_str().unwrap()).unwrap();
    answer.refused(code.status(), code.as_str());
    assert!((400..500).contains(&answer.status), "{body}");
}

async fn alive(rig: &Rig, owner: &Member) {
    rig.get("/health").await.expect(200);
    owner.say(rig, "alive", b"yes").await;
}

#[tokio::test]
async fn bodies_that_are_no_json_are_422_on_every_route() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let bodies: [&[u8]; 16] = [
        b"",
        b" ",
        b"{",
        b"}",
        b"nul",
        b"{\"data\": }",
        b"{'data': 1}",
        b"{\"data\": \"\\ud800\"}",
        b"{\"data\": \"\xff\xfe\"}",
        b"\xff\xfe\x00",
        b"\x00",
        b"{\"data\": \"\x00\"}",
        b"{\"data\": 1e999999}",
        b"[1, 2",
        b"{} {}",
        b"NaN",
    ];
    for (method, rest) in JSON_ROUTES {
        for body in bodies {
            let answer = rig.send(request(&owner, method.clone(), rest, body)).await;
            answer.refused(422, "request.invalid");
        }
    }
    alive(&rig, &owner).await;
}

#[tokio::test]
async fn json_of_the_wrong_shape_is_422_on_every_route() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for (method, rest) in JSON_ROUTES {
        for body in [
            "null",
            "true",
            "5",
            "\"text\"",
            "[]",
            "{}",
            "[[]]",
            r#"{"public_key": {}, "data": {}, "username": {}}"#,
            r#"{"public_key": null, "data": null, "username": null}"#,
            r#"{"public_key": 1, "public_key": 2, "data": "", "data": "", "username": "", "username": ""}"#,
        ] {
            let answer = rig.send(request(&owner, method.clone(), rest, body)).await;
            answer.refused(422, "request.invalid");
        }
    }
    alive(&rig, &owner).await;
}

#[tokio::test]
async fn deep_nesting_is_refused_and_costs_no_stack() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let depth = 100_000;
        let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let unknown_key = format!("{{\"x\": {deep}}}");
        for body in [deep, unknown_key] {
            for (method, rest) in JSON_ROUTES {
                let sent = request(&owner, method, rest, body.clone());
                rig.send(sent).await.refused(422, "request.invalid");
            }
        }
    }
    // Inside an entry that the server reads, too.
    let deep = "[".repeat(50_000);
    let path = format!("auth/users/{}", user_id(2));
    owner
        .try_set(&rig, &path, deep.as_bytes())
        .await
        .refused(400, "auth.invalid_entry");
    alive(&rig, &owner).await;
}

#[tokio::test]
async fn huge_bodies_are_413_however_they_are_sent() {
    let rig = Rig::with(|plan: &mut Plan| plan.config.limits.max_json_body = 100_000);
    let owner = rig.owner(1).await;
    let huge = vec![b' '; 100_001];
    for (method, rest) in JSON_ROUTES {
        let whole = request(&owner, method.clone(), rest, huge.clone());
        rig.send(whole).await.refused(413, "request.too_large");
        let endless =
            stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b' '; 4096])));
        let endless = request(&owner, method, rest, Body::from_stream(endless));
        rig.send(endless).await.refused(413, "request.too_large");
    }
    alive(&rig, &owner).await;
}

#[tokio::test]
async fn texts_with_nul_and_other_oddities_are_refused_by_name() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for odd in [
        "\u{0}",
        "a\u{0}b",
        "\u{202e}",
        "😀",
        "\r\n",
        &"x".repeat(50_000),
    ] {
        for (method, rest) in JSON_ROUTES {
            let body = json!({
                "public_key": odd, "challenge": odd, "signature": odd, "data": odd, "message_hash": odd,
                "prev_hash": odd, "type": "a", "signed_by": odd, "signed_at": 0, "username": odd,
                "registration_request": odd, "registration_record": odd, "credential_request": odd,
                "credential_finalization": odd,
            });
            typed(
                &rig.send(request(&owner, method, rest, body.to_string()))
                    .await,
            );
        }
    }
    alive(&rig, &owner).await;
}

#[tokio::test]
async fn odd_urls_are_refused_by_name() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let space = owner.space;
    let long = "a".repeat(4000);
    for path in [
        "/spaces/%FF/state".to_owned(),
        "/spaces/%00/state".to_owned(),
        format!("/spaces/{long}/state"),
        format!("/spaces/{space}%0A/state"),
        format!("/spaces/{space}/state/%FF"),
        format!("/spaces/{space}/state/%00"),
        format!("/spaces/{space}/state/%"),
        format!("/spaces/{space}/state/%zz"),
        format!("/spaces/{space}/data/%FF"),
        format!("/spaces/{space}/data/%C0%AF"),
        format!("/spaces/{space}/data/%2e%2e/%2e%2e/etc"),
        format!("/spaces/{space}/data/{long}"),
        format!("/spaces/{space}/blobs/%2e%2e"),
        format!("/spaces/{space}/blobs/%FF"),
        format!("/spaces/{space}/topics/%FF/messages"),
        format!("/spaces/{space}/topics/general/messages/%FF"),
        format!("/spaces/{space}/topics/general/messages/%00"),
        format!("/spaces/{space}/topics/general/messages?limit=%FF"),
        format!("/spaces/{space}/topics/general/messages?from=%00"),
        "/admin/blobs/%FF".to_owned(),
    ] {
        let request = Request::builder()
            .uri(&path)
            .header(header::AUTHORIZATION, format!("Bearer {}", owner.token))
            .body(Body::empty())
            .unwrap();
        let answer = rig.send(request).await;
        assert!(!answer.body.is_empty(), "{path}");
        typed(&answer);
    }
    alive(&rig, &owner).await;
}

#[tokio::test]
async fn odd_tokens_are_401() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let long = "a".repeat(20_000);
    for token in [
        "a", ".", "..", "...", "a.b", "a.b.c.d", "=.=.=", "é.é.é", &long, "null", "\u{7f}",
    ] {
        let request = Request::builder()
            .uri(owner.path("state"))
            .header(
                header::AUTHORIZATION,
                format!("Bearer {token}").into_bytes(),
            )
            .body(Body::empty());
        // What is no header at all does not reach the server.
        let Ok(request) = request else { continue };
        let answer = rig.send(request).await;
        assert_eq!(answer.status, 401, "{token}");
        typed(&answer);
    }
}

#[tokio::test]
async fn ten_thousand_challenges_leave_nothing_behind() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let first = rig.challenge(owner.space, owner.id).await;
    let mut seen = HashSet::new();
    for _ in 0..10_000 {
        seen.insert(rig.challenge(owner.space, owner.id).await);
    }
    assert_eq!(seen.len(), 10_000);
    // The first is as good as ever: asking again replaces nothing, because nothing is kept.
    let answer = rig.answer_challenge(owner.space, 1, owner.id, &first).await;
    answer.expect(200);
    // Not even the server that issued it: another with the same secret knows it as well.
    let twin = Rig::start();
    let other = seen.into_iter().next().unwrap();
    let answer = twin
        .answer_challenge(owner.space, 1, owner.id, &other)
        .await;
    answer.expect(200);
}

/// Sends bytes as they are and reads until the server closes.
async fn speak(bound: &Bound, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(bound.server.address()).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end like any other.
    let _ended = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

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
    let mut headers = b"GET /health HTTP/1.1\r\nx: ".to_vec();
    headers.extend(vec![b'a'; 100_000]);
    headers.extend(b"\r\n\r\n");
    let answer = speak(&bound, &headers).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    bound.rig.get("/health").await.expect(200);
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_headers_is_let_go() {
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
    let blob = format!("blobs/{}", crate::rig::blob_id(b"abc"));
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
            owner.path(&format!("blobs/{}", crate::rig::blob_id(b"abc"))),
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
