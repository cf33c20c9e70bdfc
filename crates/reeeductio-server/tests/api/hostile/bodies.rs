//! Bodies that are no JSON, or not the right one, or too large.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::{Method, header};
use bytes::Bytes;
use futures_util::stream;
use serde_json::json;

use super::{alive, request, typed};
use crate::rig::{Plan, Rig, raw, user_id};

/// Every route that reads JSON.
const JSON_ROUTES: [(Method, &str); 11] = [
    (Method::POST, "auth/challenge"),
    (Method::POST, "auth/verify"),
    (Method::POST, "topics/general/messages"),
    (Method::PUT, "state/a"),
    (Method::PUT, "data/a"),
    (Method::POST, "inbox"),
    (Method::POST, "inbox/somebody"),
    (Method::POST, "opaque/register/init"),
    (Method::POST, "opaque/register/finish"),
    (Method::POST, "opaque/login/init"),
    (Method::POST, "opaque/login/finish"),
];

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

/// Routes whose JSON is small: what needs no token, and registering a password.
fn is_small(rest: &str) -> bool {
    rest.starts_with("auth/") || rest.starts_with("opaque/")
}

#[tokio::test]
async fn deep_nesting_is_refused_and_costs_no_stack() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for (method, rest) in JSON_ROUTES {
            let depth = if is_small(rest) || rest.starts_with("inbox") {
                1_300
            } else {
                20_000
            };
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let unknown_key = format!("{{\"x\": {deep}}}");
            for body in [deep, unknown_key] {
                let sent = request(&owner, method.clone(), rest, body);
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

/// Spaces without end, and how many pieces of 4096 of them were asked for.
fn endless() -> (Body, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let pieces = stream::repeat_with(move || {
        count.fetch_add(1, Ordering::SeqCst);
        Ok::<_, Infallible>(Bytes::from_static(&[b' '; 4096]))
    });
    (Body::from_stream(pieces), asked)
}

#[tokio::test]
async fn huge_bodies_are_413_however_they_are_sent() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for (method, rest) in JSON_ROUTES {
        let largest = match rest {
            _ if is_small(rest) => 8192,
            "inbox" => 7_168 + 1_792 + 8192,
            "inbox/somebody" => 86_180 + 21_545 + 8192,
            "data/a" => 1_400_000 + 350_000 + 8192,
            _ => 102_400 + 25_600 + 8192,
        };
        let whole = |size: usize| request(&owner, method.clone(), rest, vec![b' '; size]);
        let answer = rig.send(whole(largest)).await;
        answer.refused(422, "request.invalid");
        let answer = rig.send(whole(largest + 1)).await;
        answer.refused(413, "request.too_large");
        let (body, _) = endless();
        let sent = request(&owner, method.clone(), rest, body);
        rig.send(sent).await.refused(413, "request.too_large");
    }
    alive(&rig, &owner).await;
}

#[tokio::test]
async fn the_operator_bounds_every_body() {
    let rig = Rig::with(|plan: &mut Plan| plan.config.limits.max_json_body = 4000);
    let owner = rig.owner(1).await;
    for (method, rest) in JSON_ROUTES {
        let sent = request(&owner, method, rest, vec![b' '; 4001]);
        rig.send(sent).await.refused(413, "request.too_large");
    }
}

#[tokio::test]
async fn of_a_large_body_little_is_read_before_the_token_is_checked() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let other = rig.owner(2).await;
    let removed = rig.user(&owner, 3).await;
    let record = format!("auth/users/{}", removed.id);
    owner.set(&rig, &record, b"").await;
    for (method, rest) in [
        (Method::POST, "topics/general/messages"),
        (Method::PUT, "state/a"),
        (Method::PUT, "data/a"),
    ] {
        for (token, code) in [
            (None, "token.missing"),
            (Some("a.b.c"), "token.invalid"),
            (Some(&*other.token), "token.wrong_space"),
            (Some(&*removed.token), "token.revoked"),
        ] {
            let (body, asked) = endless();
            let mut sent = request(&owner, method.clone(), rest, body);
            sent.headers_mut().remove(header::AUTHORIZATION);
            if let Some(token) = token {
                let value = format!("Bearer {token}").parse().unwrap();
                sent.headers_mut().insert(header::AUTHORIZATION, value);
            }
            rig.send(sent).await.refused(401, code);
            assert!(asked.load(Ordering::SeqCst) <= 3, "{rest}: {asked:?}");
        }
    }
    alive(&rig, &owner).await;
}

#[tokio::test]
async fn a_small_body_is_looked_at_before_the_token() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for (size, code) in [(8192, "request.invalid"), (8193, "token.missing")] {
        let path = owner.path("topics/general/messages");
        let answer = rig.send(raw(Method::POST, &path, vec![b' '; size])).await;
        let status = if code == "token.missing" { 401 } else { 422 };
        answer.refused(status, code);
    }
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
