use reeeductio_client::{Identity, Space};
use reeeductio_proto::{ErrorCode, Operation};
use reeeductio_testkit::{Member, TestServer};

use crate::rig::{Rig, path, root, topic};

#[tokio::test]
async fn one_token_serves_many_calls() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let space = space.clone();
            tokio::spawn(async move { space.topic(&topic("general")).head().await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let requests = network.requests();
    let logins = requests
        .iter()
        .filter(|line| *line == "Post auth/verify")
        .count();
    assert_eq!((logins, requests.len()), (1, 10));
}

#[tokio::test]
async fn a_token_near_its_end_is_refreshed_and_a_failed_refresh_becomes_a_login() {
    // Tokens of a minute are always near their end.
    let server = TestServer::start_with(|config| config.server.jwt_expiry_hours = 1.0 / 60.0).await;
    let rig = Rig {
        owner: crate::rig::owner(&server, 1),
        server,
    };
    let (space, network) = rig.meddled();
    space.session().sign_in().await.unwrap();
    network.requests();
    space.topic(&topic("general")).head().await.unwrap();
    assert_eq!(
        network.requests(),
        ["Post auth/refresh", "Get topics/general/messages"]
    );

    network.with(|route, status, _| {
        if route == "auth/refresh" {
            *status = 500;
        }
    });
    space.topic(&topic("general")).head().await.unwrap();
    assert_eq!(
        network.requests(),
        [
            "Post auth/refresh",
            "Post auth/challenge",
            "Post auth/verify",
            "Get topics/general/messages",
        ]
    );
}

#[tokio::test]
async fn when_a_session_has_lasted_as_long_as_it_may_the_client_signs_in_again() {
    // The first token lasts to the end of the session, which is near.
    let server = TestServer::start_with(|config| {
        config.server.max_session_hours = 1.0 / 60.0;
    })
    .await;
    let rig = Rig {
        owner: crate::rig::owner(&server, 1),
        server,
    };
    let (space, network) = rig.meddled();
    space.session().sign_in().await.unwrap();
    network.requests();
    space.topic(&topic("general")).head().await.unwrap();
    assert_eq!(
        network.requests(),
        [
            "Post auth/refresh",
            "Post auth/challenge",
            "Post auth/verify",
            "Get topics/general/messages",
        ]
    );
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    space.session().sign_in().await.unwrap();
    let mut refusals = 1;
    network.with(move |route, status, _| {
        if route.starts_with("topics/state/") && refusals > 0 {
            refusals -= 1;
            *status = 401;
        }
    });
    let missing = space.state().entry(&path("a")).await.unwrap_err();
    assert_eq!(missing.code(), Some(ErrorCode::StateNotFound));
    network.with(|route, status, _| {
        if route.starts_with("topics/state/") {
            *status = 401;
        }
    });
    network.requests();
    assert_eq!(
        space.state().entry(&path("a")).await.unwrap_err().status(),
        Some(401)
    );
    let asked = network
        .requests()
        .iter()
        .filter(|line| *line == "Get topics/state/messages")
        .count();
    assert_eq!(asked, 2);
}

/// The token that a handle holds, used by another program.
async fn copied(rig: &Rig, space: &Space, seed: u8) -> Member {
    let keys = Identity::from_seed(&[seed; 32]);
    let mut copy = Member::sign_in(&rig.server.url(), space.id(), space.member(), keys).await;
    let token = space.session().held_token().unwrap();
    token.expose().clone_into(&mut copy.token);
    assert_eq!(copy.get(HISTORY).await.status, 200);
    copy
}

const HISTORY: &str = "topics/general/messages";

#[tokio::test]
async fn revoked_tokens_of_a_member_are_refused_and_its_client_signs_in_again() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Read, "topics/{any}")]).await;
    user.session().sign_in().await.unwrap();
    let (revoked, kept) = (
        copied(&rig, &user, 2).await,
        copied(&rig, &rig.owner, 1).await,
    );
    rig.owner
        .members()
        .revoke_tokens(&user.member())
        .await
        .unwrap();
    for _ in 0..2 {
        // The second time the client has a new token: the old one stays revoked.
        assert_eq!(revoked.get(HISTORY).await.refusal(), (401, "token.revoked"));
        user.topic(&topic("general")).history().all().await.unwrap();
    }
    assert_ne!(user.session().held_token().unwrap().expose(), revoked.token);
    assert_eq!(kept.get(HISTORY).await.status, 200, "nobody else's end");
}

