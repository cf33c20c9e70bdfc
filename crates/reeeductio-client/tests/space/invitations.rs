use reeeductio_client::{
    Capability, ClientError, Content, Identity, Invitation, InvitationLimits, Space,
};
use reeeductio_proto::{ErrorCode, Operation};

use crate::rig::{Rig, topic};

async fn rig_with_role() -> Rig {
    let rig = Rig::start().await;
    rig.owner
        .members()
        .create_role("user", Some("may chat"))
        .await
        .unwrap();
    rig.owner
        .members()
        .grant_to_role(
            "user",
            "chat",
            &Capability::new(Operation::Write, "topics/general").unwrap(),
        )
        .await
        .unwrap();
    rig
}

async fn accept(rig: &Rig, invitation: &Invitation, seed: u8) -> Result<Space, ClientError> {
    let identity = Identity::from_seed(&[seed; 32]);
    let builder = Space::builder(&rig.server.url());
    builder.accept(invitation, identity).await
}

#[tokio::test]
async fn an_invited_guest_lets_itself_in_and_uses_the_role() {
    let rig = rig_with_role().await;
    let invitation = rig
        .owner
        .invitations()
        .create(Some("for Bob"), InvitationLimits::default())
        .await
        .unwrap();
    let bob = accept(&rig, &invitation, 6).await.unwrap();
    bob.topic(&topic("general"))
        .post(Content::Sealed(b"thanks"), "chat.text")
        .await
        .unwrap();
    let read = rig
        .owner
        .topic(&topic("general"))
        .history()
        .all()
        .await
        .unwrap();
    assert_eq!(read[0].sender, bob.member());
    assert_eq!(rig.owner.open_message(&read[0]).unwrap(), b"thanks");

    let door = rig.member(invitation.key.tool_id(), invitation.key.clone());
    let refused = door
        .members()
        .assign_role(&bob.member(), "admin", None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
    let refused = bob
        .invitations()
        .create(None, InvitationLimits::default())
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
    let invitation = rig.owner.invitations().create(None, limits).await.unwrap();
    accept(&rig, &invitation, 6).await.unwrap();
    // A guest that accepts again takes no further place.
    accept(&rig, &invitation, 6).await.unwrap();
    accept(&rig, &invitation, 7).await.unwrap();
    let refused = accept(&rig, &invitation, 8).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::ToolUseLimit));
    assert!(
        refused.to_string().contains("the invitation is used up"),
        "{refused}"
    );

    let nobody = InvitationLimits {
        guests: Some(0),
        expires_at: None,
    };
    let refused = rig
        .owner
        .invitations()
        .create(None, nobody)
        .await
        .unwrap_err();
    assert_eq!(refused.to_string(), "guests: must be at least one");
}

#[tokio::test]
async fn an_attempt_that_was_cut_short_is_completed() {
    let rig = rig_with_role().await;
    let limits = InvitationLimits {
        guests: Some(1),
        expires_at: None,
    };
    let invitation = rig.owner.invitations().create(None, limits).await.unwrap();
    let door = rig.member(invitation.key.tool_id(), invitation.key.clone());
    let guest = Identity::from_seed(&[6; 32]).user_id();
    door.members().add_user(&guest, None).await.unwrap();
    let bob = accept(&rig, &invitation, 6).await.unwrap();
    bob.topic(&topic("general"))
        .post(Content::Plain(b"in"), "n")
        .await
        .unwrap();
}

#[tokio::test]
async fn an_invitation_that_has_lapsed_or_was_taken_back_lets_nobody_in() {
    let rig = rig_with_role().await;
    let limits = InvitationLimits::default();
    let invitation = rig.owner.invitations().create(None, limits).await.unwrap();
    rig.expire_tools().await;
    let refused = accept(&rig, &invitation, 6).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));
    assert!(
        refused.to_string().contains("the invitation has expired"),
        "{refused}"
    );

    let invitation = rig
        .owner
        .invitations()
        .create(None, InvitationLimits::default())
        .await
        .unwrap();
    rig.owner
        .members()
        .remove(&invitation.key.tool_id())
        .await
        .unwrap();
    let refused = accept(&rig, &invitation, 6).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));
}

#[tokio::test]
async fn a_guest_that_signs_in_by_hand_is_let_in() {
    let rig = Rig::start().await;
    rig.owner.members().create_role("user", None).await.unwrap();
    let invitation = rig
        .owner
        .invitations()
        .create(None, InvitationLimits::default())
        .await
        .unwrap();
    let builder = Space::builder(&rig.server.url()).sign_in_by_hand(true);
    let guest = Identity::from_seed(&[6; 32]);
    builder.accept(&invitation, guest).await.unwrap();
}

#[tokio::test]
async fn a_guest_that_was_removed_does_not_come_back_by_the_same_invitation() {
    let rig = rig_with_role().await;
    let limits = InvitationLimits::default();
    let invitation = rig.owner.invitations().create(None, limits).await.unwrap();
    let bob = accept(&rig, &invitation, 6).await.unwrap();
    rig.owner.members().remove(&bob.member()).await.unwrap();
    let refused = accept(&rig, &invitation, 6).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
}
