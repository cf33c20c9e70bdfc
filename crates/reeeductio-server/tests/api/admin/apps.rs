//! Spaces that the users of an app make (spec/authorization.md).

use axum::http::Method;
use serde_json::json;

use super::usage::call;
use super::{register, registration};
use crate::rig::{Plan, Post, Rig, key_space, user_id};
use crate::spaces::policy::{command, made};

/// A server with an admin space, on which users of the app in the space of the key 1 may make spaces.
fn server() -> Rig {
    Rig::with(|plan: &mut Plan| {
        plan.engine.auto_create_spaces = false;
        plan.engine.admin_space = Some(key_space(100));
        plan.engine.app_spaces = vec![key_space(1)];
    })
}

#[tokio::test]
async fn a_command_of_an_app_makes_a_space_and_withdraws_it() {
    let rig = server();
    let owner = made(&rig).await;
    let ada = rig.user(&owner, 2).await;
    let body = registration(5, &ada);
    let path = format!("spaces/{}", key_space(5));
    let act = async |value: &str| {
        let head = ada.head(&rig, "state").await;
        let post = Post::new("state", &path, head.as_deref(), value.as_bytes());
        command(&rig, &ada, vec![post.body(&ada)]).await
    };
    act(&body.to_string())
        .await
        .refused(403, "permission.denied");
    for op in ["create", "delete"] {
        let all = "state/spaces/{any}";
        owner.grant(&rig, &ada, op, op, all).await;
    }
    let of_owner = registration(5, &owner).to_string();
    let wrong = act(&of_owner)
        .await
        .refused(400, "space.invalid_registration");
    let says = wrong["error"].as_str().unwrap();
    assert!(says.starts_with("created_by: "), "{says}");
    let challenge = async || {
        let body = json!({"public_key": user_id(5).to_string()});
        let path = format!("/spaces/{}/auth/challenge", key_space(5));
        rig.post(&path, body).await
    };
    challenge().await.refused(404, "space.unknown");
    act(&body.to_string()).await.expect(201);
    let made = rig.owner(5).await;
    made.say(&rig, "general", b"hello").await;
    act("").await.expect(201);
    let late = Post::new("general", "chat.text", None, b"late");
    made.post(&rig, &late).await.refused(404, "space.unknown");
}

#[tokio::test]
async fn the_operator_sees_and_removes_spaces_of_apps() {
    let rig = server();
    let owner = made(&rig).await;
    let admin = rig.owner(100).await;
    let body = registration(5, &owner);
    let path = format!("spaces/{}", key_space(5));
    owner.set(&rig, &path, body.to_string().as_bytes()).await;
    let route = format!("/{}", key_space(5));
    let status = async || call(&rig, Method::GET, &route, &admin).await;
    let seen = status().await.expect(200);
    assert_eq!(
        (&seen["registered"], &seen["served"]),
        (&json!(false), &json!(true))
    );
    register(&rig, &admin, key_space(5), &registration(5, &admin))
        .await
        .expect(201);
    let seen = status().await.expect(200);
    assert_eq!(
        (&seen["registered"], &seen["served"]),
        (&json!(true), &json!(true))
    );
    admin.set(&rig, &path, b"").await;
    rig.owner(5).await;
    owner.set(&rig, &path, b"").await;
    status().await.refused(404, "space.unknown");
}
