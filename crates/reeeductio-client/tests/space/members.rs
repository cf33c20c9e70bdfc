use reeeductio_client::{Capability, ClientError, Content, ErrorKind, Identity, Range};
use reeeductio_proto::{ErrorCode, MemberId, MemberKind, Operation, ToolLimits};

use crate::rig::{Rig, topic};

#[tokio::test]
async fn a_role_gives_its_rights_while_it_is_assigned() {
    let rig = Rig::start().await;
    let general = topic("general");
    rig.owner
        .topic(&general)
        .post(Content::Sealed(b"hi"), "chat.text")
        .await
        .unwrap();
    let user = rig.user(2, &[]).await;
    let refused = user.topic(&general).history().all().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));

    rig.owner
        .members()
        .create_role("reader", Some("reads every topic"))
        .await
        .unwrap();
    rig.owner
        .members()
        .grant_to_role(
            "reader",
            "read-all",
            &Capability::new(Operation::Read, "topics/{any}").unwrap(),
        )
        .await
        .unwrap();
    rig.owner
        .members()
        .assign_role(&user.member(), "reader", None)
        .await
        .unwrap();
    let read = user.topic(&general).history().all().await.unwrap();
    assert_eq!(user.open_message(&read[0]).unwrap(), b"hi");
    let refused = user
        .topic(&general)
        .post(Content::Plain(b"?"), "chat.text")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));

    rig.owner
        .members()
        .unassign_role(&user.member(), "reader")
        .await
        .unwrap();
    assert_eq!(
        user.topic(&general)
            .history()
            .all()
            .await
            .unwrap_err()
            .status(),
        Some(403)
    );
}

#[tokio::test]
async fn what_a_removed_member_wrote_is_still_believed_and_it_writes_no_more() {
    let rig = Rig::start().await;
    let general = topic("general");
    let user = rig.user(2, &[(Operation::Write, "topics/{any}")]).await;
    user.topic(&general)
        .post(Content::Plain(b"was here"), "chat.text")
        .await
        .unwrap();
    rig.owner.members().remove(&user.member()).await.unwrap();
    let refused = user
        .topic(&general)
        .post(Content::Plain(b"still here"), "chat.text")
        .await
        .unwrap_err();
    assert!(matches!(refused.status(), Some(401 | 403)), "{refused}");
    for reader in [&rig.owner, &rig.meddled().0] {
        let messages = reader.topic(&general).history().all().await.unwrap();
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
    rig.owner
        .members()
        .create_tool(&id, None, limits)
        .await
        .unwrap();
    rig.owner
        .members()
        .grant_to_member(
            &id,
            "post",
            &Capability::new(Operation::Write, "topics/alerts").unwrap(),
        )
        .await
        .unwrap();
    let tool = rig.member(id, keys);
    let alerts = topic("alerts");
    for _ in 0..2 {
        tool.topic(&alerts)
            .post(Content::Plain(b"!"), "alert")
            .await
            .unwrap();
    }
    let refused = tool
        .topic(&alerts)
        .post(Content::Plain(b"!"), "alert")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::ToolUseLimit));
}

#[tokio::test]
async fn members_are_listed_by_kind_until_they_are_removed() {
    let rig = Rig::start().await;
    let (ann, bob) = (rig.user(2, &[]).await, rig.user(3, &[]).await);
    let tool = Identity::from_seed(&[4; 32]).tool_id();
    let limits = ToolLimits::default();
    rig.owner
        .members()
        .create_tool(&tool, None, limits)
        .await
        .unwrap();
    let mut both = vec![ann.member(), bob.member()];
    both.sort_by_key(MemberId::to_bytes);
    let users = rig.owner.members().list(MemberKind::User).await.unwrap();
    assert_eq!(users, both);
    assert_eq!(bob.members().list(MemberKind::Tool).await.unwrap(), [tool]);
    rig.owner.members().remove(&ann.member()).await.unwrap();
    let users = bob.members().list(MemberKind::User).await.unwrap();
    assert_eq!(users, [bob.member()]);
}

