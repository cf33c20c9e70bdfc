//! URLs, headers and ids that are not what they should be.

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::json;

use super::{alive, request, typed};
use crate::rig::{Answer, Member, Plan, Rig, base64, blob_id, message_id, other_version, user_id};

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
        // A value that is no valid header does not reach the server.
        let Ok(request) = request else { continue };
        let answer = rig.send(request).await;
        assert_eq!(answer.status, 401, "{token}");
        typed(&answer);
    }
}

/// Texts that look like `id` and are not ids: every byte has one spelling only.
fn spellings(id: &str) -> Vec<String> {
    let head = &id[..id.len() - 1];
    let standard = id.replace('-', "+").replace('_', "/");
    let bytes = reeeductio_proto::encoding::decode(&standard).unwrap();
    let url = |bytes: &[u8]| base64(bytes).replace('+', "-").replace('/', "_");
    vec![
        String::new(),
        head.to_owned(),
        format!("{id}A"),
        format!("{id}="),
        format!("{id}%20"),
        format!("%20{id}"),
        format!("{head}%00"),
        format!("{head}%C3%A9"),
        format!("{head}*"),
        id.to_lowercase(),
        other_version(id),
        url(&bytes[..32]),
        url(&[&bytes[..], &[0]].concat()),
        url(&[0; 33]),
        url(&[255; 33]),
        "A".repeat(10_000),
    ]
}

#[tokio::test]
async fn other_spellings_of_ids_are_refused_by_name_wherever_they_stand() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let space = owner.space.to_string();
    let get = async |path: String| -> Answer {
        let request = Request::builder()
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", owner.token))
            .body(Body::empty())
            .unwrap();
        rig.send(request).await
    };
    for id in spellings(&space).iter().filter(|id| !id.is_empty()) {
        let answer = get(format!("/spaces/{id}/state")).await;
        answer.refused(400, "space.invalid_id");
    }
    for id in spellings(&blob_id(b"x")).iter().filter(|id| !id.is_empty()) {
        let answer = get(format!("/spaces/{space}/blobs/{id}")).await;
        answer.refused(400, "blob.invalid_id");
    }
    for id in spellings(&message_id(b"x"))
        .iter()
        .filter(|id| !id.is_empty())
    {
        let answer = get(format!("/spaces/{space}/topics/general/messages/{id}")).await;
        answer.refused(404, "message.not_found");
    }
    for topic in [
        "G",
        "a",
        "General",
        "-a",
        "a-",
        "a%2Fb",
        "a%00",
        &"a".repeat(65),
    ] {
        let answer = get(format!("/spaces/{space}/topics/{topic}/messages")).await;
        answer.refused(400, "topic.invalid_id");
    }
    alive(&rig, &owner).await;
}

#[tokio::test]
async fn other_spellings_of_ids_in_bodies_are_refused_by_name() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let id = user_id(1).to_string();
    for spelling in spellings(&id) {
        let body = json!({"public_key": spelling});
        let sent = request(&owner, Method::POST, "auth/challenge", body.to_string());
        let answer = rig.send(sent).await;
        if spelling.len() < 8000 {
            answer.refused(400, "member.invalid_id");
        } else {
            answer.refused(413, "request.too_large");
        }
    }
    for spelling in spellings(&message_id(b"x")).iter().skip(1) {
        let post = crate::rig::Post::new("general", "chat.text", Some(spelling), b"x");
        let answer = owner.post(&rig, &post).await;
        answer.refused(400, "message.invalid_prev_hash");
    }
    alive(&rig, &owner).await;
}

/// A request with so many headers of so many bytes each.
fn with_headers(owner: &Member, count: usize, size: usize) -> Request<Body> {
    let mut request = request(owner, Method::GET, "state", Body::empty());
    for number in 0..count {
        let name: header::HeaderName = format!("x-{number}").parse().unwrap();
        request
            .headers_mut()
            .insert(name, "a".repeat(size).parse().unwrap());
    }
    request
}

#[tokio::test]
async fn large_heads_are_431_by_their_size_and_by_their_number() {
    let rig = Rig::with(|plan: &mut Plan| plan.config.limits.max_header_bytes = 10_000);
    let owner = rig.owner(1).await;
    rig.send(with_headers(&owner, 98, 20)).await.expect(200);
    rig.send(with_headers(&owner, 1, 9_000)).await.expect(200);
    for (count, size) in [(99, 1), (150, 1), (1, 10_000), (50, 200)] {
        let answer = rig.send(with_headers(&owner, count, size)).await;
        answer.refused(431, "request.headers_too_large");
    }
    let long = owner.path(&format!("topics/general/messages?x={}", "a".repeat(10_000)));
    rig.get(&long)
        .await
        .refused(431, "request.headers_too_large");
    alive(&rig, &owner).await;
}
