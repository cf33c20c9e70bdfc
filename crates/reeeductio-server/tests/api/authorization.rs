//! Roles, tools, invitations and the paths of capabilities (wire.md 8), as the routes enforce them. The
//! judgement itself has its vectors in `reeeductio-proto`; what the published server got wrong is in
//! `defects.rs`.

mod entries;

use axum::http::Method;
use serde_json::json;

use crate::rig::{Answer, Member, Post, Rig, START, blob_id, tool_id, user_id};

const MESSAGES: &str = "topics/general/messages";

/// Defines a role with one right.
async fn role(rig: &Rig, owner: &Member, name: &str, op: &str, path: &str) {
    let body = json!({"role_id": name});
    let defined = owner
        .try_set_json(rig, &format!("auth/roles/{name}"), &body)
        .await;
    defined.expect(201);
    let right = json!({"op": op, "path": path});
    let given = owner
        .try_grant(rig, &format!("roles/{name}"), "r0", &right)
        .await;
    given.expect(201);
}

async fn post(rig: &Rig, owner: &Member, member: &Member) -> Answer {
    let head = owner.head(rig, "general").await;
    let post = Post::new("general", "chat.text", head.as_deref(), b"x");
    member.post(rig, &post).await
}

#[tokio::test]
async fn a_role_gives_its_rights_from_when_it_is_assigned() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    role(&rig, &owner, "reader", "read", "topics/{any}/messages").await;
    let member = rig.user(&owner, 2).await;
    member
        .get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
    owner
        .try_assign(&rig, member.id, "reader")
        .await
        .expect(201);
    member.get(&rig, MESSAGES).await.expect(200);
    post(&rig, &owner, &member)
        .await
        .refused(403, "permission.denied");
    // A right added to the role later counts for its holders.
    let right = json!({"op": "create", "path": MESSAGES});
    owner
        .try_grant(&rig, "roles/reader", "r1", &right)
        .await
        .expect(201);
    post(&rig, &owner, &member).await.expect(201);
}

#[tokio::test]
async fn a_role_given_until_a_time_lapses_then() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    role(&rig, &owner, "reader", "read", MESSAGES).await;
    let member = rig.user(&owner, 2).await;
    let body = json!({
        "user_id": member.id.to_string(), "role_id": "reader", "expires_at": START + 1000,
    });
    let path = format!("auth/users/{}/roles/reader", member.id);
    owner.try_set_json(&rig, &path, &body).await.expect(201);
    rig.clock.advance(1000);
    member.get(&rig, MESSAGES).await.expect(200);
    rig.clock.advance(1);
    member
        .get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn write_is_every_operation_and_the_others_are_themselves() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(&rig, &member, "w", "write", "state/notes/{...}")
        .await;
    for data in [b"1".as_slice(), b"2", b""] {
        member.set(&rig, "notes/a/b", data).await;
    }
    member.get(&rig, "state/notes/a/b").await.expect(200);
    member
        .try_set(&rig, "other", b"1")
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn the_spellings_of_a_topics_right_all_work() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let forms = [
        ("topics/general", true, false),
        ("topics/{any}", true, true),
        ("topics/general/messages", true, false),
        ("topics/{any}/messages", true, true),
        ("topics/general/messages/{any}", true, false),
        ("topics/{any}/messages/{any}", true, true),
        ("topics/general/{...}", true, false),
        ("topics/{...}", true, true),
        ("{...}", true, true),
        ("{any}", false, false),
        ("topics/other", false, true),
        ("state/{...}", false, false),
    ];
    for (seed, (path, general, other)) in (2..).zip(forms) {
        let member = rig.user(&owner, seed).await;
        owner.grant(&rig, &member, "r", "read", path).await;
        for (topic, expected) in [("general", general), ("other", other)] {
            let answer = member.get(&rig, &format!("topics/{topic}/messages")).await;
            assert_eq!(
                answer.status,
                if expected { 200 } else { 403 },
                "{path} {topic}"
            );
        }
    }
}

