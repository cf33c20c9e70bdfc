//! Epochs that begin.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reeeductio_client::NewSpace;
use reeeductio_proto::History;

use crate::epochs::{begin_epoch, keep_the_root};
use crate::rig::{Rig, admit, bodies, history, post, soon, unread};

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
    members.cut_history(Some(eve.member())).await.unwrap();
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
