use reeeductio_client::{Content, Identity, Key, Space};
use reeeductio_proto::Operation;

use crate::rig::{Rig, data_path, root};

fn with_key(rig: &Rig, seed: u8, user_key: Option<Key>) -> Space {
    let keys = Identity::from_seed(&[seed; 32]);
    let mut builder = Space::builder(&rig.server.url());
    if let Some(key) = user_key {
        builder = builder.user_key(key);
    }
    let opened = builder.open(rig.owner.id(), keys.user_id(), keys, &root());
    opened.unwrap()
}

#[tokio::test]
async fn what_a_user_keeps_for_itself_opens_with_its_own_key_only() {
    let rig = Rig::start().await;
    rig.user(2, &[(Operation::Write, "data/user/{self}/{...}")])
        .await;
    let ann = with_key(&rig, 2, Some(Key::new([5; 32])));
    let notes = data_path("notes/today");
    ann.user_data().set(&notes, b"mine").await.unwrap();
    assert_eq!(ann.user_data().open(&notes).await.unwrap(), b"mine");

    let stored = data_path(&format!("user/{}/notes/today", ann.member()));
    let error = rig.owner.data().open(&stored).await.unwrap_err();
    assert_eq!(error.code_text(), "client.open");
    let other = with_key(&rig, 2, Some(Key::new([6; 32])));
    let error = other.user_data().open(&notes).await.unwrap_err();
    assert_eq!(error.code_text(), "client.open");

    ann.user_data().delete(&notes).await.unwrap();
    let error = ann.user_data().open(&notes).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn without_a_key_of_its_own_a_user_is_told_to_bring_one() {
    let rig = Rig::start().await;
    let error = with_key(&rig, 1, None)
        .user_data()
        .open(&data_path("notes"))
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
        .data()
        .set(&place, Content::SealedWith(&key, b"data"))
        .await
        .unwrap();
    let opened = rig.owner.data().open_with(&key, &place).await.unwrap();
    assert_eq!(opened, b"data");
    let path = crate::rig::path("place");
    rig.owner
        .state()
        .set(&path, Content::SealedWith(&key, b"state"))
        .await
        .unwrap();
    let opened = rig.owner.state().open_with(&key, &path).await.unwrap();
    assert_eq!(opened, b"state");
    assert!(rig.owner.state().open_with(&other, &path).await.is_err());
    assert!(rig.owner.state().open(&path).await.is_err());
}