#[tokio::test]
async fn the_names_self_and_other_mean_the_member() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let (ann, bob) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    for member in [&ann, &bob] {
        owner
            .grant(&rig, member, "own", "write", "data/user/{self}/{...}")
            .await;
        owner
            .grant(&rig, member, "peer", "read", "data/user/{other}/card")
            .await;
    }
    let card = format!("user/{}/card", ann.id);
    ann.put_data(&rig, &card, b"1", START).await.expect(200);
    bob.put_data(&rig, &card, b"2", START + 1)
        .await
        .refused(403, "permission.denied");
    bob.get(&rig, &format!("data/{card}")).await.expect(200);
    let private = format!("user/{}/private", ann.id);
    ann.put_data(&rig, &private, b"1", START).await.expect(200);
    bob.get(&rig, &format!("data/{private}"))
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn a_tool_acts_by_its_own_rights_until_its_uses_are_up() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let id = tool_id(2);
    let body = json!({"tool_id": id.to_string(), "use_limit": 3});
    let tool = rig.tool(&owner, 2, body).await;
    post(&rig, &owner, &tool)
        .await
        .refused(403, "permission.denied");
    owner.grant(&rig, &tool, "w", "write", MESSAGES).await;
    owner
        .grant(&rig, &tool, "s", "create", "state/log/{any}")
        .await;
    post(&rig, &owner, &tool).await.expect(201);
    tool.set(&rig, "log/1", b"1").await;
    tool.put_blob(&rig, &blob_id(b"t"), "t").await.expect(201);
    post(&rig, &owner, &tool)
        .await
        .refused(403, "tool.use_limit");
    tool.try_set(&rig, "log/2", b"1")
        .await
        .refused(403, "tool.use_limit");
    let blob = tool.put_blob(&rig, &blob_id(b"u"), "u").await;
    blob.refused(403, "tool.use_limit");
    // Reading is free.
    tool.get(&rig, MESSAGES).await.expect(200);
    tool.get(&rig, &format!("blobs/{}", blob_id(b"t"))).await;
}

#[tokio::test]
async fn a_use_limit_holds_when_uses_arrive_together() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let tool = rig.tool(&owner, 2, json!({"use_limit": 5})).await;
    owner
        .grant(&rig, &tool, "w", "create", "topics/{any}/messages")
        .await;
    let posts = (0..20).map(|number| {
        let topic = format!("topic-{number}");
        let (rig, tool) = (&rig, &tool);
        async move {
            tool.post(rig, &Post::new(&topic, "t", None, b"x"))
                .await
                .status
        }
    });
    let statuses = futures_util::future::join_all(posts).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 5);
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 15);
}

#[tokio::test]
async fn a_tool_past_its_time_is_out() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let tool = rig
        .tool(&owner, 2, json!({"expires_at": START + 1000}))
        .await;
    owner.grant(&rig, &tool, "r", "read", MESSAGES).await;
    rig.clock.advance(1000);
    tool.get(&rig, MESSAGES).await.expect(200);
    rig.clock.advance(1);
    tool.get(&rig, MESSAGES).await.refused(401, "token.revoked");
    rig.try_sign_in(owner.space, 2, tool.id)
        .await
        .refused(403, "member.unknown");
}

#[tokio::test]
async fn a_tool_with_the_owners_key_is_no_owner() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let tool = rig.tool(&owner, 1, json!({})).await;
    tool.get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn an_invitation_adds_users_with_the_role_it_names() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    role(&rig, &owner, "user", "read", MESSAGES).await;
    let tool = rig.tool(&owner, 2, json!({"use_limit": 4})).await;
    let right = |path: &str| json!({"op": "create", "path": path});
    for (name, path) in [
        ("can_create_user", "state/auth/users/{any}"),
        ("can_grant_user_role", "state/auth/users/{any}/roles/user"),
    ] {
        let given = owner
            .try_grant(&rig, &tool.holder(), name, &right(path))
            .await;
        given.expect(201);
    }
    tool.add_user(&rig, user_id(3)).await;
    tool.try_assign(&rig, user_id(3), "user").await.expect(201);
    let guest = rig.sign_in(owner.space, 3, user_id(3)).await;
    guest.get(&rig, MESSAGES).await.expect(200);
    tool.try_assign(&rig, user_id(3), "admin")
        .await
        .refused(403, "permission.denied");
    tool.try_grant(&rig, &guest.holder(), "r", &right("{...}"))
        .await
        .refused(403, "grant.escalation");
}

