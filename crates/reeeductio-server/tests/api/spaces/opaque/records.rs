//! Stored entries of password login: who may write them, and who may remove them.

use axum::http::Method;
use serde_json::json;

use super::{enable, init, login, register};
use crate::rig::{Answer, Member, Rig};

const SETUP: &str = "opaque/server/setup";

async fn delete(rig: &Rig, member: &Member, path: &str) -> Answer {
    let rest = format!("data/{path}");
    member.call(rig, Method::DELETE, &rest, None).await
}

/// A space with passwords, its owner, and a member who may do everything in it that a right can allow.
async fn space() -> (Rig, Member, Member) {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    let member = rig.user(&owner, 2).await;
    owner.grant(&rig, &member, "all", "write", "{...}").await;
    (rig, owner, member)
}

#[tokio::test]
async fn only_the_owner_removes_the_setup() {
    let (rig, owner, member) = space().await;
    register(&rig, &owner, "al", "right").await;
    let removed = delete(&rig, &member, SETUP).await;
    removed.refused(403, "permission.denied");
    rig.clock.advance(1);
    let emptied = member.put_data(&rig, SETUP, b"", rig.now()).await;
    emptied.refused(403, "permission.denied");
    let still = login(&rig, &owner, "al", "right").await;
    still.unwrap().expect(200);
    delete(&rig, &owner, SETUP).await.expect(204);
    let (off, _) = init(&rig, &owner, "bo", "x").await;
    off.refused(501, "opaque.not_enabled");
}

#[tokio::test]
async fn a_setup_that_was_emptied_is_not_the_members_to_make() {
    let (rig, owner, member) = space().await;
    rig.clock.advance(1);
    let emptied = owner.put_data(&rig, SETUP, b"", rig.now()).await;
    emptied.expect(200);
    rig.clock.advance(1);
    let planted = member.put_data(&rig, SETUP, &[1; 128], rig.now()).await;
    planted.refused(403, "permission.denied");
    let removed = delete(&rig, &member, SETUP).await;
    removed.refused(403, "permission.denied");
}

#[tokio::test]
async fn a_record_is_replaced_and_removed_only_by_its_writer_and_the_owner() {
    let (rig, owner, member) = space().await;
    let other = rig.user(&owner, 3).await;
    owner
        .grant(&rig, &other, "all", "write", "data/{...}")
        .await;
    register(&rig, &member, "ann", "right").await;
    register(&rig, &owner, "boss", "right").await;
    let record = json!({"password_file": "", "encrypted_credentials": "", "public_key": ""});
    for (who, name) in [(&other, "ann"), (&other, "boss"), (&member, "boss")] {
        let path = format!("opaque/users/{name}");
        rig.clock.advance(1);
        for value in [record.to_string().as_bytes(), b""] {
            let put = who.put_data(&rig, &path, value, rig.now()).await;
            put.refused(403, "permission.denied");
        }
        delete(&rig, who, &path)
            .await
            .refused(403, "permission.denied");
        let still = login(&rig, &owner, name, "right").await;
        still.unwrap().expect(200);
    }
    rig.clock.advance(1);
    delete(&rig, &member, "opaque/users/ann").await.expect(204);
    register(&rig, &member, "ann", "right").await;
    delete(&rig, &owner, "opaque/users/ann").await.expect(204);
}

#[tokio::test]
async fn a_name_whose_record_was_emptied_is_free() {
    let (rig, owner, member) = space().await;
    let other = rig.user(&owner, 3).await;
    owner
        .grant(&rig, &other, "all", "write", "data/{...}")
        .await;
    register(&rig, &member, "ann", "old").await;
    rig.clock.advance(1);
    let emptied = member.put_data(&rig, "opaque/users/ann", b"", rig.now());
    emptied.await.expect(200);
    rig.clock.advance(1);
    register(&rig, &other, "ann", "new").await;
    let logged_in = login(&rig, &owner, "ann", "new").await;
    logged_in.unwrap().expect(200);
}
