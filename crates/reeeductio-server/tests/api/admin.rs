//! `/admin/…` and the admin space (wire.md 7.1).

mod apps;
mod purge;
mod usage;

use axum::body::Body;
use axum::http::{Method, Request};
use reeeductio_proto::SpaceId;
use serde_json::{Value, json};

use crate::rig::{Answer, Member, Plan, Rig, START, blob_id, key, key_space, sign, user_id};
use crate::spaces::auth::no_signatures;

/// A server whose admin space is that of key 100, and its owner.
async fn administered() -> (Rig, Member) {
    let rig = Rig::with(|plan: &mut Plan| {
        plan.engine.auto_create_spaces = false;
        plan.engine.admin_space = Some(key_space(100));
    });
    let admin = rig.owner(100).await;
    (rig, admin)
}

fn registration(space_seed: u8, created_by: &Member) -> Value {
    let space = key_space(space_seed);
    let signed = format!("{space}|{}|{START}", created_by.id);
    json!({
        "space_id": space.to_string(),
        "created_by": created_by.id.to_string(),
        "created_at": START,
        "space_signature": sign(&key(space_seed), signed.as_bytes()),
    })
}

async fn register(rig: &Rig, by: &Member, space: SpaceId, body: &Value) -> Answer {
    by.try_set_json(rig, &format!("spaces/{space}"), body).await
}

async fn delete_blob(rig: &Rig, token: &str, id: &str) -> Answer {
    let request = Request::builder()
        .method(Method::DELETE)
        .uri(format!("/admin/blobs/{id}"))
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    rig.send(request).await
}

#[tokio::test]
async fn a_space_exists_once_it_is_registered_and_no_longer_when_that_is_taken_back() {
    let (rig, admin) = administered().await;
    let try_owner = async || {
        let body = json!({"public_key": user_id(1).to_string()});
        let path = format!("/spaces/{}/auth/challenge", key_space(1));
        rig.post(&path, body).await
    };
    try_owner().await.refused(404, "space.unknown");
    let body = registration(1, &admin);
    register(&rig, &admin, key_space(1), &body)
        .await
        .expect(201);
    let owner = rig.owner(1).await;
    owner.say(&rig, "general", b"hello").await;
    admin
        .set(&rig, &format!("spaces/{}", key_space(1)), b"")
        .await;
    try_owner().await.refused(404, "space.unknown");
    owner.get(&rig, "state").await.refused(404, "space.unknown");
}

