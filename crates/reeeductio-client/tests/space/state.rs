use reeeductio_client::{Content, Place, Range};
use reeeductio_proto::{ErrorCode, Operation};

use crate::rig::{Rig, path};

#[tokio::test]
async fn the_newest_value_counts_and_the_history_stays() {
    let rig = Rig::start().await;
    let profile = path("profiles/alice");
    rig.owner
        .state()
        .set(&profile, Content::Plain(b"one"))
        .await
        .unwrap();
    rig.owner
        .state()
        .set(&profile, Content::Sealed(b"two"))
        .await
        .unwrap();
    assert_eq!(rig.owner.state().open(&profile).await.unwrap(), b"two");
    assert_ne!(rig.owner.state().value(&profile).await.unwrap(), b"two");
    let history = rig.owner.state().page(Range::first(10)).await.unwrap();
    assert_eq!(history.messages.len(), 2);
    assert_eq!(history.messages[0].bytes().unwrap(), b"one");
}

#[tokio::test]
async fn a_removed_entry_reads_as_empty_and_one_never_set_as_absent() {
    let rig = Rig::start().await;
    let profile = path("profiles/alice");
    let missing = rig.owner.state().entry(&profile).await.unwrap_err();
    assert_eq!(missing.code(), Some(ErrorCode::StateNotFound));
    assert!(missing.is_not_found());
    rig.owner
        .state()
        .set(&profile, Content::Sealed(b"one"))
        .await
        .unwrap();
    rig.owner.state().delete(&profile).await.unwrap();
    assert!(
        rig.owner
            .state()
            .entry(&profile)
            .await
            .unwrap()
            .is_tombstone()
    );
    assert_eq!(rig.owner.state().open(&profile).await.unwrap(), b"");
}

#[tokio::test]
async fn a_member_writes_where_it_may_and_others_believe_it() {
    let rig = Rig::start().await;
    let user = rig
        .user(
            2,
            &[
                (Operation::Write, "state/profiles/{self}"),
                (Operation::Read, "state/{...}"),
            ],
        )
        .await;
    let own = path(&format!("profiles/{}", user.member()));
    user.state()
        .set(&own, Content::Sealed(b"me"))
        .await
        .unwrap();
    let seen = rig.owner.state().entry(&own).await.unwrap();
    assert_eq!(seen.sender, user.member());
    let refused = user
        .state()
        .set(&path("profiles/other"), Content::Sealed(b"x"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
    assert_eq!(user.state().open(&own).await.unwrap(), b"me");
}

#[tokio::test]
async fn an_entry_is_set_behind_the_head_it_names_or_not_at_all() {
    let rig = Rig::start().await;
    let a = path("a");
    let first = rig
        .owner
        .state()
        .set_at(&a, Content::Plain(b"1"), Place::After(None))
        .await;
    let first = first.unwrap().hash;
    let refused = rig
        .owner
        .state()
        .set_at(&a, Content::Plain(b"2"), Place::After(None))
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::ChainConflict));
    assert_eq!(rig.owner.state().value(&a).await.unwrap(), b"1");
    rig.owner
        .state()
        .set_at(&a, Content::Plain(b"3"), Place::After(Some(first)))
        .await
        .unwrap();
    assert_eq!(rig.owner.state().value(&a).await.unwrap(), b"3");
}

#[tokio::test]
async fn a_member_reads_entries_where_it_has_the_right_and_all_of_the_history() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Read, "state/open/{any}")]).await;
    for at in ["open/a", "closed/a"] {
        let at = path(at);
        rig.owner
            .state()
            .set(&at, Content::Plain(b"1"))
            .await
            .unwrap();
    }
    assert_eq!(user.state().value(&path("open/a")).await.unwrap(), b"1");
    let missing = user.state().entry(&path("open/b")).await.unwrap_err();
    assert_eq!(missing.code(), Some(ErrorCode::StateNotFound));
    for at in ["closed/a", "closed/b"] {
        let refused = user.state().entry(&path(at)).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied), "{at}");
    }
    let history = user.state().page(Range::last(1)).await.unwrap();
    assert_eq!(history.messages[0].kind, "closed/a");
}
