//! Inboxes over HTTP (spec/protocol.md, "Inboxes").

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::Method;
use reeeductio_backend::{InboxLimits, Tally};
use reeeductio_proto::MemberId;
use reeeductio_server::{DiskSpace, Disks};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::rig::{Answer, Member, Rig, START, base64, sign, user_id};

const POLICY: &str =
    r#"{"version": 1, "home": "server", "history": "static", "suites": [1], "padding": "padme"}"#;

/// Fields behind their lengths, as the specification joins them.
fn joined(fields: &[&[u8]]) -> Vec<u8> {
    let length = |field: &[u8]| u32::try_from(field.len()).unwrap().to_be_bytes();
    let fields = fields
        .iter()
        .flat_map(|field| [&length(field)[..], field].concat());
    fields.collect()
}

/// An item whose content is made up, signed here without the code under test.
pub(super) fn item(by: &Member, to: MemberId, number: u8, length: usize, expires: u64) -> Value {
    let mut sealed = vec![number; length];
    sealed[0] = 1;
    let id = [number; 16];
    let statement = joined(&[
        b"reeeductio/inbox-item/v1",
        &by.space.to_bytes(),
        &to.to_bytes(),
        &id,
        &expires.to_be_bytes(),
        &Sha256::digest(&sealed),
    ]);
    json!({
        "item": base64(&id),
        "sealed": base64(&sealed),
        "expires": expires,
        "signature": sign(&by.key, &statement),
    })
}

pub(super) async fn post(rig: &Rig, by: &Member, to: MemberId, body: Value) -> Answer {
    let rest = format!("inbox/{to}");
    by.call(rig, Method::POST, &rest, Some(body)).await
}

async fn acknowledge(rig: &Rig, by: &Member, items: &[&Value]) -> Answer {
    let items: Vec<_> = items.iter().map(|item| &item["item"]).collect();
    let body = json!({"items": items});
    by.call(rig, Method::POST, "inbox", Some(body)).await
}

/// A space with a policy, its owner, and two users of whom the first may post to every inbox.
pub(super) async fn made(rig: &Rig) -> [Member; 3] {
    let owner = rig.owner(1).await;
    owner.set(rig, "space/policy", POLICY.as_bytes()).await;
    let (ada, bob) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    owner
        .grant(rig, &ada, "post", "create", "inbox/{any}")
        .await;
    [owner, ada, bob]
}

