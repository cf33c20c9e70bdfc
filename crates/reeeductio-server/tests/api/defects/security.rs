//! wire.md 14.1.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use reeeductio_backend::conformance::records::unjudged;
use reeeductio_backend::{AppendOutcome, Messages as _};
use reeeductio_proto::{ChainId, Message, MessageId, Signature, TopicId};
use serde_json::json;

use super::{MESSAGES, assign_reader, forget, forgetful};
use crate::rig::{Bound, Member, Plan, Post, Rig, START, base64, blob_id, key_space, user_id};
use crate::spaces::{opaque, stream};

#[tokio::test]
async fn rights_prefix_without_slash_grants_nothing() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(
            &rig,
            &member,
            "c",
            "create",
            "state/auth/users/{self}/{any}",
        )
        .await;
    let path = format!("auth/users/{}/rightsx", member.id);
    let all = json!({"op": "write", "path": "{...}"});
    // Whether such an entry may be written or not: it is no right.
    member.try_set_json(&rig, &path, &all).await;
    member
        .get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
    owner.set(&rig, &path, all.to_string().as_bytes()).await;
    member
        .get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn a_tombstoned_user_is_out_at_once() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner.grant(&rig, &member, "all", "write", "{...}").await;
    member.say(&rig, "general", b"in").await;
    owner
        .set(&rig, &format!("auth/users/{}", member.id), b"")
        .await;
    for rest in [MESSAGES, "state", "data/a"] {
        member.get(&rig, rest).await.refused(401, "token.revoked");
    }
    let refresh = member.call(&rig, Method::POST, "auth/refresh", None).await;
    refresh.refused(401, "token.revoked");
    let blob = member.put_blob(&rig, &blob_id(b"x"), "x").await;
    blob.refused(401, "token.revoked");
    let again = rig.try_sign_in(owner.space, 2, member.id).await;
    again.refused(403, "member.unknown");
}

#[tokio::test]
async fn a_tombstoned_tool_is_out_at_once() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let tool = rig.tool(&owner, 2, json!({})).await;
    owner.grant(&rig, &tool, "all", "write", "{...}").await;
    tool.get(&rig, MESSAGES).await.expect(200);
    owner
        .set(&rig, &format!("auth/tools/{}", tool.id), b"")
        .await;
    tool.get(&rig, MESSAGES).await.refused(401, "token.revoked");
    let again = rig.try_sign_in(owner.space, 2, tool.id).await;
    again.refused(403, "member.unknown");
}

#[tokio::test]
async fn a_tombstoned_right_stops_at_once() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner.grant(&rig, &member, "r", "read", MESSAGES).await;
    member.get(&rig, MESSAGES).await.expect(200);
    owner
        .set(&rig, &format!("auth/users/{}/rights/r", member.id), b"")
        .await;
    member
        .get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn a_tombstoned_role_grant_stops_at_once() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    assign_reader(&rig, &owner, member.id).await;
    member.get(&rig, MESSAGES).await.expect(200);
    owner
        .set(&rig, &format!("auth/users/{}/roles/reader", member.id), b"")
        .await;
    member
        .get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn a_tombstoned_role_stops_at_once() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for (seed, path) in [(2, "auth/roles/reader/rights/r0"), (3, "auth/roles/reader")] {
        let member = rig.user(&owner, seed).await;
        assign_reader(&rig, &owner, member.id).await;
        member.get(&rig, MESSAGES).await.expect(200);
        owner.set(&rig, path, b"").await;
        member
            .get(&rig, MESSAGES)
            .await
            .refused(403, "permission.denied");
    }
}

#[tokio::test]
async fn what_a_removed_user_held_does_not_come_back() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner.grant(&rig, &member, "r", "read", MESSAGES).await;
    assign_reader(&rig, &owner, member.id).await;
    owner
        .set(&rig, &format!("auth/users/{}", member.id), b"")
        .await;
    owner.add_user(&rig, member.id).await;
    // The old token names a member again; nothing more.
    member.get(&rig, "state").await.expect(200);
    member
        .get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn a_blob_id_is_checked_before_it_names_a_file() {
    let rig = Rig::with(|plan: &mut Plan| plan.engine.admin_space = Some(key_space(1)));
    let admin = rig.owner(1).await;
    for id in [
        "..",
        "%2e%2e",
        "zzz",
        "B.meta",
        &format!("{}.meta", blob_id(b"")),
    ] {
        let request = Request::builder()
            .method(Method::DELETE)
            .uri(format!("/admin/blobs/{id}"))
            .header("authorization", format!("Bearer {}", admin.token))
            .body(Body::empty())
            .unwrap();
        rig.send(request).await.refused(400, "blob.invalid_id");
    }
}

