//! Lanes: answers that are lost, and installations that do not know of each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reeeductio_client::store::{Change, Durability, Scan};
use reeeductio_client::transport::TransportError;
use reeeductio_client::{ErrorKind, MemoryStore, Store, TopicItem};
use reeeductio_core::log::Shown;

use crate::meddled::Meddled;
use crate::rig::{Rig, bodies, history, post, soon, text, topic, unread};

const POST: &str = "Post topics/general/messages";

/// True for the first `count` posts.
fn first_posts(count: usize) -> impl Fn(&str) -> bool + Send + Sync + 'static {
    let posts = AtomicUsize::new(0);
    move |line| line == POST && posts.fetch_add(1, Ordering::SeqCst) < count
}

fn lose_answers(network: &Meddled, count: usize, error: TransportError) {
    let first = first_posts(count);
    network.on_answer(move |line| {
        let result = if first(&line) {
            Err(error.clone())
        } else {
            Ok(())
        };
        async move { result }
    });
}

fn lose_requests(network: &Meddled, count: usize, error: TransportError) {
    let first = first_posts(count);
    network.on_request(move |line| {
        let result = if first(&line) {
            Err(error.clone())
        } else {
            Ok(())
        };
        async move { result }
    });
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_stored_once() {
    let rig = Rig::start().await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    lose_answers(&network, 2, TransportError::Failed("reset".to_owned()));
    let posted = post(&space, "once").await.unwrap();
    let items = unread(&rig.owner).await;
    assert_eq!(bodies(&items), ["once"]);
    assert_eq!(items[0].message().unwrap().position, posted.position);
    assert_eq!(items[0].message().unwrap().number, posted.number);
    post(&space, "next").await.unwrap();
    assert_eq!(bodies(&unread(&rig.owner).await), ["next"]);
}

#[tokio::test]
async fn a_message_that_was_stored_before_an_epoch_began_is_not_sealed_again() {
    let rig = Rig::start().await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    let draft = text("once").with_client_id([7; 16]);
    lose_answers(&network, 1, TransportError::Timeout);
    let general = space.topic(&topic());
    let lost = general.post(&draft).await.unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::Network);
    rig.owner.members().rotate().await.unwrap();
    // A server that was started again meanwhile compares the epoch first.
    network.with(|route, status, body| {
        if route == "topics/general/messages" {
            *status = 409;
            *body = br#"{"code": "epoch.superseded", "error": "another epoch"}"#.to_vec();
        }
    });
    let posted = soon(general.post(&draft)).await.unwrap();
    let items = unread(&rig.owner).await;
    assert_eq!(bodies(&items), ["once"]);
    assert_eq!(items[0].message().unwrap().position, posted.position);
}

#[tokio::test]
async fn a_draft_made_before_a_rotation_is_sent_after_it() {
    let rig = Rig::start().await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    lose_requests(&network, 1, TransportError::Connect("offline".to_owned()));
    let draft = text("draft").with_client_id([7; 16]);
    let general = space.topic(&topic());
    let offline = general.post(&draft).await.unwrap_err();
    assert_eq!(offline.code_text(), "transport.connect");
    rig.owner.members().rotate().await.unwrap();
    soon(general.post(&draft)).await.unwrap();
    assert_eq!(bodies(&unread(&rig.owner).await), ["draft"]);
}

#[tokio::test]
async fn a_message_that_waits_is_not_sent_under_an_epoch_that_a_removal_has_ended() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    lose_requests(&network, 1, TransportError::Connect("offline".to_owned()));
    let draft = text("draft").with_client_id([7; 16]);
    let general = space.topic(&topic());
    general.post(&draft).await.unwrap_err();
    space.members().remove(ada.member()).await.unwrap();
    network.requests();
    soon(general.post(&draft)).await.unwrap();
    let posts = network.requests().into_iter().filter(|line| line == POST);
    // Ada, and a server that helps her, could read what was sealed before.
    assert_eq!(posts.count(), 1);
    assert_eq!(bodies(&unread(&rig.owner).await), ["draft"]);
}