#[tokio::test]
async fn a_registration_is_signed_by_the_space_and_made_by_its_sender() {
    let (rig, admin) = administered().await;
    let space = key_space(1);
    let good = registration(1, &admin);
    for (field, value) in [
        (
            "space_signature",
            registration(2, &admin)["space_signature"].clone(),
        ),
        ("space_signature", json!("zzz")),
        ("space_signature", Value::Null),
        ("created_by", json!(user_id(3).to_string())),
        ("created_at", Value::Null),
        ("created_at", json!(START + 1)),
        ("space_id", json!(key_space(2).to_string())),
        ("space_id", json!("x")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let refused = register(&rig, &admin, space, &body).await;
        refused.refused(400, "space.invalid_registration");
    }
    for path in ["spaces/abc".to_owned(), format!("spaces/{}", user_id(1))] {
        let refused = admin.try_set_json(&rig, &path, &good).await;
        refused.refused(400, "space.invalid_registration");
    }
    register(&rig, &admin, space, &good).await.expect(201);
}

#[tokio::test]
async fn a_space_creator_registers_spaces_and_keeps_its_own_index() {
    let (rig, admin) = administered().await;
    let member = rig.user(&admin, 2).await;
    let body = registration(1, &member);
    let refused = register(&rig, &member, key_space(1), &body).await;
    refused.refused(403, "permission.denied");
    let role = json!({"role_id": "space-creator"});
    admin
        .try_set_json(&rig, "auth/roles/space-creator", &role)
        .await
        .expect(201);
    for (name, path) in [
        ("cap_000", "state/spaces/{any}"),
        ("cap_001", "state/users/{self}/spaces/{any}"),
    ] {
        let right = json!({"op": "create", "path": path});
        admin
            .try_grant(&rig, "roles/space-creator", name, &right)
            .await
            .expect(201);
    }
    admin
        .try_assign(&rig, member.id, "space-creator")
        .await
        .expect(201);
    register(&rig, &member, key_space(1), &body)
        .await
        .expect(201);
    let again = register(&rig, &member, key_space(1), &body).await;
    again.refused(403, "permission.denied");
    let space = key_space(1);
    let index = json!({"space_id": space.to_string()});
    let path = |user| format!("users/{user}/spaces/{space}");
    let wrong = json!({"space_id": "x"});
    let refused = member.try_set_json(&rig, &path(member.id), &wrong).await;
    refused.refused(400, "space.invalid_registration");
    let refused = member.try_set_json(&rig, &path(admin.id), &index).await;
    refused.refused(403, "permission.denied");
    let stored = member.try_set_json(&rig, &path(member.id), &index).await;
    stored.expect(201);
    rig.owner(1).await;
}

#[tokio::test]
async fn signing_in_to_the_admin_space_has_routes_of_its_own() {
    let (rig, admin) = administered().await;
    let asked = json!({"public_key": admin.id.to_string()});
    let challenge = rig.post("/admin/auth/challenge", asked).await.expect(200);
    let challenge = challenge["challenge"].as_str().unwrap();
    let answer = json!({
        "public_key": admin.id.to_string(),
        "challenge": challenge,
        "signature": sign(&key(100), challenge.as_bytes()),
    });
    let token = rig.post("/admin/auth/verify", answer).await.expect(200);
    let mut request = crate::rig::raw(Method::GET, "/admin/space", "");
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    request
        .headers_mut()
        .insert("authorization", bearer.parse().unwrap());
    let space = rig.send(request).await.expect(200);
    assert_eq!(space, json!({"space_id": key_space(100).to_string()}));
    rig.get("/admin/space").await.refused(401, "token.missing");
}

#[tokio::test]
async fn an_operator_s_answer_that_is_no_signature_is_401_whatever_its_length() {
    let (rig, admin) = administered().await;
    let asked = json!({"public_key": admin.id.to_string()});
    let challenge = rig.post("/admin/auth/challenge", asked).await.expect(200);
    for signature in no_signatures() {
        let answer = json!({
            "public_key": admin.id.to_string(),
            "challenge": challenge["challenge"],
            "signature": signature,
        });
        let refused = rig.post("/admin/auth/verify", answer).await;
        refused.refused(401, "challenge.bad_signature");
    }
}

#[tokio::test]
async fn without_an_admin_space_its_routes_are_404() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let asked = json!({"public_key": owner.id.to_string()});
    let refused = rig.post("/admin/auth/challenge", asked).await;
    refused.refused(404, "admin.not_configured");
    delete_blob(&rig, &owner.token, &blob_id(b""))
        .await
        .refused(404, "admin.not_configured");
}

#[tokio::test]
async fn the_administrator_removes_a_blob_from_all_spaces() {
    let (rig, admin) = administered().await;
    let mut owners = Vec::new();
    for seed in [1, 2] {
        let body = registration(seed, &admin);
        register(&rig, &admin, key_space(seed), &body)
            .await
            .expect(201);
        let owner = rig.owner(seed).await;
        owner
            .put_blob(&rig, &blob_id(b"bad"), "bad")
            .await
            .expect(201);
        owners.push(owner);
    }
    let id = blob_id(b"bad");
    let foreign = delete_blob(&rig, &owners[0].token, &id).await;
    foreign.refused(401, "token.wrong_space");
    delete_blob(&rig, &admin.token, &id).await.expect(204);
    for owner in &owners {
        let gone = owner.get(&rig, &format!("blobs/{id}")).await;
        gone.refused(404, "blob.not_found");
    }
    delete_blob(&rig, &admin.token, &id)
        .await
        .refused(404, "blob.not_found");
}

#[tokio::test]
async fn a_member_with_the_right_deletes_blobs_and_others_do_not() {
    let (rig, admin) = administered().await;
    admin
        .put_blob(&rig, &blob_id(b"bad"), "bad")
        .await
        .expect(201);
    let member = rig.user(&admin, 2).await;
    let id = blob_id(b"bad");
    let delete = async || delete_blob(&rig, &member.token, &id).await;
    delete().await.refused(403, "permission.denied");
    admin
        .grant(&rig, &member, "mod", "delete", "blobs/{any}")
        .await;
    delete().await.expect(204);
}
