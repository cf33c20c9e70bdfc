//! `/spaces/{space_id}/topics/{topic_id}/messages` (wire.md 3).

use axum::http::{Method, header};
use serde_json::{Value, json};

use crate::rig::{Member, Plan, Post, Rig, START, raw, user_id};

fn texts(page: &Value) -> Vec<String> {
    let messages = page["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| {
            let data = message["data"].as_str().unwrap();
            String::from_utf8(reeeductio_proto::encoding::decode(data).unwrap()).unwrap()
        })
        .collect()
}

/// Posts `count` messages, one per 10 ms, named by their number.
async fn filled(rig: &Rig, count: u8) -> Member {
    let owner = rig.owner(1).await;
    for number in 0..count {
        owner
            .say(rig, "general", number.to_string().as_bytes())
            .await;
        rig.clock.advance(10);
    }
    owner
}

#[tokio::test]
async fn a_posted_message_comes_back_with_exactly_eight_keys() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let post = Post::new("general", "chat.text", None, b"hello");
    let sent = post.body(&owner);
    let created = owner.post(&rig, &post).await.expect(201);
    assert_eq!(
        created,
        json!({"message_hash": sent["message_hash"], "server_timestamp": START})
    );
    let message = json!({
        "message_hash": sent["message_hash"], "topic_id": "general", "type": "chat.text",
        "prev_hash": null, "data": "aGVsbG8=", "sender": owner.id.to_string(),
        "signature": sent["signature"], "server_timestamp": START,
    });
    let page = owner.get(&rig, "topics/general/messages").await.expect(200);
    assert_eq!(page, json!({"messages": [message], "has_more": false}));
    let hash = sent["message_hash"].as_str().unwrap();
    let rest = format!("topics/general/messages/{hash}");
    assert_eq!(owner.get(&rig, &rest).await.expect(200), message);
}

#[tokio::test]
async fn pages_say_their_length_and_that_they_are_json() {
    let rig = Rig::start();
    let owner = filled(&rig, 3).await;
    let page = owner.get(&rig, "topics/general/messages").await;
    assert_eq!(page.header("content-type"), "application/json");
    assert_eq!(page.header("content-length"), page.body.len().to_string());
}

#[tokio::test]
async fn the_checks_come_in_the_order_clients_know() {
    let rig = Rig::with(|plan: &mut Plan| plan.engine.auto_create_spaces = false);
    let unknown = format!("/spaces/{}", crate::rig::key_space(9));
    let url = |topic: &str| format!("{unknown}/topics/{topic}/messages");
    let good = json!({"data": "", "message_hash": "", "signature": ""}).to_string();
    let send = async |topic: &str, token: Option<&str>, body: &str| {
        let mut request = raw(Method::POST, &url(topic), body.to_owned());
        if let Some(token) = token {
            let value = token.parse().unwrap();
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        rig.send(request).await
    };
    // Everything is wrong; then one thing after the other is put right.
    let malformed = send("X", None, "{").await;
    assert_eq!(
        malformed.refused(422, "request.invalid")["detail"][0]["type"],
        "json_invalid"
    );
    send("X", None, "{}").await.refused(401, "token.missing");
    let missing = send("X", Some("Bearer a.b.c"), "{}").await;
    assert_eq!(
        missing.refused(422, "request.invalid")["detail"][0]["loc"],
        json!(["body", "data"])
    );
    send("X", Some("Bearer a.b.c"), &good)
        .await
        .refused(400, "topic.invalid_id");
    let unknown = send("general", Some("Bearer a.b.c"), &good)
        .await
        .refused(404, "space.unknown");
    // Members read it, who cannot register anything.
    let says = unknown["error"].as_str().unwrap();
    assert!(says.contains("operator must register"), "{says}");
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let outsider = Member {
        token: "a.b.c".to_owned(),
        ..owner.clone()
    };
    let mut post = Post::new("general", "chat.text", Some("wrong"), b"");
    outsider
        .post(&rig, &post)
        .await
        .refused(401, "token.invalid");
    let member = rig.user(&owner, 2).await;
    member
        .post(&rig, &post)
        .await
        .refused(403, "permission.denied");
    rig_grants(&rig, &owner, &member).await;
    member
        .post(&rig, &post)
        .await
        .refused(400, "message.invalid_prev_hash");
    post.prev = Some(crate::rig::message_id(b"no such message"));
    let mut body = post.body(&member);
    body["data"] = json!("AAAA");
    let rest = "topics/general/messages";
    member
        .call(&rig, Method::POST, rest, Some(body))
        .await
        .refused(400, "message.hash_mismatch");
    let mut body = post.body(&member);
    body["signature"] = post.body(&owner)["signature"].clone();
    member
        .call(&rig, Method::POST, rest, Some(body))
        .await
        .refused(400, "message.bad_signature");
    member
        .post(&rig, &post)
        .await
        .refused(409, "chain.conflict");
    post.prev = None;
    member.post(&rig, &post).await.expect(201);
}

async fn rig_grants(rig: &Rig, owner: &Member, member: &Member) {
    owner
        .grant(rig, member, "post", "create", "topics/general/messages")
        .await;
}

#[tokio::test]
async fn a_conflict_names_the_head_to_build_on() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let genesis = Post::new("general", "chat.text", None, b"first");
    let wrong = crate::rig::message_id(b"elsewhere");
    let early = Post::new("general", "chat.text", Some(&wrong), b"early");
    let refused = owner.post(&rig, &early).await;
    assert_eq!(
        refused.refused(409, "chain.conflict")["details"],
        json!({"head": null})
    );
    let created = owner.post(&rig, &genesis).await.expect(201);
    for post in [&genesis, &early] {
        let refused = owner.post(&rig, post).await;
        assert_eq!(
            refused.refused(409, "chain.conflict")["details"],
            json!({"head": created})
        );
    }
}

