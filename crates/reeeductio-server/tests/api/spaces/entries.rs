//! `/spaces/{space_id}/entries` (spec/data.md).

use axum::http::Method;
use serde_json::{Value, json};

use crate::rig::{Answer, Member, Plan, Rig, START, entry};

async fn put(rig: &Rig, member: &Member, paths: &[&str]) {
    for path in paths {
        member.put_data(rig, path, b"1", START).await.expect(200);
    }
}

/// Paths on each page of a listing.
async fn pages(rig: &Rig, member: &Member, query: &str) -> Vec<Vec<String>> {
    let (mut pages, mut after) = (Vec::new(), String::new());
    loop {
        let page = member.get(rig, &format!("entries?{query}{after}")).await;
        let page = page.expect(200);
        let entries = page["entries"].as_array().unwrap().iter();
        let path = |entry: &Value| entry["path"].as_str().unwrap().to_owned();
        pages.push(entries.map(path).collect());
        let Some(next) = page["next"].as_str() else {
            return pages;
        };
        after = format!("&after={next}");
    }
}

#[tokio::test]
async fn entries_are_listed_by_prefix_as_they_were_signed() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    put(&rig, &owner, &["a", "a/b", "a/b/1", "a/b/2", "a/bc", "b"]).await;
    owner
        .call(&rig, Method::DELETE, "data/a/b/2", None)
        .await
        .expect(204);
    assert_eq!(pages(&rig, &owner, "prefix=a/b").await, [["a/b", "a/b/1"]]);
    assert_eq!(pages(&rig, &owner, "prefix=a/b/").await, [["a/b", "a/b/1"]]);
    let one_by_one = [["a"], ["a/b"], ["a/b/1"], ["a/bc"], ["b"]];
    assert_eq!(pages(&rig, &owner, "limit=1").await, one_by_one);
    assert_eq!(pages(&rig, &owner, "prefix=none").await, [[""; 0]]);
    let page = owner.get(&rig, "entries?prefix=b").await.expect(200);
    let mut expected = owner.get(&rig, "data/b").await.expect(200);
    expected["path"] = json!("b");
    assert_eq!(page, json!({"entries": [expected], "next": null}));
}

#[tokio::test]
async fn a_member_is_shown_what_it_may_read_and_pages_go_on_over_the_rest() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    assert_eq!(pages(&rig, &member, "").await, [[""; 0]]);
    owner
        .grant(&rig, &member, "r", "read", "data/open/{...}")
        .await;
    for number in 0..200 {
        let path = format!("hidden/{number:03}");
        owner.put_data(&rig, &path, b"1", START).await.expect(200);
    }
    put(&rig, &owner, &["open/1", "open/2", "z"]).await;
    let all: Vec<String> = pages(&rig, &member, "limit=1").await.concat();
    assert_eq!(all, ["open/1", "open/2"]);
    // Its own, by a right to one's own only.
    let own = json!({"op": "read", "path": "data/own/{...}", "must_be_owner": true});
    owner
        .try_grant(&rig, &member.holder(), "own", &own)
        .await
        .expect(201);
    owner
        .grant(&rig, &member, "c", "create", "data/own/{...}")
        .await;
    put(&rig, &owner, &["own/hers"]).await;
    put(&rig, &member, &["own/his"]).await;
    assert_eq!(pages(&rig, &member, "prefix=own").await, [["own/his"]]);
}

#[tokio::test]
async fn password_secrets_are_listed_for_nobody_but_the_owner_and_who_stored_them() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner.grant(&rig, &member, "all", "read", "{...}").await;
    owner
        .grant(&rig, &member, "w", "create", "data/opaque/users/{...}")
        .await;
    put(&rig, &owner, &["opaque/users/ada"]).await;
    put(&rig, &member, &["opaque/users/bob"]).await;
    let listed = pages(&rig, &member, "prefix=opaque").await.concat();
    assert_eq!(listed, ["opaque/users/bob"]);
    assert_eq!(pages(&rig, &owner, "prefix=opaque").await.concat().len(), 2);
}

#[tokio::test]
async fn a_page_ends_where_its_bytes_do() {
    let rig = Rig::with(|plan: &mut Plan| plan.engine.limits.page_bytes = 10_000);
    let owner = rig.owner(1).await;
    for path in ["a", "b", "c", "d", "e"] {
        owner
            .put_data(&rig, path, &[7; 3000], START)
            .await
            .expect(200);
    }
    let listed = pages(&rig, &owner, "limit=1000").await;
    assert_eq!(listed, [vec!["a", "b", "c"], vec!["d", "e"]]);
}