#[tokio::test]
async fn rights_end_when_they_are_taken_back_or_lapse() {
    let rig = Rig::start().await;
    let general = topic("general");
    let user = rig.user(2, &[(Operation::Read, "topics/{any}")]).await;
    user.topic(&general).history().all().await.unwrap();
    rig.owner
        .members()
        .revoke_from_member(&user.member(), "cap_0")
        .await
        .unwrap();
    let refused = async || {
        user.topic(&general)
            .history()
            .all()
            .await
            .unwrap_err()
            .code()
    };
    assert_eq!(refused().await, Some(ErrorCode::PermissionDenied));

    rig.owner
        .members()
        .create_role("reader", None)
        .await
        .unwrap();
    rig.owner
        .members()
        .grant_to_role(
            "reader",
            "all",
            &Capability::new(Operation::Read, "topics/{any}").unwrap(),
        )
        .await
        .unwrap();
    rig.owner
        .members()
        .assign_role(&user.member(), "reader", Some(1))
        .await
        .unwrap();
    assert_eq!(refused().await, Some(ErrorCode::PermissionDenied));
    rig.owner
        .members()
        .assign_role(&user.member(), "reader", Some(i64::MAX))
        .await
        .unwrap();
    user.topic(&general).history().all().await.unwrap();
    rig.owner
        .members()
        .revoke_from_role("reader", "all")
        .await
        .unwrap();
    assert_eq!(refused().await, Some(ErrorCode::PermissionDenied));
}

#[tokio::test]
async fn names_that_do_not_fit_are_refused_before_anything_is_sent() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let user = Identity::from_seed(&[2; 32]);
    assert_eq!(
        space
            .members()
            .create_role("a/b", None)
            .await
            .unwrap_err()
            .code_text(),
        "client.argument"
    );
    assert_eq!(
        space
            .members()
            .add_user(&user.tool_id(), None)
            .await
            .unwrap_err()
            .code_text(),
        "client.argument"
    );
    let wrong = Capability::new(Operation::Read, "everything").unwrap_err();
    assert!(
        wrong
            .to_string()
            .contains("blobs, data, inbox, signals, state or topics"),
        "{wrong}"
    );
    assert!(network.requests().is_empty());
}

#[tokio::test]
async fn a_role_that_is_not_there_is_neither_assigned_nor_given_rights() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let user = Identity::from_seed(&[2; 32]).user_id();
    space.members().add_user(&user, None).await.unwrap();
    let right = Capability::new(Operation::Read, "topics/{any}").unwrap();
    let written = || {
        let requests = network.requests();
        requests
            .iter()
            .any(|request| request.starts_with("Post topics/state"))
    };
    assert!(written());
    for refused in [
        space.members().assign_role(&user, "reeder", None).await,
        space.members().grant_to_role("reeder", "all", &right).await,
    ] {
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::AuthInvalidEntry));
        assert_eq!(
            refused.to_string(),
            "role: there is no role \"reeder\" in this space; create it first"
        );
    }
    assert!(!written());

    space.members().create_role("reeder", None).await.unwrap();
    space
        .members()
        .grant_to_role("reeder", "all", &right)
        .await
        .unwrap();
    space
        .members()
        .assign_role(&user, "reeder", None)
        .await
        .unwrap();
}

#[tokio::test]
async fn times_in_seconds_are_refused_before_anything_is_sent() {
    const SECONDS: i64 = 1_800_000_000;
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let identity = Identity::from_seed(&[2; 32]);
    let (user, tool) = (identity.user_id(), identity.tool_id());
    let mut right = Capability::new(Operation::Read, "topics/{any}").unwrap();
    right.expires_at = Some(SECONDS);
    let limits = ToolLimits {
        use_limit: None,
        expires_at: Some(SECONDS),
    };
    let members = space.members();
    for refused in [
        members.assign_role(&user, "reader", Some(SECONDS)).await,
        members.create_tool(&tool, None, limits).await,
        members.grant_to_member(&user, "all", &right).await,
        members.grant_to_role("reader", "all", &right).await,
    ] {
        let refused = refused.unwrap_err();
        let ClientError::Argument { field, message } = &refused else {
            panic!("{refused:?}");
        };
        assert_eq!(*field, "expires_at");
        assert!(
            message.starts_with("1800000000 is a time in seconds"),
            "{message}"
        );
    }
    let general = space.topic(&topic("general"));
    for (field, from, to) in [("from", Some(SECONDS), None), ("to", None, Some(SECONDS))] {
        let range = Range {
            from,
            to,
            limit: 10,
        };
        for refused in [
            general.page(range).await.map(drop),
            general.believed(range).await.map(drop),
            general.stored(range).await.map(drop),
            space.state().page(range).await.map(drop),
        ] {
            let refused = refused.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Validation);
            assert!(
                refused
                    .to_string()
                    .starts_with(&format!("{field}: 1800000000 is")),
                "{refused}"
            );
        }
    }
    assert!(network.requests().is_empty());
}