#[tokio::test]
async fn an_empty_prev_hash_is_hashed_like_none_and_starts_no_chain() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let post = Post::new("general", "chat.text", Some(""), b"first");
    owner.post(&rig, &post).await.refused(409, "chain.conflict");
}

#[tokio::test]
async fn topics_are_named_by_2_to_64_letters_digits_and_inner_dashes() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let list = async |topic: &str| owner.get(&rig, &format!("topics/{topic}/messages")).await;
    for topic in ["ab", "a_b-c", "0a", &"a".repeat(64)] {
        list(topic).await.expect(200);
    }
    for topic in [
        "a",
        "A",
        "Ab",
        "ab-",
        "_ab",
        "ab%0A",
        "a%20b",
        &"a".repeat(65),
    ] {
        list(topic).await.refused(400, "topic.invalid_id");
    }
}

#[tokio::test]
async fn ranges_are_inclusive_and_turn_around_when_from_is_after_to() {
    let rig = Rig::start();
    let owner = filled(&rig, 5).await;
    let at = |number: i64| START + 10 * number;
    for (query, expected, has_more) in [
        (String::new(), "0 1 2 3 4", false),
        ("?limit=2".to_owned(), "0 1", true),
        ("?limit=5".to_owned(), "0 1 2 3 4", false),
        (format!("?from={}", at(3)), "3 4", false),
        (format!("?to={}", at(1)), "0 1", false),
        (format!("?from={}&to={}", at(1), at(3)), "1 2 3", false),
        (format!("?from={}&to={}&limit=2", at(1), at(3)), "1 2", true),
        (format!("?from={}&to={}", at(2), at(2)), "2", false),
        (format!("?from={}&to={}", at(3), at(1)), "3 2 1", false),
        (format!("?from={}&to={}&limit=2", at(3), at(1)), "3 2", true),
        ("?from=9999999999999&to=0&limit=1".to_owned(), "4", true),
        ("?from=-5".to_owned(), "0 1 2 3 4", false),
        ("?to=-5".to_owned(), "", false),
    ] {
        let rest = format!("topics/general/messages{query}");
        let page = owner.get(&rig, &rest).await.expect(200);
        assert_eq!(texts(&page).join(" "), expected, "{query}");
        assert_eq!(page["has_more"], has_more, "{query}");
    }
}

