//! `/spaces/{space_id}/data/{path}` (wire.md 5).

use axum::http::Method;
use serde_json::json;

use crate::rig::{Post, Rig, START, entry};

#[tokio::test]
async fn an_entry_comes_back_with_exactly_four_keys() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let sent = entry(&owner, "presence/alice", b"on", START - 5);
    let stored = owner
        .call(&rig, Method::PUT, "data/presence/alice", Some(sent.clone()))
        .await
        .expect(200);
    assert_eq!(
        stored,
        json!({"path": "presence/alice", "signed_at": START - 5})
    );
    assert_eq!(
        owner.get(&rig, "data/presence/alice").await.expect(200),
        sent
    );
    owner
        .get(&rig, "data/other")
        .await
        .refused(404, "data.not_found");
}

#[tokio::test]
async fn the_path_is_the_decoded_rest_of_the_url() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for (url, path) in [
        ("we%20ird@~x/..x", "we ird@~x/..x"),
        ("opaque/users/a@b.c", "opaque/users/a@b.c"),
        ("a%2Fb", "a/b"),
        ("%C3%BC/%F0%9F%98%80", "ü/😀"),
        ("state", "state"),
    ] {
        rig.clock.advance(1);
        let body = entry(&owner, path, b"1", START);
        let answer = owner
            .call(&rig, Method::PUT, &format!("data/{url}"), Some(body))
            .await;
        assert_eq!(answer.expect(200)["path"], path);
        owner.get(&rig, &format!("data/{url}")).await.expect(200);
    }
}

#[tokio::test]
async fn paths_that_are_none_are_400() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let long = "a".repeat(1025);
    for path in [
        "a//b", "a/", "/a", "a/../b", "./a", "a%00b", "a%0Ab", "a%7F", &long,
    ] {
        for method in [Method::GET, Method::DELETE] {
            let refused = owner
                .call(&rig, method, &format!("data/{path}"), None)
                .await;
            refused.refused(400, "data.invalid_path");
        }
        let body = entry(&owner, path, b"1", START);
        let refused = owner
            .call(&rig, Method::PUT, &format!("data/{path}"), Some(body))
            .await;
        refused.refused(400, "data.invalid_path");
    }
}

#[tokio::test]
async fn there_is_no_listing() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner.put_data(&rig, "a", b"1", START).await.expect(200);
    owner
        .get(&rig, "data/")
        .await
        .refused(404, "data.not_found");
    let redirect = owner.get(&rig, "data").await;
    assert_eq!(redirect.status, 307);
    assert_eq!(redirect.header("location"), owner.path("data/"));
}

#[tokio::test]
async fn the_signed_time_is_close_to_the_clock() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for (at, fits) in [
        (START - 60_001, false),
        (START - 60_000, true),
        (START + 60_000, true),
        (START + 60_001, false),
        (i64::MIN, false),
        (i64::MAX, false),
        (0, false),
    ] {
        let answer = owner.put_data(&rig, &format!("at/{at}"), b"1", at).await;
        if fits {
            answer.expect(200);
        } else {
            answer.refused(400, "data.clock_skew");
        }
    }
}

#[tokio::test]
async fn a_later_entry_wins_and_an_earlier_one_is_refused() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner
        .put_data(&rig, "a", b"1", START + 10)
        .await
        .expect(200);
    owner
        .put_data(&rig, "a", b"0", START + 9)
        .await
        .refused(400, "data.stale");
    owner
        .put_data(&rig, "a", b"2", START + 11)
        .await
        .expect(200);
    assert_eq!(owner.get(&rig, "data/a").await.expect(200)["data"], "Mg==");
}

