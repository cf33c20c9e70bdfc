//! New entries below `auth/`: what they may name, and when they count.

use super::*;

#[tokio::test]
async fn a_role_claimed_before_it_is_defined_gives_nothing() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    let tool = rig.tool(&owner, 3, json!({})).await;
    let any_role = "state/auth/users/{any}/roles/{any}";
    owner
        .grant(&rig, &member, "roles", "create", any_role)
        .await;
    // The right that an invitation has for the role `user`.
    let boss = "state/auth/users/{any}/roles/boss";
    owner.grant(&rig, &tool, "boss", "create", boss).await;
    member
        .try_assign(&rig, member.id, "boss")
        .await
        .refused(400, "auth.invalid_entry");
    tool.try_assign(&rig, member.id, "boss").await.expect(201);
    role(&rig, &owner, "boss", "write", "{...}").await;
    member
        .get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
    tool.try_assign(&rig, user_id(4), "boss")
        .await
        .refused(403, "permission.denied");
    member
        .try_assign(&rig, member.id, "boss")
        .await
        .refused(403, "grant.escalation");
    // Nor after it was removed and defined again.
    owner.add_user(&rig, user_id(4)).await;
    owner.try_assign(&rig, user_id(4), "boss").await.expect(201);
    let holder = rig.sign_in(owner.space, 4, user_id(4)).await;
    holder.get(&rig, MESSAGES).await.expect(200);
    owner.set(&rig, "auth/roles/boss", b"").await;
    role(&rig, &owner, "boss", "write", "{...}").await;
    holder
        .get(&rig, MESSAGES)
        .await
        .refused(403, "permission.denied");
}

#[tokio::test]
async fn what_an_author_cannot_have_meant_is_400_with_the_field_and_the_fix() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let (user, unknown) = (user_id(2), user_id(3));
    owner.add_user(&rig, user).await;
    role(&rig, &owner, "reader", "read", MESSAGES).await;
    let right = r#"{"op": "read", "path": "topics/{any}"}"#;
    let seconds = START / 1000;
    let rights = format!("auth/users/{user}/rights/c");
    for (path, body, field) in [
        (
            rights.as_str(),
            r#"{"op": "write", "path": "state/{...}", "must_be_ownr": true}"#.to_owned(),
            "must_be_ownr",
        ),
        (
            &rights,
            format!(
                r#"{{"op": "read", "path": "data/x", "expires": {}}}"#,
                START + 1000
            ),
            "expires",
        ),
        (
            &rights,
            format!(r#"{{"op": "read", "path": "data/x", "expires_at": {seconds}}}"#),
            "expires_at",
        ),
        (
            &format!("auth/users/{user}/roles/reader"),
            json!({"user_id": user.to_string(), "role_id": "reader", "expires_at": seconds})
                .to_string(),
            "expires_at",
        ),
        (
            &format!("auth/tools/{}", tool_id(5)),
            format!(r#"{{"expires_at": {seconds}}}"#),
            "expires_at",
        ),
        ("auth/roles/writer/rights/r", right.to_owned(), "path"),
        (
            &format!("auth/users/{unknown}/rights/r"),
            right.to_owned(),
            "path",
        ),
        (
            &format!("auth/tools/{}/rights/r", tool_id(5)),
            right.to_owned(),
            "path",
        ),
        (
            &format!("auth/users/{unknown}/roles/reader"),
            json!({"user_id": unknown.to_string(), "role_id": "reader"}).to_string(),
            "path",
        ),
        (
            &format!("auth/users/{user}/roles/writer"),
            json!({"user_id": user.to_string(), "role_id": "writer"}).to_string(),
            "role_id",
        ),
        ("auth/tokens/nobody", "{}".to_owned(), "path"),
    ] {
        let answer = owner.try_set(&rig, path, body.as_bytes()).await;
        assert_eq!(answer.status, 400, "{path} {body}");
        let error = answer.refused(400, "auth.invalid_entry");
        let message = error["error"].as_str().unwrap_or_default();
        assert!(message.starts_with(&format!("{field}: ")), "{message}");
    }
}

#[tokio::test]
async fn the_owner_registers_itself_takes_a_role_and_stays_the_owner() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    role(&rig, &owner, "reader", "read", "topics/other").await;
    owner.add_user(&rig, user_id(1)).await;
    owner
        .try_assign(&rig, user_id(1), "reader")
        .await
        .expect(201);
    owner.get(&rig, MESSAGES).await.expect(200);
    owner.set(&rig, "anything", b"1").await;
    owner
        .set(&rig, &format!("auth/users/{}", user_id(1)), b"")
        .await;
    owner.get(&rig, MESSAGES).await.expect(200);
    rig.sign_in(owner.space, 1, user_id(1)).await;
    owner.set(&rig, "anything", b"2").await;
}

#[tokio::test]
async fn a_member_writes_the_end_of_its_own_tokens_and_of_no_others() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let (ann, bob) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    let path = |of: String| format!("auth/tokens/{of}");
    for other in [bob.id.to_string(), "all".to_owned()] {
        ann.try_set(&rig, &path(other), b"{}")
            .await
            .refused(403, "permission.denied");
    }
    ann.set(&rig, &path(ann.id.to_string()), b"{}").await;
    owner.set(&rig, &path(bob.id.to_string()), b"{}").await;
    owner.set(&rig, &path("all".to_owned()), b"{}").await;
}