#[tokio::test]
async fn times_beyond_64_bits_mean_the_furthest_time() {
    let rig = Rig::start();
    let owner = filled(&rig, 2).await;
    let huge = "1180591620717411303424";
    for (query, expected) in [
        (format!("?from={huge}"), ""),
        (format!("?from=-{huge}"), "0 1"),
        (format!("?to={huge}"), "0 1"),
        (format!("?from={huge}&to=-{huge}"), "1 0"),
    ] {
        let rest = format!("topics/general/messages{query}");
        let page = owner.get(&rig, &rest).await.expect(200);
        assert_eq!(texts(&page).join(" "), expected, "{query}");
    }
}

#[tokio::test]
async fn a_query_that_is_not_numbers_is_422_and_not_repeated() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for (name, value) in [
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "-1"),
        ("limit", "secretvalue"),
        ("limit", "99999999999999999999999"),
        ("from", "secretvalue"),
        ("from", "1.5"),
        ("to", ""),
        ("to", "%00"),
    ] {
        for list in ["topics/general/messages", "topics/state/messages", "state"] {
            let refused = owner.get(&rig, &format!("{list}?{name}={value}")).await;
            let body = refused.refused(422, "request.invalid");
            assert_eq!(body["detail"][0]["loc"], json!(["query", name]));
            assert!(!body.to_string().contains("secretvalue"));
        }
    }
    let page = owner.get(&rig, "topics/general/messages?limit=1000").await;
    page.expect(200);
}

#[tokio::test]
async fn any_text_may_be_asked_for_as_a_hash_and_is_not_found() {
    let rig = Rig::start();
    let owner = filled(&rig, 1).await;
    let hash = owner.head(&rig, "general").await.unwrap();
    for rest in [
        "topics/general/messages/zzz".to_owned(),
        format!("topics/other/messages/{hash}"),
        format!("topics/A/messages/{hash}"),
        format!("topics/general/messages/{}", crate::rig::message_id(b"")),
    ] {
        let refused = owner.get(&rig, &rest).await;
        refused.refused(404, "message.not_found");
    }
}

#[tokio::test]
async fn the_body_is_read_as_the_base_protocol_says() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let rest = "topics/general/messages";
    let post = Post::new("general", "chat.text", None, b"x");
    // The type has a default, a missing prev_hash is none, unknown keys are ignored.
    let mut body = post.body(&owner);
    body.as_object_mut().unwrap().remove("type");
    body.as_object_mut().unwrap().remove("prev_hash");
    body["unknown"] = json!({"deep": [1, 2, 3]});
    let created = owner.call(&rig, Method::POST, rest, Some(body)).await;
    let created = created.expect(201);
    let head = created["message_hash"].as_str().unwrap();
    let post = Post::new("general", "chat.text", Some(head), b"y");
    for (field, value, kind) in [
        ("type", json!(null), "value_error"),
        ("data", json!(5), "value_error"),
        ("signature", json!(["a"]), "value_error"),
        ("prev_hash", json!(1), "value_error"),
    ] {
        let mut body = post.body(&owner);
        body[field] = value;
        let refused = owner.call(&rig, Method::POST, rest, Some(body)).await;
        let detail = refused.refused(422, "request.invalid")["detail"][0].clone();
        assert_eq!(detail["loc"], json!(["body", field]));
        assert_eq!(detail["type"], kind);
    }
    for field in ["data", "message_hash", "signature"] {
        let mut body = post.body(&owner);
        body.as_object_mut().unwrap().remove(field);
        let refused = owner.call(&rig, Method::POST, rest, Some(body)).await;
        let detail = refused.refused(422, "request.invalid")["detail"][0].clone();
        assert_eq!(detail["loc"], json!(["body", field]));
        assert_eq!(detail["type"], "missing");
    }
    owner.post(&rig, &post).await.expect(201);
}

#[tokio::test]
async fn the_content_type_must_be_json() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let body = Post::new("general", "chat.text", None, b"x").body(&owner);
    let send = async |content_type: Option<&str>| {
        let mut request = raw(
            Method::POST,
            &owner.path("topics/general/messages"),
            body.to_string(),
        );
        let headers = request.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        if let Some(kind) = content_type {
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        }
        let authorization = format!("Bearer {}", owner.token).parse().unwrap();
        headers.insert(header::AUTHORIZATION, authorization);
        rig.send(request).await
    };
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        send(kind).await.refused(422, "request.invalid");
    }
    send(Some("application/json; charset=utf-8"))
        .await
        .expect(201);
}