#[tokio::test]
async fn a_draft_that_is_posted_again_is_stored_once_also_after_a_restart() {
    let rig = Rig::start().await;
    let (builder, network) = rig.meddled();
    let store = Arc::new(MemoryStore::default());
    let builder = builder.store(Arc::clone(&store) as Arc<dyn Store>);
    let space = rig.open(1, builder).await.unwrap();
    let draft = text("once").with_client_id([7; 16]);
    lose_answers(&network, 1, TransportError::Timeout);
    space.topic(&topic()).post(&draft).await.unwrap_err();
    drop(space);

    let again = rig.kept(1, &store).await;
    let next = post(&again, "next").await.unwrap();
    let posted = soon(again.topic(&topic()).post(&draft)).await.unwrap();
    assert!(posted.number < next.number);
    assert_eq!(bodies(&unread(&rig.owner).await), ["once", "next"]);
    // It was one lane all the time.
    assert_eq!(lanes(&rig).await, 1);
}

#[tokio::test]
async fn an_edit_that_was_lost_and_is_refused_now_does_not_stop_the_next_message() {
    let rig = Rig::start().await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    let id = post(&rig.owner, "first").await.unwrap().position.hash;
    lose_requests(&network, 1, TransportError::Timeout);
    let general = space.topic(&topic());
    general.edit(&id, &text("mine")).await.unwrap_err();
    let other = rig.owner.topic(&topic());
    other.edit(&id, &text("theirs")).await.unwrap();
    post(&space, "next").await.unwrap();
    assert_eq!(bodies(&history(&rig.owner).await)[0], "theirs");
}

#[tokio::test]
async fn a_delete_that_was_lost_on_either_way_is_done_again_without_a_conflict() {
    let rig = Rig::start().await;
    for lose in [lose_requests, lose_answers] {
        let (builder, network) = rig.meddled();
        let space = rig.open(1, builder).await.unwrap();
        let general = space.topic(&topic());
        let id = post(&space, "gone").await.unwrap().position.hash;
        lose(&network, 1, TransportError::Timeout);
        general.delete(&id).await.unwrap_err();
        let deleted = soon(general.delete(&id)).await.unwrap();
        let shown = history(&rig.owner).await.into_iter().rev().take(2);
        let shown: Vec<_> = shown.map(|item| item.message().unwrap().clone()).collect();
        assert_eq!(shown[0].position, deleted.position);
        let by = deleted.position.hash;
        assert_eq!(
            (shown[1].position.hash, &shown[1].shown),
            (id, &Shown::Deleted { by })
        );
    }
}

