//! Epochs that begin.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reeeductio_client::{NewMember, NewSpace};
use reeeductio_proto::History;

use crate::epochs::{begin_epoch, keep_the_root, keep_the_root_from};
use crate::rig::{Rig, admit, bodies, history, keys, post, soon, unread};

#[tokio::test]
async fn of_two_members_that_rotate_at_once_one_wins_and_the_other_uses_its_epoch() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    for round in 1..=5_u32 {
        let (owner, ada_members) = (rig.owner.members(), ada.members());
        let (one, other) = tokio::join!(owner.rotate(), ada_members.rotate());
        one.unwrap();
        other.unwrap();
        post(&rig.owner, &format!("owner {round}")).await.unwrap();
        post(&ada, &format!("ada {round}")).await.unwrap();
    }
    let read = bodies(&unread(&ada).await);
    assert_eq!(read.len(), 10);
    assert!(read.iter().all(|body| !body.starts_with('[')), "{read:?}");
    assert_eq!(bodies(&unread(&rig.owner).await), read);
}

#[tokio::test]
async fn a_member_that_may_begins_the_epoch_that_is_needed_when_it_writes() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let bob = rig.editor(3).await;
    bob.members().leave().await.unwrap();
    ada.refresh().await.unwrap();
    post(&ada, "without bob").await.unwrap();
    rig.owner.refresh().await.unwrap();
    assert_eq!(bodies(&unread(&rig.owner).await), ["without bob"]);
}

#[tokio::test]
async fn a_message_under_a_superseded_epoch_is_sealed_again() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    post(&ada, "one").await.unwrap();
    // Ada has not heard of it.
    rig.owner.members().rotate().await.unwrap();
    post(&ada, "two").await.unwrap();
    let items = unread(&rig.owner).await;
    assert_eq!(bodies(&items), ["one", "two"]);
    assert_eq!(bodies(&history(&ada).await), ["one", "two"]);
}

#[tokio::test]
async fn a_removal_by_one_device_is_not_undone_by_a_message_of_another() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let second = rig.open(1, rig.builder()).await.unwrap();
    rig.owner.members().remove(ada.member()).await.unwrap();
    // The second device of the owner seals under the old epoch first; the server refuses that.
    post(&second, "secret").await.unwrap();
    let items = unread(&rig.owner).await;
    assert_eq!(bodies(&items), ["secret"]);
    let readmitted = admit(&rig.owner, 2, "viewer").await;
    readmitted.unwrap();
}

