use std::sync::Arc;

use reeeductio_client::transport::Transport;
use reeeductio_client::{
    ClientError, Content, Identity, Key, MemberSecrets, PasswordLogin, Space, Stretching,
};
use reeeductio_proto::{ErrorCode, MemberId};

use crate::meddled::Meddled;
use crate::rig::{Rig, data_path, root, topic};

/// A user who may register.
async fn registrant(rig: &Rig, seed: u8) -> Space {
    let user = rig.user(seed, &[]).await;
    rig.owner
        .members()
        .assign_role(&user.member(), "opaque-user", None)
        .await
        .unwrap();
    user
}

async fn log_in(rig: &Rig, name: &str, password: &str) -> Result<PasswordLogin, ClientError> {
    PasswordLogin::log_in(rig.owner.id(), name, password, &rig.server.url()).await
}

async fn enabled() -> Rig {
    let rig = Rig::start().await;
    rig.owner.passwords().enable().await.unwrap();
    rig
}

#[tokio::test]
async fn a_password_opens_the_space_on_a_new_device() {
    let rig = Rig::start().await;
    let first = rig.owner.passwords().enable().await.unwrap();
    assert!(first.server_setup_created && first.role_created && first.capability_created);
    let setup = rig
        .owner
        .data()
        .entry(&data_path("opaque/server/setup"))
        .await;
    let again = rig.owner.passwords().enable().await.unwrap();
    assert!(!again.server_setup_created && !again.role_created && !again.capability_created);
    let kept = rig
        .owner
        .data()
        .entry(&data_path("opaque/server/setup"))
        .await;
    assert_eq!(setup.unwrap(), kept.unwrap());

    let ann = registrant(&rig, 2).await;
    let secrets = ann
        .passwords()
        .register("ann@example.org", "ein pässwört mit länge")
        .await;
    let login = log_in(&rig, "ann@example.org", "ein pässwört mit länge")
        .await
        .unwrap();
    assert_eq!(login.member, ann.member());
    assert_eq!(login.stretching, Stretching::Python);
    assert_eq!(login.secrets.symmetric_root.expose(), root().expose());
    let user_key = secrets.unwrap().user_key.unwrap();
    let given = login.secrets.user_key.as_ref().unwrap();
    assert_eq!(given.expose(), user_key.expose());
    let space = login.open(Space::builder(&rig.server.url())).unwrap();
    space.session().sign_in().await.unwrap();
    assert_eq!(space.member(), ann.member());
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_alike() {
    let rig = enabled().await;
    rig.owner
        .passwords()
        .register("owner", "correct horse")
        .await
        .unwrap();
    for (name, password) in [("owner", "battery staple"), ("nobody", "correct horse")] {
        let error = log_in(&rig, name, password).await.unwrap_err();
        assert_eq!(error.code_text(), "opaque.wrong_password");
        assert_eq!(error.to_string(), "the username or the password is wrong");
    }
    let error = log_in(&rig, "no spaces", "correct horse")
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "opaque.invalid_username");
}

#[tokio::test]
async fn without_passwords_enabled_the_refusal_says_so() {
    let rig = Rig::start().await;
    let error = log_in(&rig, "owner", "correct horse").await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::OpaqueNotEnabled));
    let error = rig
        .owner
        .passwords()
        .register("owner", "correct horse")
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::OpaqueNotEnabled));
}

#[tokio::test]
async fn a_username_is_registered_once_and_only_by_who_may() {
    let rig = enabled().await;
    rig.owner
        .passwords()
        .register("ann", "correct horse")
        .await
        .unwrap();
    let ann = registrant(&rig, 2).await;
    let taken = ann
        .passwords()
        .register("ann", "correct horse")
        .await
        .unwrap_err();
    assert_eq!(taken.code(), Some(ErrorCode::OpaqueUsernameTaken));
    let bob = rig.user(3, &[]).await;
    let refused = bob
        .passwords()
        .register("bob", "correct horse")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
}

#[tokio::test]
async fn a_changed_password_takes_the_place_of_the_old_one() {
    let rig = enabled().await;
    let ann = registrant(&rig, 2).await;
    ann.passwords()
        .register("ann", "the old password")
        .await
        .unwrap();
    let before = log_in(&rig, "ann", "the old password").await.unwrap();
    let wrong = ann
        .passwords()
        .change("ann", "a guess", "the new password")
        .await;
    assert_eq!(wrong.unwrap_err().code_text(), "opaque.wrong_password");
    ann.passwords()
        .change("ann", "the old password", "the new password")
        .await
        .unwrap();
    let gone = log_in(&rig, "ann", "the old password").await.unwrap_err();
    assert_eq!(gone.code_text(), "opaque.wrong_password");
    let after = log_in(&rig, "ann", "the new password").await.unwrap();
    let user_key = |login: &PasswordLogin| *login.secrets.user_key.as_ref().unwrap().expose();
    assert_eq!(user_key(&after), user_key(&before));
    assert_eq!(after.member, ann.member());
}

