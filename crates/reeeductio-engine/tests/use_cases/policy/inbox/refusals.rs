//! Refusals: nothing is posted, or read.

use reeeductio_proto::api::InboxPost;
use reeeductio_proto::{ErrorCode, MemberId, Operation, Signature, encoding};

use super::super::space::PolicySpace;
use super::{ALL, Letter, acknowledge, inbox, raw};
use crate::rig::{Member, Rig, code, keys, space};

#[tokio::test]
async fn posting_needs_the_right_to_create_in_that_inbox() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, carol] = made.three().await;
    let refused = Letter::new(&ada, 1, "").post(&made.rig, &carol, &ada).await;
    assert_eq!(code(refused), ErrorCode::PermissionDenied);
    let path = format!("inbox/{}", ada.id);
    for (op, allowed) in [
        (Operation::Read, false),
        (Operation::Modify, false),
        (Operation::Delete, false),
        (Operation::Create, true),
        (Operation::Write, true),
    ] {
        made.allow(&carol, op, &path).await;
        let posted = Letter::new(&ada, 1, "").post(&made.rig, &carol, &ada).await;
        assert_eq!(posted.is_ok(), allowed, "{op:?}");
        let refused = Letter::new(&bob, 1, "").post(&made.rig, &carol, &bob).await;
        assert_eq!(code(refused), ErrorCode::PermissionDenied);
    }
    made.allow(&carol, Operation::Create, "inbox/{other}").await;
    let posted = Letter::new(&bob, 1, "").post(&made.rig, &carol, &bob).await;
    posted.unwrap();
    let own = Letter::new(&carol, 1, "");
    let refused = own.post(&made.rig, &carol, &carol).await;
    assert_eq!(code(refused), ErrorCode::PermissionDenied);
    // Nobody needs a right to its own inbox.
    assert_eq!(inbox(&made.rig, &bob).await, [1]);
    acknowledge(&made.rig, &bob, &[1]).await.unwrap();
}

#[tokio::test]
async fn a_right_that_another_server_took_back_stores_nothing() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, _] = made.three().await;
    let letter = Letter::new(&bob, 1, "");
    letter.post(&made.rig, &ada, &bob).await.unwrap();
    // A server whose views are older than the store.
    let stale = made.rig.again();
    let [ada_there, bob_there] = [
        stale.sign_in(ada.id, 2).await.unwrap(),
        stale.sign_in(bob.id, 3).await.unwrap(),
    ];
    made.remove(bob.id).await;
    made.allow(&ada, Operation::Read, "inbox/{any}").await;
    let second = Letter::new(&made.owner, 2, "");
    let refused = second.post(&stale, &ada_there, &made.owner).await;
    assert_eq!(code(refused), ErrorCode::PermissionDenied);
    let refused = acknowledge(&stale, &bob_there, &[1]).await;
    assert_eq!(code(refused), ErrorCode::TokenRevoked);
    assert_eq!(inbox(&made.rig, &made.owner).await, [0; 0]);
}

#[tokio::test]
async fn items_are_left_for_members_alone() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, _] = made.three().await;
    let to = async |made: &PolicySpace, to: String, body| {
        let posted = made.rig.engine.post_item(&ada.caller, &to, body).await;
        code(posted)
    };
    let stranger = keys(77).user_id();
    let body = raw(&ada, stranger, 1, 1_339);
    assert_eq!(
        to(&made, stranger.to_string(), body).await,
        ErrorCode::InboxNoRecipient
    );
    // The owner is a member by its user id alone.
    let owner = MemberId::owner_of(space());
    let body = raw(&ada, owner, 1, 1_339);
    assert_eq!(
        to(&made, owner.to_string(), body).await,
        ErrorCode::InboxNoRecipient
    );
    let body = raw(&ada, bob.id, 1, 1_339);
    for text in ["", "Bob", &space().to_string()[1..]] {
        let refused = to(&made, text.to_owned(), body.clone()).await;
        assert_eq!(refused, ErrorCode::MemberInvalidId);
    }
    made.remove(bob.id).await;
    assert_eq!(
        to(&made, bob.id.to_string(), body).await,
        ErrorCode::InboxNoRecipient
    );
}