#[tokio::test]
async fn signer_and_signature_are_checked() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner.grant(&rig, &member, "w", "write", "data/{...}").await;
    let put = async |body| member.call(&rig, Method::PUT, "data/a", Some(body)).await;
    let foreign = entry(&owner, "a", b"1", START);
    put(foreign).await.refused(403, "data.signer_mismatch");
    let good = entry(&member, "a", b"1", START);
    for (field, value, code) in [
        ("signature", json!("zzz"), "signature.undecodable"),
        (
            "signature",
            entry(&member, "b", b"1", START)["signature"].clone(),
            "data.bad_signature",
        ),
        ("data", json!("AAAA"), "data.bad_signature"),
        ("data", json!("not base64"), "data.invalid"),
        ("signed_at", json!(START + 1), "data.bad_signature"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        put(body).await.refused(400, code);
    }
    for (field, value) in [
        ("signed_at", json!(1.5)),
        ("signed_at", json!("1")),
        ("data", json!(null)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let refused = put(body).await.refused(422, "request.invalid");
        assert_eq!(refused["detail"][0]["loc"], json!(["body", field]));
    }
    for field in ["data", "signature", "signed_by", "signed_at"] {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(field);
        let refused = put(body).await.refused(422, "request.invalid");
        assert_eq!(refused["detail"][0]["loc"], json!(["body", field]));
    }
    put(good).await.expect(200);
}

#[tokio::test]
async fn large_entries_are_refused_by_the_configured_size() {
    let rig = Rig::with(|plan| plan.engine.limits.entry_data = 100);
    let owner = rig.owner(1).await;
    owner.put_data(&rig, "a", &[0; 75], START).await.expect(200);
    owner
        .put_data(&rig, "b", &[0; 76], START)
        .await
        .refused(413, "data.too_large");
}

#[tokio::test]
async fn an_entry_of_a_megabyte_is_kept() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let content = vec![9; 1_000_000];
    owner
        .put_data(&rig, "big", &content, START)
        .await
        .expect(200);
    let entry = owner.get(&rig, "data/big").await.expect(200);
    assert_eq!(entry["data"], crate::rig::base64(&content));
}

#[tokio::test]
async fn empty_data_leaves_a_signed_tombstone_and_delete_leaves_nothing() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner.put_data(&rig, "a", b"1", START).await.expect(200);
    owner.put_data(&rig, "a", b"", START + 1).await.expect(200);
    assert_eq!(owner.get(&rig, "data/a").await.expect(200)["data"], "");
    for _ in 0..2 {
        let deleted = owner.call(&rig, Method::DELETE, "data/a", None).await;
        deleted.expect(204);
        assert!(deleted.body.is_empty());
    }
    owner
        .get(&rig, "data/a")
        .await
        .refused(404, "data.not_found");
}

#[tokio::test]
async fn create_modify_delete_and_read_are_rights_of_their_own() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for (seed, op) in [(2, "create"), (3, "modify"), (4, "delete"), (5, "read")] {
        let member = rig.user(&owner, seed).await;
        owner
            .grant(&rig, &member, "c", op, "data/notes/{any}")
            .await;
        rig.clock.advance(10);
        let now = rig.now();
        let old = format!("notes/{op}-old");
        owner.put_data(&rig, &old, b"1", now).await.expect(200);
        let fresh = format!("notes/{op}-new");
        let check = |answer: crate::rig::Answer, needed: &str| {
            if needed == op {
                assert!(answer.status < 300, "{op} {needed}: {:?}", answer.body);
            } else {
                answer.refused(403, "permission.denied");
            }
        };
        check(member.put_data(&rig, &fresh, b"1", now).await, "create");
        check(member.put_data(&rig, &old, b"2", now + 1).await, "modify");
        check(member.get(&rig, &format!("data/{old}")).await, "read");
        check(member.put_data(&rig, &old, b"", now + 2).await, "delete");
        let gone = format!("data/{old}");
        let delete = member.call(&rig, Method::DELETE, &gone, None).await;
        check(delete, "delete");
    }
}

#[tokio::test]
async fn data_is_no_state_and_makes_no_message() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner.put_data(&rig, "a", b"1", START).await.expect(200);
    assert_eq!(owner.head(&rig, "state").await, None);
    owner
        .get(&rig, "state/a")
        .await
        .refused(404, "state.not_found");
    owner
        .post(&rig, &Post::new("state", "a", None, b"1"))
        .await
        .expect(201);
}