#[tokio::test]
async fn progress_is_told_for_every_member_of_the_roster() {
    let rig = Rig::start().await;
    for seed in 2..=5 {
        rig.admit(seed, "viewer").await;
    }
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let members = rig.owner.members();
    let rotated = members.rotate_telling(move |done, of| {
        assert_eq!(of, 5);
        count.store(done, Ordering::SeqCst);
    });
    soon(rotated).await.unwrap();
    assert_eq!(told.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn an_epoch_whose_root_nobody_gets_is_left_by_cutting_the_history_and_removing_its_author() {
    let rig = Rig::start().await;
    let (ada, eve) = (rig.editor(2).await, rig.editor(3).await);
    post(&ada, "before").await.unwrap();
    unread(&rig.owner).await;
    begin_epoch(&rig, 3, keep_the_root).await;
    let members = rig.owner.members();
    rig.owner.refresh().await.unwrap();
    // Nobody can write or carry the root over, and so the author cannot be removed as others are.
    for refused in [
        post(&ada, "no").await.map(drop),
        members.remove(eve.member()).await,
        members.rotate().await,
    ] {
        let code = refused.unwrap_err().code_text().to_owned();
        assert!(["client.open", "key.missing"].contains(&&*code), "{code}");
    }
    for not_the_owner in [&ada, &eve] {
        let cut = not_the_owner.members().cut_history(None).await;
        assert_eq!(cut.unwrap_err().code_text(), "client.argument");
    }
    members.cut_history(Some(eve.member())).await.unwrap();
    // As after a lost answer.
    members.cut_history(Some(eve.member())).await.unwrap();
    let newest = members.cut_history(None).await.unwrap_err();
    assert_eq!(newest.code_text(), "client.argument");
    assert_eq!(members.list().await.unwrap(), [ada.member()]);
    post(&rig.owner, "after").await.unwrap();
    post(&ada, "goes on").await.unwrap();
    let carol = rig.editor(4).await;
    let all = ["before", "after", "goes on"];
    assert_eq!(bodies(&history(&ada).await), all);
    assert_eq!(bodies(&history(&rig.owner).await), all);
    let cut = ["[KeyMissing { epoch: 0 }]", "after", "goes on"];
    assert_eq!(bodies(&history(&carol).await), cut);
    let error = post(&eve, "still here?").await.unwrap_err();
    assert_eq!(error.code_text(), "member.unknown");
}

#[tokio::test]
async fn the_history_is_not_cut_where_that_is_of_no_use() {
    let rotating = NewSpace {
        history: History::Rotate,
        ..NewSpace::default()
    };
    for new in [NewSpace::default(), rotating] {
        let rig = Rig::start_with(new).await;
        let error = rig.owner.members().cut_history(None).await.unwrap_err();
        assert_eq!(error.code_text(), "client.argument", "{error}");
    }
}

#[tokio::test]
async fn a_root_that_is_kept_from_the_owner_alone_comes_with_the_next_epoch_of_another_member() {
    let rig = Rig::start().await;
    let (ada, eve) = (rig.editor(2).await, rig.editor(3).await);
    let owner = rig.owner.member();
    begin_epoch(&rig, 3, |new| {
        keep_the_root_from(new, |member| *member == owner);
    })
    .await;
    ada.refresh().await.unwrap();
    post(&ada, "not for the owner").await.unwrap();
    rig.owner.refresh().await.unwrap();
    assert!(post(&rig.owner, "no").await.is_err());
    ada.members().rotate().await.unwrap();
    rig.owner
        .members()
        .cut_history(Some(eve.member()))
        .await
        .unwrap();
    post(&rig.owner, "nothing was cut").await.unwrap();
    let carol = rig.editor(4).await;
    let all = ["not for the owner", "nothing was cut"];
    for space in [&rig.owner, &carol] {
        assert_eq!(bodies(&history(space).await), all);
    }
}

#[tokio::test]
async fn a_shard_that_was_not_there_once_cuts_nothing() {
    let rig = Rig::start().await;
    let eve = rig.editor(3).await;
    begin_epoch(&rig, 3, |_| {}).await;
    let (builder, network) = rig.meddled();
    network.with(|route, status, body| {
        if route.starts_with("blobs/") {
            *status = 404;
            *body = br#"{"code": "blob.not_found", "error": "gone"}"#.to_vec();
        }
    });
    let owner = rig.open(1, builder).await.unwrap();
    owner.refresh().await.unwrap();
    let error = post(&owner, "no").await.unwrap_err();
    assert_eq!(error.code_text(), "key.missing");
    network.with(|_, _, _| {});
    let members = owner.members();
    let error = members.cut_history(None).await.unwrap_err();
    assert_eq!(error.code_text(), "client.argument", "{error}");
    post(&owner, "here it is").await.unwrap();
    members.cut_history(Some(eve.member())).await.unwrap();
    assert!(members.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_editor_that_has_no_key_waits_and_begins_no_epoch() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let bob = keys(3);
    let new = NewMember {
        user: bob.user_id(),
        role: "editor".to_owned(),
        key: None,
    };
    rig.owner.members().admit(&new).await.unwrap();
    let bob = rig.open(3, rig.builder()).await.unwrap();
    // An epoch of its own it would have no wrap of.
    let error = bob.members().rotate().await.unwrap_err();
    assert_eq!(error.code_text(), "client.argument", "{error}");
    bob.members().publish_key().await.unwrap();
    ada.members().leave().await.unwrap();
    bob.refresh().await.unwrap();
    let error = post(&bob, "waits").await.unwrap_err();
    assert_eq!(error.code_text(), "keyring.waiting");
    rig.owner.refresh().await.unwrap();
    post(&rig.owner, "begins an epoch").await.unwrap();
    post(&bob, "waits no more").await.unwrap();
}