#[tokio::test]
async fn data_is_checked_against_its_data_path() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    let put = async |path: &str| member.put_data(&rig, path, b"1", START).await;
    owner
        .grant(&rig, &member, "s", "write", "state/k/{any}")
        .await;
    put("state/k/1").await.refused(403, "permission.denied");
    owner.grant(&rig, &member, "a", "write", "{any}").await;
    put("oneseg").await.refused(403, "permission.denied");
    owner
        .grant(&rig, &member, "d", "write", "data/foo/{any}")
        .await;
    put("data/foo/bar").await.refused(403, "permission.denied");
    put("foo/bar").await.expect(200);
    member.get(&rig, "data/foo/bar").await.expect(200);
    let delete = member
        .call(&rig, Method::DELETE, "data/foo/bar", None)
        .await;
    delete.expect(204);
    let other = member
        .call(&rig, Method::DELETE, "data/state/k/1", None)
        .await;
    other.refused(403, "permission.denied");
}

#[tokio::test]
async fn a_right_lapses_at_its_time() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    let right = json!({"op": "read", "path": MESSAGES, "expires_at": START + 1000});
    owner
        .try_grant(&rig, &member.holder(), "r", &right)
        .await
        .expect(201);
    rig.clock.advance(1000);
    member.get(&rig, MESSAGES).await.expect(200);
    rig.clock.advance(1);
    member
        .get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn a_tool_grants_no_more_than_it_holds() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let tool = rig.tool(&owner, 2, json!({})).await;
    owner.add_user(&rig, user_id(3)).await;
    let path = "state/auth/users/{any}/rights/{any}";
    owner.grant(&rig, &tool, "g", "create", path).await;
    owner.grant(&rig, &tool, "r", "read", MESSAGES).await;
    let holder = format!("users/{}", user_id(3));
    let all = json!({"op": "write", "path": "{...}"});
    tool.try_grant(&rig, &holder, "c", &all)
        .await
        .refused(403, "grant.escalation");
    let held = json!({"op": "read", "path": MESSAGES});
    tool.try_grant(&rig, &holder, "c", &held).await.expect(201);
}

#[tokio::test]
async fn nobody_signs_its_own_definition() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(&rig, &member, "m", "modify", "state/auth/users/{any}")
        .await;
    let path = format!("auth/users/{}", member.id);
    let resigned = member.try_set_json(&rig, &path, &json!({})).await;
    resigned.refused(403, "auth.self_definition");
    member.get(&rig, "state").await.expect(200);
}

#[tokio::test]
async fn members_who_sign_each_other_stay_members() {
    let rig = forgetful();
    let owner = rig.owner(1).await;
    let (ann, bob) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    for member in [&ann, &bob] {
        owner
            .grant(&rig, member, "m", "modify", "state/auth/users/{any}")
            .await;
    }
    for _ in 0..3 {
        ann.add_user(&rig, bob.id).await;
        bob.add_user(&rig, ann.id).await;
    }
    forget(&rig).await;
    ann.get(&rig, "state").await.expect(200);
    bob.get(&rig, "state").await.expect(200);
}

/// Stores a state message as somebody would who can write to the database.
async fn plant(rig: &Rig, member: &Member, path: &str, data: &[u8]) {
    let head = rig
        .records
        .head(member.space, &ChainId::state())
        .await
        .unwrap();
    let prev = head.map(|head| head.hash);
    let text = prev.map(|prev| prev.to_string());
    let body = Post::new("state", path, text.as_deref(), data).body(member);
    let message = Message {
        message_hash: MessageId::parse(body["message_hash"].as_str().unwrap()).unwrap(),
        topic_id: TopicId::state(),
        kind: path.to_owned(),
        prev_hash: prev,
        data: base64(data),
        sender: member.id,
        signature: Signature::parse(body["signature"].as_str().unwrap()).unwrap(),
        server_timestamp: rig.now(),
    };
    let append = unjudged(member.space, message);
    let outcome = rig.records.append(append).await.unwrap();
    assert!(matches!(outcome, AppendOutcome::Stored(_)));
}

#[tokio::test]
async fn what_somebody_puts_into_the_store_has_no_authority() {
    let rig = forgetful();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    let right = format!("auth/users/{}/rights/all", member.id);
    plant(&rig, &member, &right, br#"{"op":"write","path":"{...}"}"#).await;
    let friend = format!("auth/users/{}", user_id(3));
    plant(&rig, &member, &friend, b"{}").await;
    // Neither while it runs nor when it reads the chain again.
    for _ in 0..2 {
        member
            .get(&rig, MESSAGES)
            .await
            .refused(403, "permission.denied");
        let joined = rig.try_sign_in(owner.space, 3, user_id(3)).await;
        joined.refused(403, "member.unknown");
        forget(&rig).await;
    }
}

#[tokio::test]
async fn a_right_stays_when_its_author_goes() {
    let rig = forgetful();
    let owner = rig.owner(1).await;
    let admin = rig.user(&owner, 2).await;
    owner.grant(&rig, &admin, "all", "write", "{...}").await;
    let member = rig.user(&admin, 3).await;
    admin.grant(&rig, &member, "r", "read", MESSAGES).await;
    owner
        .set(&rig, &format!("auth/users/{}", admin.id), b"")
        .await;
    for _ in 0..2 {
        member.get(&rig, MESSAGES).await.expect(200);
        admin
            .get(&rig, MESSAGES)
            .await
            .refused(401, "token.revoked");
        forget(&rig).await;
    }
}

#[tokio::test]
async fn an_unknown_user_looks_like_a_known_one() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    opaque::enable(&rig, &owner).await;
    opaque::register(&rig, &owner, "known", "right").await;
    for name in ["known", "unknown"] {
        // The answer has the same length, and the client finds out alone that it is no use.
        assert!(opaque::login(&rig, &owner, name, "wrong").await.is_err());
        let body = json!({"username": name, "credential_finalization": base64(&[0; 64])});
        let refused = rig.post(&owner.path("opaque/login/finish"), body).await;
        refused.refused(401, "opaque.wrong_password");
    }
}