#[tokio::test]
async fn the_other_clients_form_is_written_read_and_kept_when_the_password_changes() {
    let rig = enabled().await;
    let identity = Identity::from_seed(&[2; 32]);
    let member = identity.user_id();
    let secrets = MemberSecrets {
        identity,
        symmetric_root: root(),
        user_key: None,
    };
    rig.owner
        .passwords()
        .register_for(
            "ts",
            "the old password",
            member,
            &secrets,
            Stretching::TypeScript,
        )
        .await
        .unwrap();
    rig.owner
        .passwords()
        .change("ts", "the old password", "the new password")
        .await
        .unwrap();
    let login = log_in(&rig, "ts", "the new password").await.unwrap();
    assert_eq!(login.stretching, Stretching::TypeScript);
    assert_eq!(login.member, member);
    assert!(login.secrets.user_key.is_none());

    let other = rig.owner.member();
    let refused = rig
        .owner
        .passwords()
        .register_for("x", "correct horse", other, &secrets, Stretching::Python)
        .await
        .unwrap_err();
    assert_eq!(refused.code_text(), "client.argument");
}

#[tokio::test]
async fn an_id_that_is_not_of_the_key_is_refused() {
    let rig = enabled().await;
    rig.owner
        .passwords()
        .register("owner", "correct horse")
        .await
        .unwrap();
    let network = Arc::new(Meddled::new());
    let eve: MemberId = Identity::from_seed(&[8; 32]).user_id();
    network.with(move |route, _, body| {
        if route.ends_with("login/finish") {
            let mut answer: serde_json::Value = serde_json::from_slice(body).unwrap();
            answer["public_key"] = eve.to_string().into();
            *body = answer.to_string().into();
        }
    });
    let (id, url) = (rig.owner.id(), rig.server.url());
    let network = network as Arc<dyn Transport>;
    let error = PasswordLogin::over(network, id, "owner", "correct horse", &url)
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "client.credentials");
}

#[tokio::test]
async fn what_a_password_yields_opens_what_the_member_kept_for_itself() {
    let rig = enabled().await;
    let keys = Identity::from_seed(&[1; 32]);
    let url = rig.server.url();
    let owner = Space::builder(&url)
        .user_key(Key::new([5; 32]))
        .open(rig.owner.id(), keys.user_id(), keys, &root())
        .unwrap();
    let notes = data_path("notes");
    owner.user_data().set(&notes, b"mine").await.unwrap();
    owner
        .topic(&topic("general"))
        .post(Content::Sealed(b"ours"), "n")
        .await
        .unwrap();
    owner
        .passwords()
        .register("owner", "correct horse")
        .await
        .unwrap();
    let login = log_in(&rig, "owner", "correct horse").await.unwrap();
    let space = login.open(Space::builder(&url)).unwrap();
    assert_eq!(space.user_data().open(&notes).await.unwrap(), b"mine");
    let message = space
        .topic(&topic("general"))
        .newest()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(space.open_message(&message).unwrap(), b"ours");
}

#[tokio::test]
async fn what_a_login_needs_is_handed_back_and_servers_of_the_first_release_send_none() {
    let rig = enabled().await;
    rig.owner
        .passwords()
        .register("owner", "the right one 4")
        .await
        .unwrap();
    let log_in = async |state: Option<&'static str>| {
        let network = Arc::new(Meddled::new());
        network.with(move |route, _, body| {
            if route == "opaque/login/init" {
                let mut answer: serde_json::Value = serde_json::from_slice(body).unwrap();
                let fields = answer.as_object_mut().unwrap();
                assert!(fields.remove("login_state").unwrap().is_string());
                if let Some(state) = state {
                    fields.insert("login_state".to_owned(), state.into());
                }
                *body = answer.to_string().into();
            }
        });
        let (space, url) = (rig.owner.id(), rig.server.url());
        PasswordLogin::over(network, space, "owner", "the right one 4", &url).await
    };
    log_in(None).await.unwrap();
    let error = log_in(Some("not sealed by this server")).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::OpaqueNoLogin));
}