#[tokio::test]
async fn nobody_grants_what_it_does_not_hold() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    role(&rig, &owner, "strong", "write", "{...}").await;
    role(&rig, &owner, "weak", "read", MESSAGES).await;
    let member = rig.user(&owner, 2).await;
    owner.add_user(&rig, user_id(3)).await;
    owner
        .grant(&rig, &member, "read", "read", "topics/{any}")
        .await;
    owner
        .grant(&rig, &member, "auth", "create", "state/auth/{...}")
        .await;
    let holder = format!("users/{}", user_id(3));
    let mut granted = 0;
    for (op, path, allowed) in [
        ("read", MESSAGES, true),
        ("read", "topics/{any}", true),
        ("read", "topics/{...}", false),
        ("write", MESSAGES, false),
        ("create", MESSAGES, false),
        ("read", "state/{...}", false),
        ("create", "state/auth/users/{any}", true),
        ("create", "state/{...}", false),
        ("read", "{...}", false),
    ] {
        granted += 1;
        let right = json!({"op": op, "path": path});
        let answer = member
            .try_grant(&rig, &holder, &format!("c{granted}"), &right)
            .await;
        if allowed {
            answer.expect(201);
        } else {
            answer.refused(403, "grant.escalation");
        }
    }
    member
        .try_assign(&rig, user_id(3), "weak")
        .await
        .expect(201);
    member
        .try_assign(&rig, user_id(3), "strong")
        .await
        .refused(403, "grant.escalation");
    // Nor does it add to a role that others hold.
    let right = json!({"op": "write", "path": "{...}"});
    member
        .try_grant(&rig, "roles/weak", "more", &right)
        .await
        .refused(403, "grant.escalation");
}

#[tokio::test]
async fn the_right_to_write_rights_is_the_ordinary_one_on_their_path() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner.add_user(&rig, user_id(3)).await;
    owner.grant(&rig, &member, "r", "read", MESSAGES).await;
    let holder = format!("users/{}", user_id(3));
    let right = json!({"op": "read", "path": MESSAGES});
    member
        .try_grant(&rig, &holder, "c", &right)
        .await
        .refused(403, "permission.denied");
    let path = "state/auth/users/{any}/rights/{any}";
    owner.grant(&rig, &member, "g", "create", path).await;
    member
        .try_grant(&rig, &holder, "c", &right)
        .await
        .expect(201);
}

#[tokio::test]
async fn entries_that_are_not_what_their_path_says_are_400() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let user = user_id(2);
    owner.add_user(&rig, user).await;
    let rights = format!("auth/users/{user}/rights/c");
    let roles = format!("auth/users/{user}/roles/r1");
    for (path, body) in [
        (rights.as_str(), "not json"),
        (&rights, "[]"),
        (&rights, "null"),
        (&rights, "{}"),
        (&rights, r#"{"op": "read"}"#),
        (&rights, r#"{"path": "topics/{any}"}"#),
        (&rights, r#"{"op": "fly", "path": "topics/{any}"}"#),
        (&rights, r#"{"op": "read", "path": 5}"#),
        (&rights, r#"{"op": "read", "path": ""}"#),
        (&rights, r#"{"op": "read", "path": "secrets/{any}"}"#),
        (&rights, r#"{"op": "read", "path": "topics/{nobody}"}"#),
        (
            &rights,
            r#"{"op": "read", "path": "topics/{any}", "expires_at": "soon"}"#,
        ),
        (&roles, "[]"),
        (&roles, "{}"),
        (&roles, r#"{"user_id": "x", "role_id": "r1"}"#),
        ("auth/roles/r1", r#"{"role_id": "r2"}"#),
        ("auth/roles/r1", "garbage"),
        ("auth/users/nobody", "{}"),
        (&format!("auth/users/{}", tool_id(3)), "{}"),
        (&format!("auth/tools/{user}"), "{}"),
        (
            &format!("auth/tools/{}", tool_id(3)),
            r#"{"use_limit": "many"}"#,
        ),
        (
            &format!("auth/tools/{}", tool_id(3)),
            r#"{"use_limit": -1}"#,
        ),
        (&format!("auth/users/{}", user_id(4)), "[]"),
    ] {
        let refused = owner.try_set(&rig, path, body.as_bytes()).await;
        assert_eq!(refused.status, 400, "{path} {body}");
        refused.refused(400, "auth.invalid_entry");
    }
    let other = json!({"user_id": user.to_string(), "role_id": "r2"});
    let refused = owner.try_set_json(&rig, &roles, &other).await;
    refused.refused(400, "auth.invalid_entry");
}

#[tokio::test]
async fn putting_state_grants_by_the_same_rules() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(&rig, &member, "auth", "create", "state/auth/{...}")
        .await;
    let head = owner.head(&rig, "state").await;
    let path = format!("auth/{}/rights/all", member.holder());
    let grab = Post::new(
        "state",
        &path,
        head.as_deref(),
        br#"{"op":"write","path":"{...}"}"#,
    );
    let rest = format!("state/{path}");
    let body = Some(grab.body(&member));
    member
        .call(&rig, Method::PUT, &rest, body)
        .await
        .refused(403, "grant.escalation");
}