#[tokio::test]
async fn data_has_at_most_102400_characters() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner
        .try_say(&rig, "general", &vec![0; 76_801])
        .await
        .refused(422, "message.too_large");
    owner.say(&rig, "general", &vec![0; 76_800]).await;
}

#[tokio::test]
async fn data_is_standard_base64_or_empty() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let mut post = Post::new("general", "chat.text", None, b"");
    for data in ["not base64!", "AAA", "AA==\n", "_-_-", "AAAA|x"] {
        post.data = data.to_owned();
        let refused = owner.post(&rig, &post).await;
        refused.refused(400, "message.invalid_data");
    }
    post.data = String::new();
    owner.post(&rig, &post).await.expect(201);
}

#[tokio::test]
async fn signatures_are_standard_base64_of_64_bytes() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let post = Post::new("general", "chat.text", None, b"x");
    let body = post.body(&owner);
    let signature = body["signature"].as_str().unwrap();
    for wrong in [
        String::new(),
        "zzz".to_owned(),
        signature.trim_end_matches('=').to_owned(),
        format!("{signature}\n"),
        format!("*{signature}"),
        signature.replace(['+', '/'], "_"),
    ] {
        if wrong == signature {
            continue;
        }
        let mut body = body.clone();
        body["signature"] = json!(wrong);
        let answer = owner
            .call(&rig, Method::POST, "topics/general/messages", Some(body))
            .await;
        answer.refused(400, "signature.undecodable");
    }
}

#[tokio::test]
async fn the_sender_is_the_member_of_the_token() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(&rig, &member, "all", "write", "topics/{any}/messages")
        .await;
    let body = Post::new("general", "chat.text", None, b"x").body(&owner);
    let answer = member
        .call(&rig, Method::POST, "topics/general/messages", Some(body))
        .await;
    answer.refused(400, "message.hash_mismatch");
}

#[tokio::test]
async fn a_type_is_short_and_free_of_bars_and_control_characters() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for kind in ["a|b", "a\nb", "a\u{0}b", &"x".repeat(513)] {
        let post = Post::new("general", kind, None, b"x");
        let refused = owner.post(&rig, &post).await;
        refused.refused(400, "message.invalid_type");
    }
    let mut head: Option<String> = None;
    for kind in ["", "ünïcode \"quoted\" \\ type", "chat/text"] {
        let post = Post::new("general", kind, head.as_deref(), b"x");
        let created = owner.post(&rig, &post).await.expect(201);
        head = created["message_hash"].as_str().map(str::to_owned);
        let rest = format!("topics/general/messages/{}", head.as_deref().unwrap());
        assert_eq!(owner.get(&rig, &rest).await.expect(200)["type"], kind);
    }
}

#[tokio::test]
async fn reading_and_posting_are_rights_of_their_own() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let first = owner.say(&rig, "general", b"first").await;
    let (reader, writer) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    let messages = "topics/general/messages";
    owner.grant(&rig, &reader, "r", "read", messages).await;
    owner.grant(&rig, &writer, "w", "create", messages).await;
    let one = format!("{messages}/{first}");
    let post = Post::new("general", "chat.text", Some(&first), b"second");
    reader.get(&rig, messages).await.expect(200);
    reader.get(&rig, &one).await.expect(200);
    let refused = reader.post(&rig, &post).await;
    refused.refused(403, "permission.denied");
    writer
        .get(&rig, messages)
        .await
        .refused(403, "permission.denied");
    writer
        .get(&rig, &one)
        .await
        .refused(403, "permission.denied");
    writer.post(&rig, &post).await.expect(201);
    let nobody = rig.user(&owner, 4).await;
    nobody
        .get(&rig, messages)
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn a_member_may_fetch_a_state_message_by_its_hash() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let hash = owner.set(&rig, "profiles/alice", b"{}").await;
    let member = rig.user(&owner, 2).await;
    let rest = format!("topics/state/messages/{hash}");
    assert_eq!(
        member.get(&rig, &rest).await.expect(200)["type"],
        "profiles/alice"
    );
    let outsider = rig.try_sign_in(owner.space, 3, user_id(3)).await;
    outsider.refused(403, "member.unknown");
}
