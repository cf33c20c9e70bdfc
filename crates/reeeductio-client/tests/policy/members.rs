//! Members that come and go.

use reeeductio_client::{ErrorKind, MemberId, NewMember, NewSpace};
use reeeductio_core::JoinRequest;
use reeeductio_core::log::Shown;
use reeeductio_proto::History;

use crate::rig::{Rig, add_scribes, admit, bodies, history, keys, post, soon, unread};

#[tokio::test]
async fn two_members_post_at_once_and_each_reads_all_until_one_is_removed() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let (one, other) = tokio::join!(post(&rig.owner, "from the owner"), post(&ada, "from ada"));
    let (one, other) = (one.unwrap(), other.unwrap());
    let mut expected = ["from the owner", "from ada"];
    if other.number < one.number {
        expected.reverse();
    }
    assert_eq!(bodies(&unread(&rig.owner).await), expected);
    assert_eq!(bodies(&unread(&ada).await), expected);

    soon(rig.owner.members().remove(ada.member()))
        .await
        .unwrap();
    post(&rig.owner, "without ada").await.unwrap();
    let error = ada.topic(&crate::rig::topic()).unread().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!(bodies(&unread(&rig.owner).await), ["without ada"]);
    assert!(rig.owner.members().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_newcomer_reads_what_was_before_it_where_the_history_is_static() {
    let rig = Rig::start().await;
    post(&rig.owner, "first").await.unwrap();
    rig.owner.members().rotate().await.unwrap();
    post(&rig.owner, "second").await.unwrap();
    let ada = rig.editor(2).await;
    assert_eq!(bodies(&history(&ada).await), ["first", "second"]);
}

#[tokio::test]
async fn a_newcomer_reads_from_its_epoch_on_where_the_history_rotates() {
    let rig = Rig::start_with(NewSpace {
        history: History::Rotate,
        ..NewSpace::default()
    })
    .await;
    post(&rig.owner, "first").await.unwrap();
    rig.owner.members().rotate().await.unwrap();
    post(&rig.owner, "second").await.unwrap();
    let ada = rig.editor(2).await;
    let items = history(&ada).await;
    let first = &items[0].message().unwrap().shown;
    assert_eq!(*first, Shown::KeyMissing { epoch: 0 });
    assert_eq!(items[1].body(), Some(&b"second"[..]));
    // The owner has the roots of both.
    assert_eq!(bodies(&history(&rig.owner).await), ["first", "second"]);
    let again = rig.open(1, rig.builder()).await.unwrap();
    assert_eq!(bodies(&history(&again).await), ["first", "second"]);
}

#[tokio::test]
async fn a_member_without_a_key_reads_what_came_meanwhile_once_it_is_given_one() {
    let rig = Rig::start().await;
    let new = NewMember {
        user: keys(2).user_id(),
        role: "editor".to_owned(),
        key: None,
    };
    rig.owner.members().admit(&new).await.unwrap();
    post(&rig.owner, "early").await.unwrap();
    let ada = rig.open(2, rig.builder()).await.unwrap();
    let items = unread(&ada).await;
    let shown = &items[0].message().unwrap().shown;
    assert_eq!(*shown, Shown::KeyMissing { epoch: 0 });
    let error = post(&ada, "too early").await.unwrap_err();
    assert_eq!(error.code_text(), "key.missing");

    ada.members().publish_key().await.unwrap();
    let error = rig.owner.members().give_key(keys(3).user_id()).await;
    assert_eq!(error.unwrap_err().code_text(), "client.argument");
    rig.owner.members().give_key(ada.member()).await.unwrap();
    ada.refresh().await.unwrap();
    post(&ada, "now").await.unwrap();
    assert_eq!(bodies(&unread(&ada).await), ["early", "now"]);
}

#[tokio::test]
async fn messages_that_wait_for_the_key_of_an_older_epoch_come_with_it() {
    let rig = Rig::start_with(NewSpace {
        history: History::Rotate,
        ..NewSpace::default()
    })
    .await;
    let new = NewMember {
        user: keys(2).user_id(),
        role: "editor".to_owned(),
        key: None,
    };
    rig.owner.members().admit(&new).await.unwrap();
    post(&rig.owner, "early").await.unwrap();
    let ada = rig.open(2, rig.builder()).await.unwrap();
    assert_eq!(bodies(&unread(&ada).await), ["[KeyMissing { epoch: 0 }]"]);
    ada.members().publish_key().await.unwrap();
    rig.owner.members().give_key(ada.member()).await.unwrap();
    rig.owner.members().rotate().await.unwrap();
    // Nothing was posted meanwhile.
    assert_eq!(bodies(&unread(&ada).await), ["early"]);
    post(&rig.owner, "later").await.unwrap();
    assert_eq!(bodies(&unread(&ada).await), ["later"]);
}

#[tokio::test]
async fn a_shard_without_a_record_of_the_member_is_read_once() {
    let rig = Rig::start_with(NewSpace {
        history: History::Rotate,
        ..NewSpace::default()
    })
    .await;
    for seed in 10..14 {
        rig.admit(seed, "viewer").await;
    }
    rig.owner.members().rotate().await.unwrap();
    post(&rig.owner, "before").await.unwrap();
    rig.owner.members().rotate().await.unwrap();
    rig.admit(2, "editor").await;
    let (builder, network) = rig.meddled();
    let ada = rig.open(2, builder).await.unwrap();
    let shards = || {
        let requests = network.requests().into_iter();
        requests
            .filter(|line| line.starts_with("Get blobs/"))
            .count()
    };
    assert_eq!(bodies(&unread(&ada).await), ["[KeyMissing { epoch: 1 }]"]);
    assert_eq!(shards(), 1);
    // That of the newest epoch never: its root is in a wrap.
    for seed in 14..17 {
        rig.admit(seed, "viewer").await;
        assert!(unread(&ada).await.is_empty());
        assert_eq!(shards(), 0);
    }
}

#[tokio::test]
async fn after_a_member_has_left_the_others_begin_an_epoch_before_they_write() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let bob = rig.editor(3).await;
    add_scribes(&rig.server.owner(1).await).await;
    rig.admit(4, "scribe").await;
    let carol = rig.open(4, rig.builder()).await.unwrap();
    ada.members().leave().await.unwrap();
    for space in [&bob, &carol, &rig.owner] {
        space.refresh().await.unwrap();
    }
    // She may not begin epochs.
    let error = post(&carol, "waits").await.unwrap_err();
    assert_eq!(error.code_text(), "keyring.waiting");
    // An editor may.
    post(&bob, "begins one").await.unwrap();
    post(&carol, "waits no more").await.unwrap();
    post(&rig.owner, "goes on").await.unwrap();
    post(&bob, "goes on too").await.unwrap();
    let expected = ["begins one", "waits no more", "goes on", "goes on too"];
    assert_eq!(bodies(&unread(&bob).await), expected);
    let mut left = [bob.member(), carol.member()];
    left.sort_unstable_by_key(MemberId::to_bytes);
    assert_eq!(rig.owner.members().list().await.unwrap(), left);
}