#[tokio::test]
async fn what_is_asked_for_is_checked_and_nobody_else_is_shown_anything() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for limit in ["0", "1001", "x"] {
        let refused = owner.get(&rig, &format!("entries?limit={limit}")).await;
        refused.refused(422, "request.invalid");
    }
    let refused = owner.get(&rig, "entries?prefix=a//b").await;
    refused.refused(400, "data.invalid_path");
    for after in ["a", "AAAA", "%00"] {
        let refused = owner.get(&rig, &format!("entries?after={after}")).await;
        refused.refused(422, "request.invalid");
    }
    let anonymous = rig.get(&owner.path("entries")).await;
    anonymous.refused(401, "token.missing");
    let member = rig.user(&owner, 2).await;
    owner
        .set(&rig, &format!("auth/{}", member.holder()), b"")
        .await;
    member
        .get(&rig, "entries")
        .await
        .refused(401, "token.revoked");
}

/// Puts an entry where `replaces` is.
async fn replace(
    rig: &Rig,
    member: &Member,
    path: &str,
    (data, at): (&[u8], i64),
    replaces: Value,
) -> Answer {
    let mut body = entry(member, path, data, at);
    body["replaces"] = replaces;
    let rest = format!("entries/{path}");
    member.call(rig, Method::PUT, &rest, Some(body)).await
}

#[tokio::test]
async fn an_entry_is_replaced_only_by_those_who_know_it() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let put = async |value: &[u8], at, replaces: Value| {
        replace(&rig, &owner, "a", (value, START + at), replaces).await
    };
    let signature = async || owner.get(&rig, "data/a").await.expect(200)["signature"].clone();
    put(b"1", 1, json!("A".repeat(86) + "=="))
        .await
        .refused(400, "data.stale");
    put(b"1", 1, json!(null)).await.expect(200);
    let first = signature().await;
    put(b"2", 2, json!(null)).await.refused(400, "data.stale");
    put(b"2", 2, first.clone()).await.expect(200);
    put(b"2", 2, first.clone()).await.expect(200);
    put(b"3", 3, first).await.refused(400, "data.stale");
    put(b"3", 1, signature().await)
        .await
        .refused(400, "data.stale");
    assert_eq!(owner.get(&rig, "data/a").await.expect(200)["data"], "Mg==");
    // Of an entry that was removed nothing is left to be replaced.
    let second = signature().await;
    owner
        .call(&rig, Method::DELETE, "data/a", None)
        .await
        .expect(204);
    put(b"4", 4, second).await.refused(400, "data.stale");
    put(b"4", 4, json!(null)).await.expect(200);
}

#[tokio::test]
async fn a_condition_gives_no_right_and_must_be_there() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    put(&rig, &owner, &["a"]).await;
    let refused = replace(&rig, &member, "a", (b"2", START + 1), json!(null)).await;
    refused.refused(403, "permission.denied");
    owner
        .grant(&rig, &member, "c", "create", "data/{...}")
        .await;
    let known = owner.get(&rig, "data/a").await.expect(200)["signature"].clone();
    let refused = replace(&rig, &member, "a", (b"2", START + 1), known).await;
    refused.refused(403, "permission.denied");
    let body = entry(&owner, "b", b"1", START);
    let refused = owner.call(&rig, Method::PUT, "entries/b", Some(body)).await;
    refused.refused(422, "request.invalid");
    let refused = replace(&rig, &owner, "b", (b"1", START), json!("x")).await;
    refused.refused(400, "signature.undecodable");
}

#[tokio::test]
async fn a_member_that_may_only_create_sends_the_same_again_when_the_answer_was_lost() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(&rig, &member, "c", "create", "data/{...}")
        .await;
    let put = async || replace(&rig, &member, "a", (b"1", START), json!(null)).await;
    put().await.expect(200);
    put().await.expect(200);
}

#[tokio::test]
async fn an_entry_that_is_stored_is_stored_however_late_the_same_request_comes_again() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let put = async || replace(&rig, &owner, "a", (b"1", START), json!(null)).await;
    put().await.expect(200);
    rig.clock.advance(120_000);
    put().await.expect(200);
}
