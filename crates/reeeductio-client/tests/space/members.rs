use reeeductio_client::Identity;
use reeeductio_proto::{ErrorCode, Operation, ToolLimits};

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
        .create_role("reader", "reads every topic")
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
async fn an_invited_guest_lets_itself_in_and_uses_the_role() {
    let rig = Rig::start().await;
    rig.owner.create_role("user", "may chat").await.unwrap();
    rig.owner
        .grant_to_role("user", "chat", Operation::Write, "topics/general")
        .await
        .unwrap();
    let key = rig
        .owner
        .create_invitation(Some("for Bob"), ToolLimits::default())
        .await
        .unwrap();

    let invitation = rig.member(key.tool_id(), key);
    let bob = Identity::from_seed(&[6; 32]);
    invitation.add_user(&bob.user_id()).await.unwrap();
    invitation
        .assign_role(&bob.user_id(), "user")
        .await
        .unwrap();
    let bob = rig.member(bob.user_id(), bob);
    bob.post_encrypted_message(&topic("general"), "chat.text", b"thanks")
        .await
        .unwrap();
    let read = rig.owner.history(&topic("general")).await.unwrap();
    assert_eq!(read[0].sender, bob.member());
    let refused = invitation
        .assign_role(&bob.member(), "admin")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
}

#[tokio::test]
async fn names_that_do_not_fit_are_refused_before_anything_is_sent() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let user = Identity::from_seed(&[2; 32]);
    assert_eq!(
        space.create_role("a/b", "").await.unwrap_err().code_text(),
        "client.argument"
    );
    assert_eq!(
        space
            .add_user(&user.tool_id())
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
