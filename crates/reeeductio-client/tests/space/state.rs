use reeeductio_client::Range;
use reeeductio_proto::{ErrorCode, Operation};

use crate::rig::{Rig, path};

#[tokio::test]
async fn the_newest_value_counts_and_the_history_stays() {
    let rig = Rig::start().await;
    let profile = path("profiles/alice");
    rig.owner
        .set_plaintext_state(&profile, b"one")
        .await
        .unwrap();
    rig.owner
        .set_encrypted_state(&profile, b"two")
        .await
        .unwrap();
    assert_eq!(rig.owner.encrypted_state(&profile).await.unwrap(), b"two");
    assert_ne!(rig.owner.plaintext_state(&profile).await.unwrap(), b"two");
    let history = rig.owner.state_history(Range::first(10)).await.unwrap();
    assert_eq!(history.messages.len(), 2);
    assert_eq!(history.messages[0].bytes().unwrap(), b"one");
}

#[tokio::test]
async fn a_removed_entry_reads_as_empty_and_one_never_set_as_absent() {
    let rig = Rig::start().await;
    let profile = path("profiles/alice");
    let missing = rig.owner.state(&profile).await.unwrap_err();
    assert_eq!(missing.code(), Some(ErrorCode::StateNotFound));
    assert!(missing.is_not_found());
    rig.owner
        .set_encrypted_state(&profile, b"one")
        .await
        .unwrap();
    rig.owner.delete_state(&profile).await.unwrap();
    assert!(rig.owner.state(&profile).await.unwrap().is_tombstone());
    assert_eq!(rig.owner.encrypted_state(&profile).await.unwrap(), b"");
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
    user.set_encrypted_state(&own, b"me").await.unwrap();
    let seen = rig.owner.state(&own).await.unwrap();
    assert_eq!(seen.sender, user.member());
    let refused = user
        .set_encrypted_state(&path("profiles/other"), b"x")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
    assert_eq!(user.encrypted_state(&own).await.unwrap(), b"me");
}

#[tokio::test]
async fn an_entry_is_set_behind_the_head_it_names_or_not_at_all() {
    let rig = Rig::start().await;
    let a = path("a");
    let first = rig.owner.set_plaintext_state_after(&a, b"1", None).await;
    let first = first.unwrap().hash;
    let refused = rig.owner.set_plaintext_state_after(&a, b"2", None).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::ChainConflict));
    assert_eq!(rig.owner.plaintext_state(&a).await.unwrap(), b"1");
    rig.owner
        .set_plaintext_state_after(&a, b"3", Some(first))
        .await
        .unwrap();
    assert_eq!(rig.owner.plaintext_state(&a).await.unwrap(), b"3");
}

#[tokio::test]
async fn a_member_reads_entries_where_it_has_the_right_and_all_of_the_history() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Read, "state/open/{any}")]).await;
    for at in ["open/a", "closed/a"] {
        let at = path(at);
        rig.owner.set_plaintext_state(&at, b"1").await.unwrap();
    }
    assert_eq!(user.plaintext_state(&path("open/a")).await.unwrap(), b"1");
    let missing = user.state(&path("open/b")).await.unwrap_err();
    assert_eq!(missing.code(), Some(ErrorCode::StateNotFound));
    for at in ["closed/a", "closed/b"] {
        let refused = user.state(&path(at)).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied), "{at}");
    }
    let history = user.state_history(Range::last(1)).await.unwrap();
    assert_eq!(history.messages[0].kind, "closed/a");
}
