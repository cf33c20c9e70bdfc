use reeeductio_client::Identity;
use reeeductio_proto::{ErrorCode, MemberId, MemberKind, Operation, ToolLimits};

use crate::rig::{Rig, topic};

#[tokio::test]
async fn a_role_gives_its_rights_while_it_is_assigned() {
    let rig = Rig::start().await;
    let general = topic("general");
    rig.owner
        .post_encrypted_message(&general, "chat.text", b"hi")
        .await
        .unwrap();
    let user = rig.user(2, &[]).await;
    let refused = user.history(&general).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));

    rig.owner
        .create_role("reader", Some("reads every topic"))
        .await
        .unwrap();
    rig.owner
        .grant_to_role("reader", "read-all", Operation::Read, "topics/{any}")
        .await
        .unwrap();
    rig.owner
        .assign_role(&user.member(), "reader")
        .await
        .unwrap();
    let read = user.history(&general).await.unwrap();
    assert_eq!(user.open_message(&read[0]).unwrap(), b"hi");
    let refused = user
        .post_message(&general, "chat.text", b"?")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));

    rig.owner
        .unassign_role(&user.member(), "reader")
        .await
        .unwrap();
    assert_eq!(
        user.history(&general).await.unwrap_err().status(),
        Some(403)
    );
}

#[tokio::test]
async fn what_a_removed_member_wrote_is_still_believed_and_it_writes_no_more() {
    let rig = Rig::start().await;
    let general = topic("general");
    let user = rig.user(2, &[(Operation::Write, "topics/{any}")]).await;
    user.post_message(&general, "chat.text", b"was here")
        .await
        .unwrap();
    rig.owner.remove_member(&user.member()).await.unwrap();
    let refused = user
        .post_message(&general, "chat.text", b"still here")
        .await
        .unwrap_err();
    assert!(matches!(refused.status(), Some(401 | 403)), "{refused}");
    for reader in [&rig.owner, &rig.meddled().0] {
        let messages = reader.history(&general).await.unwrap();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].sender, user.member());
    }
}

#[tokio::test]
async fn a_tool_stops_at_its_limit() {
    let rig = Rig::start().await;
    let keys = Identity::from_seed(&[5; 32]);
    let id = keys.tool_id();
    let limits = ToolLimits {
        use_limit: Some(2),
        expires_at: None,
    };
    rig.owner.create_tool(&id, None, limits).await.unwrap();
    rig.owner
        .grant_to_member(&id, "post", Operation::Write, "topics/alerts")
        .await
        .unwrap();
    let tool = rig.member(id, keys);
    let alerts = topic("alerts");
    for _ in 0..2 {
        tool.post_message(&alerts, "alert", b"!").await.unwrap();
    }
    let refused = tool.post_message(&alerts, "alert", b"!").await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::ToolUseLimit));
}

#[tokio::test]
async fn members_are_listed_by_kind_until_they_are_removed() {
    let rig = Rig::start().await;
    let (ann, bob) = (rig.user(2, &[]).await, rig.user(3, &[]).await);
    let tool = Identity::from_seed(&[4; 32]).tool_id();
    let limits = ToolLimits::default();
    rig.owner.create_tool(&tool, None, limits).await.unwrap();
    let mut both = vec![ann.member(), bob.member()];
    both.sort_by_key(MemberId::to_bytes);
    let users = rig.owner.members(MemberKind::User).await.unwrap();
    assert_eq!(users, both);
    assert_eq!(bob.members(MemberKind::Tool).await.unwrap(), [tool]);
    rig.owner.remove_member(&ann.member()).await.unwrap();
    let users = bob.members(MemberKind::User).await.unwrap();
    assert_eq!(users, [bob.member()]);
}

#[tokio::test]
async fn rights_end_when_they_are_taken_back_or_lapse() {
    let rig = Rig::start().await;
    let general = topic("general");
    let user = rig.user(2, &[(Operation::Read, "topics/{any}")]).await;
    user.history(&general).await.unwrap();
    rig.owner
        .revoke_from_member(&user.member(), "cap_0")
        .await
        .unwrap();
    let refused = async || user.history(&general).await.unwrap_err().code();
    assert_eq!(refused().await, Some(ErrorCode::PermissionDenied));

    rig.owner.create_role("reader", None).await.unwrap();
    rig.owner
        .grant_to_role("reader", "all", Operation::Read, "topics/{any}")
        .await
        .unwrap();
    rig.owner
        .assign_role_until(&user.member(), "reader", 1)
        .await
        .unwrap();
    assert_eq!(refused().await, Some(ErrorCode::PermissionDenied));
    rig.owner
        .assign_role_until(&user.member(), "reader", i64::MAX)
        .await
        .unwrap();
    user.history(&general).await.unwrap();
    rig.owner.revoke_from_role("reader", "all").await.unwrap();
    assert_eq!(refused().await, Some(ErrorCode::PermissionDenied));
}

#[tokio::test]
async fn names_that_do_not_fit_are_refused_before_anything_is_sent() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let user = Identity::from_seed(&[2; 32]);
    assert_eq!(
        space
            .create_role("a/b", None)
            .await
            .unwrap_err()
            .code_text(),
        "client.argument"
    );
    assert_eq!(
        space
            .add_user(&user.tool_id(), None)
            .await
            .unwrap_err()
            .code_text(),
        "client.argument"
    );
    let wrong = space
        .grant_to_role("r", "c", Operation::Read, "everything")
        .await
        .unwrap_err();
    assert!(
        wrong.to_string().contains("blobs, data, state or topics"),
        "{wrong}"
    );
    assert!(network.requests().is_empty());
}