#[tokio::test]
async fn password_secrets_are_the_owners() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    opaque::enable(&rig, &owner).await;
    let (member, other) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    for member in [&member, &other] {
        owner
            .grant(&rig, member, "all", "write", "data/{...}")
            .await;
    }
    opaque::register(&rig, &member, "ann", "right").await;
    for path in ["opaque/server/setup", "opaque/users/ann"] {
        owner.get(&rig, &format!("data/{path}")).await.expect(200);
        let refused = other.get(&rig, &format!("data/{path}")).await;
        refused.refused(403, "permission.denied");
    }
}

#[tokio::test]
async fn a_new_password_setup_counts_at_once() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    opaque::enable(&rig, &owner).await;
    opaque::register(&rig, &owner, "al", "right").await;
    opaque::login(&rig, &owner, "al", "right")
        .await
        .unwrap()
        .expect(200);
    rig.clock.advance(1);
    opaque::enable(&rig, &owner).await;
    assert!(opaque::login(&rig, &owner, "al", "right").await.is_err());
}

#[tokio::test]
async fn refused_input_is_not_repeated() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let secret = "never-repeat-this";
    let mut body = Post::new("general", "chat.text", None, b"x").body(&owner);
    body["data"] = json!({"secret": secret});
    let shape = owner.call(&rig, Method::POST, MESSAGES, Some(body)).await;
    shape.refused(422, "request.invalid");
    let text = format!("{{\"data\": \"{secret}\"");
    let malformed = crate::rig::raw(Method::POST, &owner.path("auth/challenge"), text);
    let malformed = rig.send(malformed).await;
    malformed.refused(422, "request.invalid");
    let enumeration = owner.get(&rig, &format!("state?limit={secret}")).await;
    enumeration.refused(422, "request.invalid");
    for answer in [shape, malformed, enumeration] {
        assert!(!String::from_utf8_lossy(&answer.body).contains(secret));
    }
}

#[tokio::test]
async fn the_status_does_not_depend_on_words() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for topic in [
        "permissions",
        "not-found",
        "expired",
        "invalid-token",
        "already-exists",
    ] {
        let post = Post::new(topic, "chat.text", None, b"x");
        owner.post(&rig, &post).await.expect(201);
        owner.post(&rig, &post).await.refused(409, "chain.conflict");
    }
    for path in ["mismatch", "permission/denied", "not.found"] {
        owner
            .get(&rig, &format!("state/{path}"))
            .await
            .refused(404, "state.not_found");
    }
}

#[test]
fn no_token_reaches_the_log() {
    let log = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let writer = {
        let log = Arc::clone(&log);
        move || Shared(Arc::clone(&log))
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(writer)
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let secrets = tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let rig = Rig::with(|plan| plan.config.logging.enable_access_log = true);
            let owner = rig.owner(1).await;
            owner.say(&rig, "general", b"x").await;
            let stream = owner.path(&format!("stream?token={}", owner.token));
            rig.get(&stream).await;
            let on_streams = tokens_of_streams().await;
            opaque::enable(&rig, &owner).await;
            let setup = owner
                .get(&rig, "data/opaque/server/setup")
                .await
                .expect(200);
            let setup = setup["data"].as_str().unwrap().to_owned();
            [on_streams, vec![owner.token, setup]].concat()
        })
    });
    let log = String::from_utf8(log.lock().clone()).unwrap();
    assert!(log.contains("/stream"), "{log}");
    for secret in secrets {
        assert!(!log.contains(&secret));
    }
}

/// Opens streams with a token in the URL and in the first frame, taken and refused, and gives the tokens.
async fn tokens_of_streams() -> Vec<String> {
    let bound = Bound::with(|plan| plan.config.logging.enable_access_log = true).await;
    let mut owner = bound.rig.owner(1).await;
    let _base = stream::Client::open(&bound, &owner).await;
    let mut frame = stream::signing_in::knock(&bound, owner.space).await;
    frame.auth(&owner.token, "").await;
    frame.next().await;
    // Refused as a second sign-in.
    frame.auth(&owner.token, "").await;
    frame.ended().await;
    let taken = owner.token.clone();
    owner.token.push_str("REFUSED");
    let mut refused = stream::signing_in::knock(&bound, owner.space).await;
    refused.auth(&owner.token, "").await;
    refused.ended().await;
    let in_url = owner.path(&format!("stream?token={}", owner.token));
    assert_eq!(bound.rig.get(&in_url).await.status, 403);
    vec![taken, owner.token]
}

struct Shared(Arc<parking_lot::Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
