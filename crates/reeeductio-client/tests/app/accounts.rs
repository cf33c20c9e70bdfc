//! Signing up, in and out.

use std::sync::Arc;

use reeeductio_client::{Client, MemoryStore};

use crate::rig::{PASSWORD, Rig};

#[tokio::test]
async fn a_user_that_signs_up_is_the_same_user_on_a_second_device() {
    let rig = Rig::start().await;
    let ada = rig
        .client()
        .auth()
        .register("ada@example.org", PASSWORD)
        .await
        .unwrap();
    assert_eq!(ada.username, "ada@example.org");
    let second = rig.client();
    assert_eq!(second.user(), None);
    let again = second
        .auth()
        .login("ada@example.org", PASSWORD)
        .await
        .unwrap();
    assert_eq!(again, ada);
    assert_eq!(second.user(), Some(ada.clone()));
    assert_eq!(rig.app.users().await.unwrap(), [ada]);
}

#[tokio::test]
async fn a_name_is_one_user_s_and_a_wrong_password_opens_nothing() {
    let rig = Rig::start().await;
    rig.user("ada").await;
    let other = rig.client();
    let taken = other
        .auth()
        .register("ada", "another password of somebody")
        .await;
    assert_eq!(taken.unwrap_err().code_text(), "account.taken");
    let wrong = other
        .auth()
        .login("ada", "another password of somebody")
        .await;
    assert_eq!(wrong.unwrap_err().code_text(), "opaque.wrong_password");
    let weak = other.auth().register("bob", "password1").await;
    assert_eq!(weak.unwrap_err().code_text(), "client.weak_password");
    assert_eq!(other.user(), None);
    assert_eq!(rig.app.users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_two_who_take_one_name_at_once_one_gets_it() {
    let rig = Rig::start().await;
    let (one, other) = (rig.client(), rig.client());
    let (one, other) = (one.auth(), other.auth());
    let (first, second) = tokio::join!(
        one.register("ada", PASSWORD),
        other.register("ada", "another password of somebody"),
    );
    let codes = [first, second].map(|made| made.map_err(|error| error.code_text().to_owned()));
    assert!(codes.iter().any(Result::is_ok), "{codes:?}");
    assert!(
        codes.contains(&Err("account.taken".to_owned())),
        "{codes:?}"
    );
    assert_eq!(rig.app.users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_restored_user_is_known_and_locked_until_the_password_is_given() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let first = rig.client_with(&store);
    let ada = first.auth().register("ada", PASSWORD).await.unwrap();
    drop(first);

    let later = rig.client_with(&store);
    assert_eq!(later.user(), None);
    assert_eq!(later.auth().restore().await.unwrap(), Some(ada.clone()));
    assert!(later.is_locked());
    let locked = later.auth().change_password(PASSWORD, "x").await;
    assert_eq!(locked.unwrap_err().code_text(), "account.locked");
    let wrong = later.auth().unlock("not the password of ada").await;
    assert_eq!(wrong.unwrap_err().code_text(), "opaque.wrong_password");
    assert!(later.is_locked());
    assert_eq!(later.auth().unlock(PASSWORD).await.unwrap(), ada);
    assert!(!later.is_locked());
    later.auth().lock().await;
    assert_eq!((later.is_locked(), later.user()), (true, Some(ada)));
}

#[tokio::test]
async fn logging_out_forgets_the_user_and_all_that_the_store_has_of_it() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let client = rig.client_with(&store);
    client.auth().register("ada", PASSWORD).await.unwrap();
    client.auth().logout().await.unwrap();
    assert_eq!(client.user(), None);
    assert_eq!(client.auth().restore().await.unwrap(), None);
    // Somebody else uses the machine.
    let bob = client.auth().register("bob", PASSWORD).await.unwrap();
    assert_eq!(client.user(), Some(bob));
    let gone = client.auth().change_password(PASSWORD, "short").await;
    assert_eq!(gone.unwrap_err().code_text(), "client.weak_password");
}

#[tokio::test]
async fn after_a_change_the_new_password_opens_the_same_user_and_the_old_one_nothing() {
    let rig = Rig::start().await;
    let client = rig.client();
    let ada = client.auth().register("ada", PASSWORD).await.unwrap();
    let new = "eight small giraffes at sea";
    client.auth().change_password(PASSWORD, new).await.unwrap();
    let other = rig.client();
    let old = other.auth().login("ada", PASSWORD).await;
    assert_eq!(old.unwrap_err().code_text(), "opaque.wrong_password");
    assert_eq!(other.auth().login("ada", new).await.unwrap(), ada);
}

#[tokio::test]
async fn a_signing_up_that_was_cut_short_is_completed_by_signing_up_again_or_by_logging_in() {
    let rig = Rig::start().await;
    for (name, register) in [("ada", true), ("bob", false)] {
        // As far as the password: the name is not taken in the directory.
        rig.sign_up_without_name(name).await;
        assert!(rig.app.directory().user(name).await.is_err());
        let client = rig.client();
        let user = if register {
            client.auth().register(name, PASSWORD).await.unwrap()
        } else {
            client.auth().login(name, PASSWORD).await.unwrap()
        };
        assert_eq!(rig.app.directory().user(name).await.unwrap(), user);
    }
}

#[tokio::test]
async fn a_key_that_was_revoked_registers_nobody_and_the_users_stay() {
    let rig = Rig::start().await;
    rig.user("ada").await;
    let second = rig.app.create_key("the second page").await.unwrap();
    let names = rig.app.keys().await.unwrap();
    let names: Vec<&str> = names.iter().filter_map(|key| key.name.as_deref()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"the second page"));
    let url = rig.server.url();
    let client = Client::builder(&url, &second.expose())
        .unwrap()
        .open()
        .unwrap();
    client.auth().register("bob", PASSWORD).await.unwrap();
    rig.app.revoke_key(second.tool().tool_id()).await.unwrap();
    let late = Client::builder(&url, &second.expose())
        .unwrap()
        .open()
        .unwrap();
    let refused = late.auth().register("eve", PASSWORD).await;
    assert_eq!(refused.unwrap_err().code_text(), "member.unknown");
    assert_eq!(rig.app.users().await.unwrap().len(), 2);
    late.auth().login("bob", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_user_that_the_owner_removed_cannot_log_in_and_nobody_gets_its_name() {
    let rig = Rig::start().await;
    rig.user("ada").await;
    rig.app.remove_user("ada").await.unwrap();
    let client = rig.client();
    let refused = client.auth().login("ada", PASSWORD).await;
    assert_eq!(refused.unwrap_err().code_text(), "member.unknown");
    let taken = client
        .auth()
        .register("ada", "another password of somebody")
        .await;
    assert_eq!(taken.unwrap_err().code_text(), "account.taken");
    assert!(rig.app.users().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_text_that_is_no_app_key_is_refused_before_anything_is_sent() {
    let refused = Client::builder("http://localhost:1", "rk_AAAA").unwrap_err();
    assert_eq!(refused.code_text(), "app.key");
}
