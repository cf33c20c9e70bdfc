use reeeductio_client::{Content, Identity};
use reeeductio_core::sign_entry;
use reeeductio_proto::{ErrorCode, Operation};

use crate::rig::{Rig, data_path};

#[tokio::test]
async fn the_last_value_counts_even_within_a_millisecond() {
    let rig = Rig::start().await;
    let presence = data_path("presence/alice");
    let mut last = 0;
    for n in 0..20_u8 {
        let signed_at = rig
            .owner
            .data()
            .set(&presence, Content::Plain(&[n]))
            .await
            .unwrap();
        assert!(signed_at > last);
        last = signed_at;
    }
    assert_eq!(rig.owner.data().value(&presence).await.unwrap(), [19]);
    let entry = rig.owner.data().entry(&presence).await.unwrap();
    assert_eq!(
        (entry.signed_at, entry.signed_by),
        (last, rig.owner.member())
    );
}

#[tokio::test]
async fn sealed_values_open_at_any_path() {
    let rig = Rig::start().await;
    for text in [
        "presence/alice",
        "we ird@~x/..x",
        "100%/a?b#c&d=e+f",
        "ü/日本/🦀",
    ] {
        let path = data_path(text);
        rig.owner
            .data()
            .set(&path, Content::Sealed(text.as_bytes()))
            .await
            .unwrap();
        assert_eq!(rig.owner.data().open(&path).await.unwrap(), text.as_bytes());
        assert_ne!(
            rig.owner.data().value(&path).await.unwrap(),
            text.as_bytes()
        );
    }
}

#[tokio::test]
async fn removed_values_are_gone_and_can_be_set_again() {
    let rig = Rig::start().await;
    let presence = data_path("presence/alice");
    rig.owner
        .data()
        .set(&presence, Content::Sealed(b"on"))
        .await
        .unwrap();
    rig.owner.data().delete(&presence).await.unwrap();
    let gone = rig.owner.data().open(&presence).await.unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::DataNotFound));
    rig.owner.data().delete(&presence).await.unwrap();
    rig.owner
        .data()
        .set(&presence, Content::Sealed(b"back"))
        .await
        .unwrap();
    assert_eq!(rig.owner.data().open(&presence).await.unwrap(), b"back");
    rig.owner
        .data()
        .set(&presence, Content::Plain(b""))
        .await
        .unwrap();
    assert_eq!(rig.owner.data().open(&presence).await.unwrap(), b"");
}

#[tokio::test]
async fn what_a_member_with_the_right_wrote_is_believed_also_after_it_left() {
    let rig = Rig::start().await;
    let user = rig
        .user(2, &[(Operation::Write, "data/presence/{self}")])
        .await;
    let own = data_path(&format!("presence/{}", user.member()));
    user.data()
        .set(&own, Content::Sealed(b"here"))
        .await
        .unwrap();
    assert_eq!(rig.owner.data().open(&own).await.unwrap(), b"here");
    let refused = user
        .data()
        .set(&data_path("presence/other"), Content::Sealed(b"x"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
    rig.owner.members().remove(&user.member()).await.unwrap();
    assert_eq!(rig.owner.data().open(&own).await.unwrap(), b"here");
}

#[tokio::test]
async fn the_time_of_an_entry_by_a_stranger_bounds_no_later_read_or_write() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let at = data_path("d");
    rig.owner
        .data()
        .set(&at, Content::Plain(b"1"))
        .await
        .unwrap();
    let (id, path, mut asked) = (rig.owner.id(), at.clone(), 0);
    network.with(move |route, status, body| {
        if route != "data/d" {
            return;
        }
        asked += 1;
        if asked % 2 == 1 {
            *status = 400;
            *body = br#"{"code": "data.stale", "error": "stale"}"#.to_vec();
        } else {
            let stranger = Identity::from_seed(&[77; 32]);
            let by = stranger.user_id();
            let entry = sign_entry(&id, &path, b"x", i64::MAX - 10, &by, &stranger);
            (*status, *body) = (200, serde_json::to_vec(&entry).unwrap());
        }
    });
    let refused = space
        .data()
        .set(&at, Content::Plain(b"2"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::DataStale));
    network.with(|_, _, _| {});
    space.data().set(&at, Content::Plain(b"3")).await.unwrap();
    assert_eq!(space.data().value(&at).await.unwrap(), b"3");
}
