use reeeductio_client::{ClientError, Identity, Invitation, InvitationLimits, Space, SpaceOptions};
use reeeductio_proto::{ErrorCode, Operation};

use crate::rig::{Rig, topic};

async fn rig_with_role() -> Rig {
    let rig = Rig::start().await;
    rig.owner
        .create_role("user", Some("may chat"))
        .await
        .unwrap();
    rig.owner
        .grant_to_role("user", "chat", Operation::Write, "topics/general")
        .await
        .unwrap();
    rig
}

async fn accept(rig: &Rig, invitation: &Invitation, seed: u8) -> Result<Space, ClientError> {
    let identity = Identity::from_seed(&[seed; 32]);
    let options = SpaceOptions::default();
    Space::accept_invitation(invitation, identity, &rig.server.url(), options).await
}

#[tokio::test]
async fn an_invited_guest_lets_itself_in_and_uses_the_role() {
    let rig = rig_with_role().await;
    let invitation = rig
        .owner
        .create_invitation(Some("for Bob"), InvitationLimits::default())
        .await
        .unwrap();
    let bob = accept(&rig, &invitation, 6).await.unwrap();
    bob.post_encrypted_message(&topic("general"), "chat.text", b"thanks")
        .await
        .unwrap();
    let read = rig.owner.history(&topic("general")).await.unwrap();
    assert_eq!(read[0].sender, bob.member());
    assert_eq!(rig.owner.open_message(&read[0]).unwrap(), b"thanks");

    let door = rig.member(invitation.key.tool_id(), invitation.key.clone());
    let refused = door.assign_role(&bob.member(), "admin").await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
    let refused = bob
        .create_invitation(None, InvitationLimits::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
}

#[tokio::test]
async fn an_invitation_lets_in_as_many_guests_as_it_says() {
    let rig = rig_with_role().await;
    let limits = InvitationLimits {
        guests: Some(2),
        expires_at: None,
    };
    let invitation = rig.owner.create_invitation(None, limits).await.unwrap();
    accept(&rig, &invitation, 6).await.unwrap();
    // Who is in already needs nothing of it.
    accept(&rig, &invitation, 6).await.unwrap();
    accept(&rig, &invitation, 7).await.unwrap();
    let refused = accept(&rig, &invitation, 8).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::ToolUseLimit));

    let nobody = InvitationLimits {
        guests: Some(0),
        expires_at: None,
    };
    let refused = rig.owner.create_invitation(None, nobody).await.unwrap_err();
    assert_eq!(refused.to_string(), "guests: must be at least one");
}

#[tokio::test]
async fn an_attempt_that_was_cut_short_is_completed() {
    let rig = rig_with_role().await;
    let limits = InvitationLimits {
        guests: Some(1),
        expires_at: None,
    };
    let invitation = rig.owner.create_invitation(None, limits).await.unwrap();
    let door = rig.member(invitation.key.tool_id(), invitation.key.clone());
    let guest = Identity::from_seed(&[6; 32]).user_id();
    door.add_user(&guest, None).await.unwrap();
    let bob = accept(&rig, &invitation, 6).await.unwrap();
    bob.post_message(&topic("general"), "n", b"in")
        .await
        .unwrap();
}

#[tokio::test]
async fn an_invitation_that_has_lapsed_or_was_taken_back_lets_nobody_in() {
    let rig = rig_with_role().await;
    let lapsed = InvitationLimits {
        guests: None,
        expires_at: Some(1),
    };
    let invitation = rig.owner.create_invitation(None, lapsed).await.unwrap();
    let refused = accept(&rig, &invitation, 6).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));

    let invitation = rig
        .owner
        .create_invitation(None, InvitationLimits::default())
        .await
        .unwrap();
    rig.owner
        .remove_member(&invitation.key.tool_id())
        .await
        .unwrap();
    let refused = accept(&rig, &invitation, 6).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));
}