#[tokio::test]
async fn a_message_that_was_acknowledged_and_is_gone_is_told_by_the_next_post() {
    let rig = Rig::start().await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    let gone = post(&space, "gone").await.unwrap();
    let one = format!("topics/general/messages/{}", gone.position.hash);
    network.with(move |route, status, body| {
        let (code, answer) = if route.starts_with(&one) {
            (404, r#"{"code": "message.not_found", "error": "gone"}"#)
        } else if route == "topics/general/messages" {
            (
                409,
                r#"{"code": "chain.conflict", "error": "another head"}"#,
            )
        } else {
            return;
        };
        (*status, *body) = (code, answer.as_bytes().to_vec());
    });
    let error = post(&space, "next").await.unwrap_err();
    assert_eq!(error.code_text(), "verify.rolled_back");
    network.with(|_, _, _| {});
    // It was told. The next message begins another lane.
    post(&space, "goes on").await.unwrap();
}

/// The number of lanes of the owner that the topic has.
async fn lanes(rig: &Rig) -> usize {
    let reader = rig.open(1, rig.builder()).await.unwrap();
    unread(&reader).await;
    // One by one: the server lists what the owner has begun.
    let member = rig.server.owner(1).await;
    let page = member.get("topics/general/messages").await;
    let first = page.json["messages"].as_array().unwrap().iter();
    first
        .filter(|message| message["prev_hash"].is_null())
        .count()
}

#[tokio::test]
async fn two_devices_of_one_member_post_offline_and_reconnect() {
    let rig = Rig::start().await;
    let ada = [rig.meddled(), rig.meddled()];
    rig.admit(2, "editor").await;
    let [(one, first), (two, second)] = ada;
    let one = rig.open(2, one).await.unwrap();
    let two = rig.open(2, two).await.unwrap();
    for network in [&first, &second] {
        lose_requests(network, 1, TransportError::Connect("offline".to_owned()));
    }
    let drafts = [
        text("phone").with_client_id([1; 16]),
        text("laptop").with_client_id([2; 16]),
    ];
    for (device, draft) in [&one, &two].into_iter().zip(&drafts) {
        device.topic(&topic()).post(draft).await.unwrap_err();
    }
    let (phone, laptop) = (one.topic(&topic()), two.topic(&topic()));
    let (phone, laptop) = tokio::join!(phone.post(&drafts[0]), laptop.post(&drafts[1]));
    let (phone, laptop) = (phone.unwrap(), laptop.unwrap());
    assert_ne!(phone.number, laptop.number);
    let mut read = bodies(&unread(&rig.owner).await);
    read.sort();
    assert_eq!(read, ["laptop", "phone"]);
    assert_eq!(bodies(&history(&one).await), bodies(&history(&two).await));
}

#[tokio::test]
async fn drafts_that_were_made_offline_are_sent_in_their_order_by_the_next_run() {
    let rig = Rig::start().await;
    let (builder, network) = rig.meddled();
    let store = Arc::new(MemoryStore::default());
    let builder = builder.store(Arc::clone(&store) as Arc<dyn Store>);
    let space = rig.open(1, builder).await.unwrap();
    for body in ["one", "two", "three"] {
        space.outbox().add(&topic(), &text(body)).await.unwrap();
    }
    // The first is stored, and its answer lost; then the network is gone.
    lose_answers(&network, 1, TransportError::Timeout);
    assert_eq!(
        space.outbox().send().await.unwrap_err().kind(),
        ErrorKind::Network
    );
    drop(space);
    rig.owner.members().rotate().await.unwrap();

    let again = rig.kept(1, &store).await;
    assert_eq!(again.outbox().list().await.unwrap().len(), 3);
    let sent = soon(again.outbox().send()).await.unwrap();
    assert_eq!(
        sent.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert_eq!(bodies(&unread(&rig.owner).await), ["one", "two", "three"]);
    assert!(again.outbox().list().await.unwrap().is_empty());
    assert!(again.outbox().send().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_refusal_of_a_message_that_was_in_doubt_is_not_that_of_the_next() {
    let rig = Rig::start().await;
    let ada = {
        let (builder, network) = rig.meddled();
        rig.admit(2, "editor").await;
        let ada = rig.open(2, builder).await.unwrap();
        let id = post(&ada, "hers").await.unwrap().position.hash;
        lose_requests(&network, 1, TransportError::Timeout);
        let edit = ada.topic(&topic()).edit(&id, &text("changed")).await;
        assert_eq!(edit.unwrap_err().kind(), ErrorKind::Network);
        // Meanwhile the owner changes it, so ada's edit will be refused.
        rig.owner
            .topic(&topic())
            .edit(&id, &text("by the owner"))
            .await
            .unwrap();
        ada
    };
    post(&ada, "next").await.unwrap();
    let read = bodies(&history(&rig.owner).await);
    assert_eq!(read, ["by the owner", "by the owner", "next"]);
}

#[tokio::test]
async fn a_lost_store_begins_a_new_lane_and_all_stays_readable() {
    let rig = Rig::start().await;
    let lost = Arc::new(MemoryStore::default());
    post(&rig.kept(1, &lost).await, "before").await.unwrap();
    let fresh = Arc::new(MemoryStore::default());
    let space = rig.kept(1, &fresh).await;
    post(&space, "after").await.unwrap();
    post(&space, "and on").await.unwrap();
    assert_eq!(
        bodies(&unread(&rig.owner).await),
        ["before", "after", "and on"]
    );
    assert_eq!(lanes(&rig).await, 2);
}

#[tokio::test]
async fn a_cloned_store_begins_a_new_lane_and_nobody_is_refused() {
    let rig = Rig::start().await;
    let original = Arc::new(MemoryStore::default());
    post(&rig.kept(1, &original).await, "before").await.unwrap();
    let clone = Arc::new(copy(&original).await);
    let (one, two) = (rig.kept(1, &original).await, rig.kept(1, &clone).await);
    post(&one, "original").await.unwrap();
    post(&two, "clone").await.unwrap();
    post(&one, "original again").await.unwrap();
    post(&two, "clone again").await.unwrap();
    let expected = [
        "before",
        "original",
        "clone",
        "original again",
        "clone again",
    ];
    assert_eq!(bodies(&unread(&rig.owner).await), expected);
    assert_eq!(bodies(&history(&rig.owner).await), expected);
    assert_eq!(lanes(&rig).await, 2);
}

#[tokio::test]
async fn two_processes_that_share_a_store_share_a_lane() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (one, two) = (rig.kept(1, &store).await, rig.kept(1, &store).await);
    for body in ["a", "b", "c"] {
        post(&one, body).await.unwrap();
        post(&two, body).await.unwrap();
    }
    assert_eq!(
        bodies(&unread(&rig.owner).await),
        ["a", "a", "b", "b", "c", "c"]
    );
    assert_eq!(lanes(&rig).await, 1);
}

#[tokio::test]
async fn of_messages_of_one_draft_the_first_is_shown() {
    let rig = Rig::start().await;
    let general = rig.owner.topic(&topic());
    let draft = text("draft").with_client_id([7; 16]);
    general.post(&draft).await.unwrap();
    // A client remembers the answers to its last drafts only; another one may remember none.
    for n in 0..16 {
        post(&rig.owner, &n.to_string()).await.unwrap();
    }
    general.post(&draft).await.unwrap();
    let ada = rig.editor(2).await;
    for items in [history(&ada).await, unread(&rig.owner).await] {
        assert_eq!(items.len(), 18);
        assert_eq!(items[0].body(), Some(&b"draft"[..]));
        let first = items[0].message().unwrap().position.hash;
        let TopicItem::Repeated { first: of, .. } = &items[17] else {
            panic!("{:?}", items[17]);
        };
        assert_eq!(*of, first);
    }
}

#[tokio::test]
async fn a_draft_that_is_sent_again_in_another_lane_after_a_loss_of_power_is_shown_once() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let space = rig.kept(1, &store).await;
    post(&space, "before").await.unwrap();
    // The store without what was written last.
    let before = Arc::new(copy(&store).await);
    let draft = text("once").with_client_id([7; 16]);
    let first = space.topic(&topic()).post(&draft).await.unwrap();
    drop(space);
    let again = rig.kept(1, &before).await;
    again.topic(&topic()).post(&draft).await.unwrap();
    let items = unread(&rig.owner).await;
    assert_eq!(bodies(&items)[..2], ["before", "once"]);
    let TopicItem::Repeated { first: of, .. } = &items[2] else {
        panic!("{:?}", items[2]);
    };
    assert_eq!(*of, first.position.hash);
}

#[tokio::test]
async fn a_member_that_may_not_read_goes_on_in_another_lane() {
    let rig = Rig::start().await;
    let owner = rig.server.owner(1).await;
    let right = serde_json::json!({"op": "create", "path": "topics/{any}"});
    let role = serde_json::json!({});
    assert_eq!(owner.set("auth/roles/poster", &role).await.status, 201);
    let path = "auth/roles/poster/rights/create";
    assert_eq!(owner.set(path, &right).await.status, 201);
    rig.admit(2, "poster").await;
    let original = Arc::new(MemoryStore::default());
    post(&rig.kept(2, &original).await, "before").await.unwrap();
    let clone = Arc::new(copy(&original).await);
    post(&rig.kept(2, &original).await, "original")
        .await
        .unwrap();
    post(&rig.kept(2, &clone).await, "clone").await.unwrap();
    let read = bodies(&unread(&rig.owner).await);
    assert_eq!(read, ["before", "original", "clone"]);
}

/// A copy of a store, byte for byte.
pub(crate) async fn copy(store: &MemoryStore) -> MemoryStore {
    let all = Scan {
        from: vec![0],
        to: vec![0xff],
        limit: usize::MAX,
        bytes: usize::MAX,
        reverse: false,
    };
    let pairs = store.scan(all).await.unwrap().pairs.into_iter();
    let copy = MemoryStore::default();
    let changes = pairs.map(|(key, value)| Change::Put { key, value });
    copy.commit(changes.collect(), Durability::Process)
        .await
        .unwrap();
    copy
}