#[tokio::test]
async fn after_the_tokens_of_everybody_were_revoked_each_client_signs_in_once() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Read, "topics/{any}")]).await;
    user.session().sign_in().await.unwrap();
    let (owner, network) = rig.meddled();
    owner.session().sign_in().await.unwrap();
    let revoked = [copied(&rig, &user, 2).await, copied(&rig, &owner, 1).await];
    rig.owner.members().revoke_all_tokens().await.unwrap();
    for token in &revoked {
        assert_eq!(token.get(HISTORY).await.refusal(), (401, "token.revoked"));
    }
    network.requests();
    owner.topic(&topic("general")).head().await.unwrap();
    owner.topic(&topic("general")).head().await.unwrap();
    assert_eq!(
        network.requests(),
        [
            "Get topics/general/messages",
            "Post auth/challenge",
            "Post auth/verify",
            "Get topics/general/messages",
            "Get topics/general/messages",
        ]
    );
    user.topic(&topic("general")).history().all().await.unwrap();
}

#[tokio::test]
async fn a_member_without_the_right_to_it_revokes_no_tokens() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[]).await;
    let refused = user
        .members()
        .revoke_tokens(&rig.owner.member())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
    let refused = user.members().revoke_all_tokens().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
}

#[tokio::test]
async fn a_challenge_that_could_mean_something_else_is_not_signed() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let entry = format!("{}|opaque/users/eve|e30=|1", rig.owner.id());
    network.with(move |route, _, body| {
        if route == "auth/challenge" {
            *body = format!(r#"{{"challenge":"{entry}","expires_at":9999999999999}}"#).into();
        }
    });
    let error = space.session().sign_in().await.unwrap_err();
    assert_eq!(error.code_text(), "client.answer");
    assert_eq!(network.requests(), ["Post auth/challenge"]);
}

#[tokio::test]
async fn a_handle_that_is_signed_in_by_hand_signs_in_no_other_way() {
    let rig = Rig::start().await;
    let keys = Identity::from_seed(&[1; 32]);
    let space = Space::builder(&rig.server.url())
        .sign_in_by_hand(true)
        .open(rig.owner.id(), keys.user_id(), keys, &root())
        .unwrap();
    let refused = space.topic(&topic("general")).head().await.unwrap_err();
    assert_eq!(refused.code_text(), "client.not_signed_in");
    assert!(!space.session().is_signed_in());
    let token = space.session().sign_in().await.unwrap();
    assert!(space.session().is_signed_in());
    assert_eq!(
        space.session().token().await.unwrap().expose(),
        token.expose()
    );
    space.topic(&topic("general")).head().await.unwrap();
}

#[tokio::test]
async fn a_stranger_does_not_get_in() {
    let rig = Rig::start().await;
    let keys = Identity::from_seed(&[7; 32]);
    let stranger = rig.member(keys.user_id(), keys);
    let refused = stranger.session().sign_in().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));
}

#[tokio::test]
async fn a_handle_is_refused_for_another_key_or_a_strange_address() {
    let (alice, bob) = (Identity::from_seed(&[1; 32]), Identity::from_seed(&[2; 32]));
    let space = |id, keys, url| {
        Space::builder(url)
            .open(alice.space_id(), id, keys, &root())
            .unwrap_err()
    };
    let error = space(alice.user_id(), bob, "http://localhost");
    assert_eq!(error.to_string(), "member: is not the id of the key");
    let error = space(alice.user_id(), alice.clone(), "localhost:8000");
    assert!(
        error
            .to_string()
            .starts_with("base_url: must begin with http://"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_as_the_cause() {
    let keys = Identity::from_seed(&[1; 32]);
    // Port 1 is reserved, and nothing listens there.
    let space = Space::builder("http://127.0.0.1:1")
        .open(keys.space_id(), keys.user_id(), keys, &root())
        .unwrap();
    let error = space.session().sign_in().await.unwrap_err();
    assert_eq!(error.code_text(), "transport.connect");
    assert!(error.to_string().contains("check the address"), "{error}");
}

#[test]
fn a_builder_prints_no_password_of_its_address() {
    let printed = format!("{:?}", Space::builder("http://user:secret@h"));
    assert!(!printed.contains("secret"), "{printed}");
}