#[tokio::test]
async fn a_member_that_has_left_is_admitted_again_before_another_epoch_begins() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    ada.members().leave().await.unwrap();
    // The wrap of the first time is there still, and is written once.
    let ada = rig.editor(2).await;
    rig.owner.members().give_key(ada.member()).await.unwrap();
    post(&rig.owner, "welcome").await.unwrap();
    post(&ada, "thanks").await.unwrap();
    assert_eq!(bodies(&unread(&ada).await), ["welcome", "thanks"]);
}

#[tokio::test]
async fn a_viewer_reads_and_cannot_write() {
    let rig = Rig::start().await;
    rig.admit(2, "viewer").await;
    let ada = rig.open(2, rig.builder()).await.unwrap();
    post(&rig.owner, "look").await.unwrap();
    assert_eq!(bodies(&unread(&ada).await), ["look"]);
    let error = post(&ada, "no").await.unwrap_err();
    assert_eq!(error.code_text(), "permission.denied");
    let bob = rig.editor(3).await;
    let error = ada.members().remove(bob.member()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authorization);
}

#[tokio::test]
async fn a_join_request_of_a_removed_member_admits_nobody_when_it_is_read_again() {
    let rig = Rig::start().await;
    let ada = keys(2);
    let request = JoinRequest::new(rig.owner.id(), &ada, 0, 1, [7; 16]).unwrap();
    let members = rig.owner.members();
    members.admit_request(&request, "editor").await.unwrap();
    let space = rig.open(2, rig.builder()).await.unwrap();
    post(&space, "hello").await.unwrap();
    let again = members.admit_request(&request, "editor").await;
    assert_eq!(again.unwrap_err().code_text(), "join.refused");
    members.remove(ada.user_id()).await.unwrap();
    let again = members.admit_request(&request, "editor").await;
    assert_eq!(again.unwrap_err().code_text(), "join.refused");
    // A new request of the same user is none of a newcomer either.
    let newer = JoinRequest::new(rig.owner.id(), &ada, 1, 2, [8; 16]).unwrap();
    let refused = members.admit_request(&newer, "editor").await;
    assert_eq!(refused.unwrap_err().code_text(), "join.refused");
    // A person lets it in.
    admit(&rig.owner, 2, "editor").await.unwrap();
    post(&space, "back").await.unwrap();
}

#[tokio::test]
async fn two_devices_of_a_member_publish_its_key_at_once_and_both_have() {
    let rig = Rig::start().await;
    for seed in 2..8 {
        let user = keys(seed);
        let new = NewMember {
            user: user.user_id(),
            role: "editor".to_owned(),
            key: None,
        };
        rig.owner.members().admit(&new).await.unwrap();
        let one = rig.open(seed, rig.builder()).await.unwrap();
        let other = rig.open(seed, rig.builder()).await.unwrap();
        let (one_members, other_members) = (one.members(), other.members());
        let both = tokio::join!(one_members.publish_key(), other_members.publish_key());
        both.0.unwrap();
        both.1.unwrap();
    }
}
