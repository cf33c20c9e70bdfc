//! Bodies that are no JSON, or not the right one, or too large.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::Method;
use bytes::Bytes;
use futures_util::stream;
use serde_json::json;

use super::{alive, request, typed};
use crate::rig::{Plan, Rig, user_id};

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
