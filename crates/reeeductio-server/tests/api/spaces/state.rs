//! `/spaces/{space_id}/state` (wire.md 4).

use axum::http::Method;
use serde_json::json;

use crate::rig::{Member, Post, Rig};

async fn put(rig: &Rig, member: &Member, path: &str, post: &Post) -> crate::rig::Answer {
    let rest = format!("state/{path}");
    member
        .call(rig, Method::PUT, &rest, Some(post.body(member)))
        .await
}

#[tokio::test]
async fn the_newest_message_of_a_path_is_its_value() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner
        .get(&rig, "state/profiles/alice")
        .await
        .refused(404, "state.not_found");
    let first = owner.set(&rig, "profiles/alice", b"1").await;
    owner.set(&rig, "profiles/bob", b"x").await;
    let second = owner.set(&rig, "profiles/alice", b"2").await;
    let value = owner.get(&rig, "state/profiles/alice").await.expect(200);
    assert_eq!(value["message_hash"], json!(second));
    assert_eq!(value["data"], "Mg==");
    assert_eq!(value["topic_id"], "state");
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_tombstone_is_answered_with_200_and_empty_data() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner.set(&rig, "profiles/alice", b"1").await;
    owner.set(&rig, "profiles/alice", b"").await;
    owner.set(&rig, "never/was", b"").await;
    for path in ["profiles/alice", "never/was"] {
        let value = owner.get(&rig, &format!("state/{path}")).await.expect(200);
        assert_eq!(value["data"], "");
    }
}

#[tokio::test]
async fn put_answers_200_and_refuses_like_post() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let genesis = Post::new("state", "profiles/alice", None, b"1");
    let created = put(&rig, &owner, "profiles/alice", &genesis)
        .await
        .expect(200);
    let conflict = put(&rig, &owner, "profiles/alice", &genesis).await;
    assert_eq!(
        conflict.refused(409, "chain.conflict")["details"]["head"],
        created
    );
    put(&rig, &owner, "profiles/bob", &genesis)
        .await
        .refused(400, "state.path_mismatch");
    let head = owner.head(&rig, "state").await;
    let odd = Post::new("state", "x@y", head.as_deref(), b"1");
    put(&rig, &owner, "x@y", &odd)
        .await
        .refused(400, "state.invalid_path");
    let next = Post::new("state", "q", head.as_deref(), b"1");
    for (field, value, code) in [
        ("message_hash", json!("zzz"), "message.hash_mismatch"),
        ("signature", json!("zzz"), "signature.undecodable"),
        (
            "signature",
            genesis.body(&owner)["signature"].clone(),
            "message.bad_signature",
        ),
    ] {
        let mut body = next.body(&owner);
        body[field] = value;
        let answer = owner.call(&rig, Method::PUT, "state/q", Some(body)).await;
        answer.refused(400, code);
    }
    put(&rig, &owner, "q", &next).await.expect(200);
}

#[tokio::test]
async fn paths_that_are_none_are_400_on_every_route() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let long = "a".repeat(513);
    for path in [
        "",
        "/",
        "/lead",
        "trail/",
        "a//b",
        "a/../b",
        "a/./b",
        "..",
        "x@y",
        "a|b",
        "é",
        "a/b\n",
        "a b",
        "{...}",
        "profiles/{self}",
        "a/{foo}",
        "a%20b",
        "~x",
        "a+b",
        &long,
    ] {
        let refused = owner.try_set(&rig, path, b"1").await;
        refused.refused(400, "state.invalid_path");
    }
    for path in [
        "",
        "a//b",
        "x@y",
        "a%20b",
        "profiles/%7Bself%7D",
        "trail/",
        "/lead",
        "%C3%A9",
        "a%00",
    ] {
        let refused = owner.get(&rig, &format!("state/{path}")).await;
        refused.refused(400, "state.invalid_path");
    }
}

#[tokio::test]
async fn every_member_reads_the_history_and_needs_a_right_for_a_value() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner.set(&rig, "profiles/alice", b"1").await;
    let member = rig.user(&owner, 2).await;
    let history = member.get(&rig, "state").await.expect(200);
    assert_eq!(history["messages"].as_array().unwrap().len(), 2);
    assert_eq!(
        member.get(&rig, "topics/state/messages").await.expect(200),
        history
    );
    let value = member.get(&rig, "state/profiles/alice").await;
    value.refused(403, "permission.denied");
    owner
        .grant(&rig, &member, "r", "read", "state/profiles/{any}")
        .await;
    member.get(&rig, "state/profiles/alice").await.expect(200);
}

#[tokio::test]
async fn the_history_takes_the_same_ranges_as_a_topic() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for path in ["a", "b", "c"] {
        owner.set(&rig, path, b"1").await;
    }
    for (query, expected) in [
        ("?limit=2", vec!["a", "b"]),
        ("?from=9999999999999&to=0&limit=2", vec!["c", "b"]),
    ] {
        let page = owner.get(&rig, &format!("state{query}")).await.expect(200);
        let kinds: Vec<_> = page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, expected);
        assert_eq!(page["has_more"], true);
    }
}

#[tokio::test]
async fn create_modify_and_delete_are_rights_of_their_own() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner.set(&rig, "notes/old", b"1").await;
    for (seed, op) in [(2, "create"), (3, "modify"), (4, "delete")] {
        let member = rig.user(&owner, seed).await;
        owner
            .grant(&rig, &member, "c", op, "state/notes/{any}")
            .await;
        let fresh = format!("notes/{op}");
        for (path, data, needed) in [
            (fresh.as_str(), b"1".as_slice(), "create"),
            ("notes/old", b"2", "modify"),
            ("notes/old", b"", "delete"),
            // A tombstone counts as existing.
            ("notes/old", b"3", "modify"),
        ] {
            let answer = member.try_set(&rig, path, data).await;
            if needed == op {
                answer.expect(201);
            } else {
                answer.refused(403, "permission.denied");
            }
        }
    }
}

#[tokio::test]
async fn rights_for_ones_own_hold_for_what_one_wrote_last() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let (ann, bob) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    let right = json!({"op": "write", "path": "state/posts/{any}", "must_be_owner": true});
    for member in [&ann, &bob] {
        owner
            .try_grant(&rig, &member.holder(), "own", &right)
            .await
            .expect(201);
    }
    ann.set(&rig, "posts/1", b"a").await;
    bob.set(&rig, "posts/2", b"b").await;
    ann.get(&rig, "state/posts/1").await.expect(200);
    ann.set(&rig, "posts/1", b"aa").await;
    ann.get(&rig, "state/posts/2")
        .await
        .refused(403, "permission.denied");
    for data in [b"x".as_slice(), b""] {
        let refused = ann.try_set(&rig, "posts/2", data).await;
        refused.refused(403, "permission.denied");
    }
    let missing = ann.try_set(&rig, "posts/none", b"").await;
    missing.refused(403, "permission.denied");
    ann.set(&rig, "posts/1", b"").await;
    ann.set(&rig, "posts/1", b"again").await;
    owner.set(&rig, "posts/1", b"overwritten").await;
    let lost = ann.try_set(&rig, "posts/1", b"mine").await;
    lost.refused(403, "permission.denied");
}