#[tokio::test]
async fn an_item_is_posted_listed_acknowledged_and_gone() {
    let rig = Rig::start();
    let [owner, ada, bob] = made(&rig).await;
    let expires = u64::try_from(START).unwrap() + 3_600_000;
    let first = item(&ada, bob.id, 1, 1_339, expires);
    let second = item(&ada, bob.id, 2, 64_635, 0);
    let posted = post(&rig, &ada, bob.id, first.clone()).await.expect(201);
    assert_eq!(posted["item"], first["item"]);
    post(&rig, &ada, bob.id, second.clone()).await.expect(201);
    // An item is listed as it was posted, with its sender.
    let shown = |body: &Value, received_at: i64| {
        let mut shown = body.clone();
        shown["sender"] = json!(ada.id.to_string());
        shown["received_at"] = json!(received_at);
        shown
    };
    let at = posted["received_at"].as_i64().unwrap();
    let listed = bob.get(&rig, "inbox").await.expect(200);
    let items = [shown(&first, at), shown(&second, at + 1)];
    assert_eq!(listed, json!({"items": items, "has_more": false}));
    // Page by page.
    let page = bob.get(&rig, "inbox?limit=1").await.expect(200);
    assert_eq!(page, json!({"items": [items[0]], "has_more": true}));
    let rest = format!("inbox?limit=1&after={at}");
    let page = bob.get(&rig, &rest).await.expect(200);
    assert_eq!(page, json!({"items": [items[1]], "has_more": false}));
    // Nobody else has them, nor takes them away.
    let empty = json!({"items": [], "has_more": false});
    for other in [&owner, &ada] {
        acknowledge(&rig, other, &[&first, &second])
            .await
            .expect(204);
        assert_eq!(other.get(&rig, "inbox").await.expect(200), empty);
    }
    for _ in 0..2 {
        acknowledge(&rig, &bob, &[&first]).await.expect(204);
    }
    let listed = bob.get(&rig, "inbox").await.expect(200);
    assert_eq!(listed, json!({"items": [items[1]], "has_more": false}));
    // The answer to the first was lost, and it is posted again.
    rig.clock.advance(5);
    let again = post(&rig, &ada, bob.id, first.clone()).await.expect(201);
    assert_eq!(again, posted);
    let listed = bob.get(&rig, "inbox").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn refusals_of_inboxes_have_their_codes() {
    let tally = |count| Tally {
        count,
        bytes: u64::MAX,
    };
    let rig = Rig::with(|plan| {
        plan.engine.limits.inbox = InboxLimits {
            inbox: tally(3),
            sender: tally(2),
        };
    });
    let [owner, ada, bob] = made(&rig).await;
    let good = item(&ada, bob.id, 1, 1_339, 0);
    let with = |key: &str, value: Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    let to_bob = async |by: &Member, body| post(&rig, by, bob.id, body).await;
    to_bob(&ada, good.clone()).await.expect(201);
    let refused = to_bob(&bob, good.clone()).await;
    refused.refused(403, "permission.denied");
    let refused = to_bob(&owner, good.clone()).await;
    refused.refused(400, "inbox.bad_signature");
    let refused = to_bob(&owner, item(&owner, bob.id, 1, 1_339, 0)).await;
    refused.refused(409, "inbox.item_exists");
    let refused = to_bob(&ada, item(&ada, bob.id, 2, 1_339, 1)).await;
    refused.refused(400, "inbox.expired");
    let refused = to_bob(&ada, item(&ada, bob.id, 2, 1_338, 0)).await;
    refused.refused(400, "format.malformed");
    let refused = to_bob(&ada, with("sealed", json!(base64(&[2; 1_339])))).await;
    refused.refused(400, "format.unknown");
    let refused = to_bob(&ada, with("signature", json!("x"))).await;
    refused.refused(400, "signature.undecodable");
    for (key, value) in [
        ("expires", json!(-1)),
        ("expires", json!("1")),
        ("expires", Value::Null),
        ("item", Value::Null),
    ] {
        let refused = to_bob(&ada, with(key, value)).await;
        refused.refused(422, "request.invalid");
    }
    let stranger = user_id(9);
    let refused = post(&rig, &ada, stranger, item(&ada, stranger, 2, 1_339, 0)).await;
    refused.refused(404, "inbox.no_recipient");
    let refused = ada
        .call(&rig, Method::POST, "inbox/nobody", Some(good.clone()))
        .await;
    refused.refused(400, "member.invalid_id");
    to_bob(&ada, item(&ada, bob.id, 2, 1_339, 0))
        .await
        .expect(201);
    let refused = to_bob(&ada, item(&ada, bob.id, 3, 1_339, 0)).await;
    refused.refused(409, "inbox.full");
    to_bob(&owner, item(&owner, bob.id, 4, 1_339, 0))
        .await
        .expect(201);
    let refused = to_bob(&owner, item(&owner, bob.id, 5, 1_339, 0)).await;
    refused.refused(409, "inbox.full");
    for query in ["limit=0", "limit=257", "limit=x", "after=x", "after="] {
        let refused = bob.get(&rig, &format!("inbox?{query}")).await;
        refused.refused(422, "request.invalid");
    }
    acknowledge(&rig, &bob, &[])
        .await
        .refused(422, "request.invalid");
    // There is no route to the inbox of another.
    let refused = ada.get(&rig, &format!("inbox/{}", bob.id)).await;
    refused.refused(405, "request.method_not_allowed");
    let elsewhere = rig.owner(8).await;
    for (method, rest, body) in [
        (Method::GET, "inbox".to_owned(), None),
        (
            Method::POST,
            "inbox".to_owned(),
            Some(json!({"items": [good["item"]]})),
        ),
        (
            Method::POST,
            format!("inbox/{}", bob.id),
            Some(good.clone()),
        ),
    ] {
        let refused = elsewhere.call(&rig, method, &rest, body).await;
        refused.refused(404, "space.no_policy");
    }
}

#[tokio::test]
async fn only_as_much_of_an_item_is_read_as_one_may_have() {
    let rig = Rig::start();
    let [_, ada, bob] = made(&rig).await;
    let mut long = item(&ada, bob.id, 1, 1_339, 0);
    long["sealed"] = json!("A".repeat(200_000));
    post(&rig, &ada, bob.id, long)
        .await
        .refused(413, "request.too_large");
    let ids = vec![base64(&[1; 16]); 2_000];
    let body = Some(json!({"items": ids}));
    bob.call(&rig, Method::POST, "inbox", body)
        .await
        .refused(413, "request.too_large");
}

#[tokio::test]
async fn a_full_disk_takes_no_items_and_lets_them_go() {
    let free = Arc::new(AtomicU64::new(1 << 30));
    let rig = Rig::with(|plan| {
        plan.config.limits.min_free_bytes = Some(1_000_000);
        let free = Arc::clone(&free);
        let measure = move |_: &Path| {
            let free = free.load(Ordering::SeqCst);
            Ok(DiskSpace {
                free,
                size: 1 << 40,
            })
        };
        plan.disks = Some(Disks::measured(&plan.config, measure));
    });
    let [_, ada, bob] = made(&rig).await;
    let first = item(&ada, bob.id, 1, 1_339, 0);
    post(&rig, &ada, bob.id, first.clone()).await.expect(201);
    free.store(999_999, Ordering::SeqCst);
    rig.clock.advance(500);
    let second = item(&ada, bob.id, 2, 1_339, 0);
    post(&rig, &ada, bob.id, second)
        .await
        .refused(503, "storage.full");
    bob.get(&rig, "inbox").await.expect(200);
    acknowledge(&rig, &bob, &[&first]).await.expect(204);
    let listed = bob.get(&rig, "inbox").await.expect(200);
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn posted_items_are_counted() {
    let rig = Rig::start();
    let [_, ada, bob] = made(&rig).await;
    let body = item(&ada, bob.id, 1, 1_339, 0);
    for _ in 0..2 {
        post(&rig, &ada, bob.id, body.clone()).await.expect(201);
    }
    let metrics = rig.get("/metrics").await;
    let metrics = String::from_utf8(metrics.body.to_vec()).unwrap();
    let line = "reeeductio_inbox_items_posted_total 2";
    assert!(metrics.contains(line), "{metrics}");
}
