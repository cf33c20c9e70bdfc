//! `POST /admin/spaces/{space_id}/purge`, and what becomes of a space whose registration is taken back.

use std::sync::Arc;

use axum::http::Method;
use futures_util::TryStreamExt as _;
use reeeductio_backend::memory::MemoryBlobs;
use reeeductio_backend::{Blobs as _, Spaces as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::usage::{call, with_space};
use super::{register, registration};
use crate::rig::{Answer, Bound, Member, Plan, Rig, blob_id, key_space, user_id};
use crate::spaces::stream::Client;

async fn step(rig: &Rig, seed: u8, by: &Member) -> Answer {
    let rest = format!("/{}/purge", key_space(seed));
    call(rig, Method::POST, &rest, by).await
}

async fn withdraw(rig: &Rig, admin: &Member, seed: u8) {
    let path = format!("spaces/{}", key_space(seed));
    admin.set(rig, &path, b"").await;
}

/// Purges to the end: how much was removed.
async fn purge(rig: &Rig, seed: u8, by: &Member) -> u64 {
    let mut removed = 0;
    loop {
        let done: Value = step(rig, seed, by).await.expect(200);
        removed += done["removed"].as_u64().unwrap();
        if done["has_more"] == false {
            return removed;
        }
    }
}

#[tokio::test]
async fn what_is_registered_is_not_purged_and_the_rest_is_for_good() {
    let (rig, admin, owner) = with_space().await;
    step(&rig, 1, &admin).await.refused(409, "space.in_use");
    step(&rig, 100, &admin).await.refused(409, "space.in_use");
    owner.say(&rig, "general", b"still here").await;
    withdraw(&rig, &admin, 1).await;
    assert_eq!(purge(&rig, 1, &admin).await, 4);
    assert_eq!(purge(&rig, 1, &admin).await, 0, "again");
    let gone = call(&rig, Method::GET, &format!("/{}", owner.space), &admin).await;
    gone.refused(404, "space.unknown");
    assert_eq!(
        rig.records.spaces(None, 10).await.unwrap(),
        [key_space(100)]
    );
    // It begins anew, and its members sign in again.
    let body = registration(1, &admin);
    register(&rig, &admin, key_space(1), &body)
        .await
        .expect(201);
    owner.get(&rig, "state").await.refused(401, "token.revoked");
    let owner = rig.owner(1).await;
    assert_eq!(owner.head(&rig, "general").await, None);
    owner.say(&rig, "general", b"first").await;
}

#[tokio::test]
async fn a_space_that_is_taken_back_keeps_what_it_holds() {
    let (rig, admin, owner) = with_space().await;
    withdraw(&rig, &admin, 1).await;
    let id = blob_id(b"bytes");
    for rest in [
        "state",
        "data/a/b",
        "topics/general/messages",
        &format!("blobs/{id}"),
        "stream?token=x",
    ] {
        owner.get(&rig, rest).await.refused(404, "space.unknown");
    }
    let said = owner.call(&rig, Method::POST, "auth/refresh", None).await;
    said.refused(404, "space.unknown");
    let body = registration(1, &admin);
    register(&rig, &admin, key_space(1), &body)
        .await
        .expect(201);
    let owner = rig.owner(1).await;
    owner.get(&rig, "data/a/b").await.expect(200);
    assert!(owner.head(&rig, "general").await.is_some());
}

#[tokio::test]
async fn streams_end_when_the_registration_is_taken_back() {
    let bound = Bound::with(|plan: &mut Plan| {
        plan.engine.auto_create_spaces = false;
        plan.engine.admin_space = Some(key_space(100));
    })
    .await;
    let rig = &bound.rig;
    let admin = rig.owner(100).await;
    let body = registration(1, &admin);
    register(rig, &admin, key_space(1), &body).await.expect(201);
    let owner = rig.owner(1).await;
    let mut client = Client::open(&bound, &owner).await;
    client.exchange_pings().await;
    // Registering it once more ends nothing.
    register(rig, &admin, key_space(1), &body).await.expect(201);
    owner.say(rig, "general", b"hello").await;
    assert_eq!(client.next().await["type"], "chat.text");
    withdraw(rig, &admin, 1).await;
    assert_eq!(client.ended().await, (Some(CloseCode::Policy), 0));
}

#[tokio::test]
async fn a_purge_is_for_the_operator_and_for_who_may_delete_registrations() {
    let (rig, admin, owner) = with_space().await;
    withdraw(&rig, &admin, 1).await;
    let path = format!("/admin/spaces/{}/purge", owner.space);
    let unasked = rig.call(Method::POST, &path, None).await;
    unasked.refused(401, "token.missing");
    step(&rig, 1, &owner)
        .await
        .refused(401, "token.wrong_space");
    let member = rig.user(&admin, 2).await;
    step(&rig, 1, &member)
        .await
        .refused(403, "permission.denied");
    admin
        .grant(&rig, &member, "r", "read", "state/spaces/{any}")
        .await;
    step(&rig, 1, &member)
        .await
        .refused(403, "permission.denied");
    admin
        .grant(&rig, &member, "d", "delete", "state/spaces/{any}")
        .await;
    assert_eq!(purge(&rig, 1, &member).await, 3);
    let refused = call(&rig, Method::POST, "/abc/purge", &member).await;
    refused.refused(400, "space.invalid_id");
    let path = format!("state/spaces/{}", key_space(2));
    let removes = json!({"op": "delete", "path": path});
    let other = rig.user(&admin, 3).await;
    admin
        .try_grant(&rig, &format!("users/{}", user_id(3)), "d", &removes)
        .await
        .expect(201);
    step(&rig, 1, &other)
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn where_every_space_exists_none_is_purged() {
    let rig = Rig::with(|plan: &mut Plan| plan.engine.admin_space = Some(key_space(100)));
    let (admin, owner) = (rig.owner(100).await, rig.owner(1).await);
    owner.say(&rig, "general", b"hello").await;
    let told = call(&rig, Method::GET, &format!("/{}", owner.space), &admin).await;
    let told = told.expect(200);
    assert_eq!(
        (&told["registered"], &told["served"]),
        (&json!(false), &json!(true))
    );
    let refused = step(&rig, 1, &admin).await.refused(409, "space.in_use");
    let error = refused["error"].as_str().unwrap();
    assert!(error.contains("admin.auto_create_spaces"), "{error}");
    assert!(owner.head(&rig, "general").await.is_some());
}

#[tokio::test]
async fn without_an_admin_space_nobody_is_told_of_spaces() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let refused = call(&rig, Method::GET, "", &owner).await;
    refused.refused(404, "admin.not_configured");
    step(&rig, 1, &owner)
        .await
        .refused(404, "admin.not_configured");
}

#[tokio::test]
async fn objects_go_with_the_space_unless_another_has_them() {
    let blobs = MemoryBlobs::default();
    let same = blobs.clone();
    let rig = Rig::with(move |plan: &mut Plan| {
        plan.engine.auto_create_spaces = false;
        plan.engine.admin_space = Some(key_space(100));
        plan.blobs = Arc::new(same);
    });
    let admin = rig.owner(100).await;
    for seed in [1, 2] {
        let body = registration(seed, &admin);
        register(&rig, &admin, key_space(seed), &body)
            .await
            .expect(201);
        let owner = rig.owner(seed).await;
        for content in ["a", "b"] {
            let id = blob_id(content.as_bytes());
            owner.put_blob(&rig, &id, content).await.expect(201);
        }
    }
    let stored = async || blobs.list().try_collect::<Vec<_>>().await.unwrap().len();
    assert_eq!(stored().await, 4);
    withdraw(&rig, &admin, 1).await;
    assert_eq!(purge(&rig, 1, &admin).await, 2);
    assert_eq!(stored().await, 2);
}