#[tokio::test]
async fn what_the_sender_did_not_sign_is_refused() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, carol] = made.three().await;
    let letter = Letter::new(&carol, 1, "signed");
    let good = letter.seal(&ada, &carol.keys);
    let post = async |by: &Member, to: &Member, body| {
        let to = to.id.to_string();
        made.rig.engine.post_item(&by.caller, &to, body).await
    };
    // Another member passes it on, or it is passed on to another.
    let stolen = post(&bob, &carol, good.clone()).await;
    assert_eq!(code(stolen), ErrorCode::InboxBadSignature);
    let redirected = post(&ada, &bob, good.clone()).await;
    assert_eq!(code(redirected), ErrorCode::InboxBadSignature);
    let other = Letter::new(&carol, 1, "other").seal(&ada, &carol.keys);
    let changed = [
        InboxPost {
            item: encoding::encode(&[2; 16]),
            ..good.clone()
        },
        InboxPost {
            sealed: other.sealed,
            ..good.clone()
        },
        InboxPost {
            expires: u64::MAX,
            ..good.clone()
        },
        InboxPost {
            signature: Signature::from_bytes([0; 64]).to_string(),
            ..good.clone()
        },
    ];
    for body in changed {
        let refused = post(&ada, &carol, body).await;
        assert_eq!(code(refused), ErrorCode::InboxBadSignature);
    }
    assert_eq!(inbox(&made.rig, &carol).await, [0; 0]);
    post(&ada, &carol, good).await.unwrap();
}

#[tokio::test]
async fn what_has_not_the_form_of_an_item_is_refused() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, _] = made.three().await;
    let rig = &made.rig;
    let to = bob.id.to_string();
    let post = async |body| rig.engine.post_item(&ada.caller, &to, body).await;
    for length in [1, 1_338, 64_636] {
        let refused = post(raw(&ada, bob.id, 1, length)).await;
        assert_eq!(code(refused), ErrorCode::FormatMalformed, "{length}");
    }
    for (number, length) in [(1, 1_339), (2, 64_635)] {
        post(raw(&ada, bob.id, number, length)).await.unwrap();
    }
    let good = raw(&ada, bob.id, 3, 1_339);
    let mut later = encoding::decode(&good.sealed).unwrap();
    later[0] = 2;
    let later = InboxPost {
        sealed: encoding::encode(&later),
        ..good.clone()
    };
    assert_eq!(code(post(later).await), ErrorCode::FormatUnknown);
    for item in ["", "x", &encoding::encode(&[3; 15])] {
        let body = InboxPost {
            item: item.to_owned(),
            ..good.clone()
        };
        assert_eq!(code(post(body).await), ErrorCode::FormatMalformed);
        let items = [item.to_owned()];
        let refused = rig.engine.acknowledge_items(&bob.caller, &items).await;
        assert_eq!(code(refused), ErrorCode::FormatMalformed);
    }
    let body = InboxPost {
        signature: "x".to_owned(),
        ..good
    };
    assert_eq!(code(post(body).await), ErrorCode::SignatureUndecodable);
    for count in [0, 257] {
        let items = vec![encoding::encode(&[1; 16]); count];
        let refused = rig.engine.acknowledge_items(&bob.caller, &items).await;
        assert_eq!(code(refused), ErrorCode::RequestInvalid);
    }
}

#[tokio::test]
async fn spaces_without_a_policy_have_no_inboxes() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let ada = rig.user(&owner, 2).await;
    let posted = Letter::new(&ada, 1, "").post(&rig, &owner, &ada).await;
    assert_eq!(code(posted), ErrorCode::SpaceNoPolicy);
    let listed = rig.engine.inbox(&ada.caller, ALL).await;
    assert_eq!(code(listed), ErrorCode::SpaceNoPolicy);
    let acknowledged = acknowledge(&rig, &ada, &[1]).await;
    assert_eq!(code(acknowledged), ErrorCode::SpaceNoPolicy);
}

#[tokio::test]
async fn the_owner_has_one_inbox_by_its_user_id() {
    let made = PolicySpace::make(Rig::start()).await;
    let rig = &made.rig;
    let space_id = MemberId::owner_of(space());
    let by_space_id = rig.sign_in(space_id, 1).await.unwrap();
    let listed = rig.engine.inbox(&by_space_id.caller, ALL).await;
    assert_eq!(code(listed), ErrorCode::FormatMalformed);
    let letter = Letter::new(&made.owner, 1, "to myself");
    let refused = letter.post(rig, &by_space_id, &made.owner).await;
    assert_eq!(code(refused), ErrorCode::FormatMalformed);
    letter.post(rig, &made.owner, &made.owner).await.unwrap();
    assert_eq!(inbox(rig, &made.owner).await, [1]);
}
