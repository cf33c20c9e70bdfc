use reeeductio_client::{Identity, Key, Space, SpaceOptions};
use reeeductio_proto::Operation;

use crate::rig::{Rig, data_path, root};

fn with_key(rig: &Rig, seed: u8, user_key: Option<Key>) -> Space {
    let keys = Identity::from_seed(&[seed; 32]);
    let options = SpaceOptions {
        user_key,
        ..SpaceOptions::default()
    };
    let (id, url) = (rig.owner.id(), rig.server.url());
    Space::open(id, keys.user_id(), keys, &root(), &url, options).unwrap()
}

#[tokio::test]
async fn what_a_user_keeps_for_itself_opens_with_its_own_key_only() {
    let rig = Rig::start().await;
    rig.user(2, &[(Operation::Write, "data/user/{self}/{...}")])
        .await;
    let ann = with_key(&rig, 2, Some(Key::new([5; 32])));
    let notes = data_path("notes/today");
    ann.set_encrypted_user_data(&notes, b"mine").await.unwrap();
    assert_eq!(ann.encrypted_user_data(&notes).await.unwrap(), b"mine");

    let stored = data_path(&format!("user/{}/notes/today", ann.member()));
    let error = rig.owner.encrypted_data(&stored).await.unwrap_err();
    assert_eq!(error.code_text(), "client.open");
    let other = with_key(&rig, 2, Some(Key::new([6; 32])));
    let error = other.encrypted_user_data(&notes).await.unwrap_err();
    assert_eq!(error.code_text(), "client.open");

    ann.delete_user_data(&notes).await.unwrap();
    let error = ann.encrypted_user_data(&notes).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn without_a_key_of_its_own_a_user_is_told_to_bring_one() {
    let rig = Rig::start().await;
    let error = with_key(&rig, 1, None)
        .encrypted_user_data(&data_path("notes"))
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "client.argument");
    assert!(error.to_string().starts_with("user_key:"), "{error}");
}

#[tokio::test]
async fn values_sealed_with_a_key_of_ones_own_open_with_it_only() {
    let rig = Rig::start().await;
    let (key, other) = (Key::new([5; 32]), Key::new([6; 32]));
    let place = data_path("place");
    rig.owner
        .set_encrypted_data_with(&key, &place, b"data")
        .await
        .unwrap();
    let opened = rig.owner.encrypted_data_with(&key, &place).await.unwrap();
    assert_eq!(opened, b"data");
    let path = crate::rig::path("place");
    rig.owner
        .set_encrypted_state_with(&key, &path, b"state")
        .await
        .unwrap();
    let opened = rig.owner.encrypted_state_with(&key, &path).await.unwrap();
    assert_eq!(opened, b"state");
    assert!(rig.owner.encrypted_state_with(&other, &path).await.is_err());
    assert!(rig.owner.encrypted_state(&path).await.is_err());
}
