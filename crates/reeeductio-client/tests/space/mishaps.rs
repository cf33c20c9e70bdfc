//! Mishaps: wrong addresses, servers that were restored, members that were removed, stores that were cleared or damaged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reeeductio_client::store::records::forget_all_seen;
use reeeductio_client::transport::{Transport, TransportError};
use reeeductio_client::{Content, Identity, Keyring, MemoryStore, Records, Space, Status, Store};
use reeeductio_proto::{MemberId, Operation, PathPrefix};
use reeeductio_testkit::TestServer;

use crate::joining::{EDITOR, for_one, link, network_for, post, rig as joining_rig, store};
use crate::meddled::Meddled;
use crate::rig::{Rig, data_path, owner, path, root, topic};

fn owner_with(server: &TestServer, store: &Arc<MemoryStore>) -> Space {
    let keys = Identity::from_seed(&[1; 32]);
    Space::builder(&server.url())
        .store(Arc::clone(store) as Arc<dyn Store>)
        .open(keys.space_id(), keys.user_id(), keys, &root())
        .unwrap()
}

#[tokio::test]
async fn a_new_space_begins_with_any_first_write() {
    let server = TestServer::start().await;
    let passwords = owner(&server, 11).passwords().enable().await;
    let lists = data_path("lists/a");
    let space = owner(&server, 12);
    let updated = space.data().update(&lists, |_| Some(b"x".to_vec())).await;
    let space = owner(&server, 13);
    let updated_state = space
        .state()
        .update(&path("lists/a"), |_| Some(b"x".to_vec()))
        .await;
    let listed = owner(&server, 14)
        .data()
        .list(&PathPrefix::ALL)
        .await
        .map(drop);
    let outcome = [
        passwords.map(drop).map_err(|e| e.to_string()),
        updated.map(drop).map_err(|e| e.to_string()),
        updated_state.map(drop).map_err(|e| e.to_string()),
        listed.map_err(|e| e.to_string()),
    ];
    assert!(outcome.iter().all(Result::is_ok), "{outcome:?}");
}

#[tokio::test]
async fn an_address_that_is_none_is_not_kept_by_reopen() {
    let rig = joining_rig().await;
    let (mine, link) = (store(), link(&rig, EDITOR).await);
    Space::join(&link, Arc::clone(&mine)).await.unwrap();
    let wrong = Space::builder("new.example.org").store(Arc::clone(&mine));
    wrong.reopen(&link.space()).await.unwrap_err();
    let kept = Keyring::new(Arc::clone(&mine)).get(&link.space()).await;
    assert_eq!(kept.unwrap().unwrap().base_url, link.server());
    let again = Space::reopen(mine, &link.space()).await.unwrap();
    post(&again).await.unwrap();
}

#[tokio::test]
async fn messages_of_a_member_that_was_removed_are_not_each_named_to_be_discarded() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Write, "topics/{...}")]).await;
    let keys = Identity::from_seed(&[2; 32]);
    let user = Space::builder(&rig.server.url())
        .store(Arc::new(MemoryStore::default()))
        .open(user.id(), user.member(), keys, &root())
        .unwrap();
    let outbox = user.outbox();
    for name in ["one", "two"] {
        let content = Content::Plain(b"kept");
        outbox.add(&topic(name), "n", content).await.unwrap();
    }
    let id: MemberId = user.member();
    rig.owner.members().remove(&id).await.unwrap();
    let error = outbox.send().await.unwrap_err();
    assert!(error.draft().is_none(), "{error}");
}

#[tokio::test]
async fn a_topic_that_the_server_has_lost_does_not_hold_up_the_others() {
    let store = Arc::new(MemoryStore::default());
    let before = TestServer::start().await;
    let space = owner_with(&before, &store);
    let one = space.topic(&topic("one"));
    one.post(Content::Plain(b"0"), "n").await.unwrap();
    one.history().all().await.unwrap();
    let restored = TestServer::start().await;
    let other = owner(&restored, 1);
    other
        .topic(&topic("two"))
        .post(Content::Plain(b"0"), "n")
        .await
        .unwrap();
    let space = owner_with(&restored, &store);
    let outbox = space.outbox();
    for name in ["one", "two"] {
        outbox
            .add(&topic(name), "n", Content::Plain(b"1"))
            .await
            .unwrap();
    }
    let error = outbox.send().await.unwrap_err();
    let there = other.topic(&topic("two")).history().all().await.unwrap();
    assert_eq!(there.len(), 2, "{error}");
}

/// A store in which a message waits after one that was sent, and a server with another past.
async fn restored_with_one_waiting() -> (Arc<MemoryStore>, TestServer) {
    let store = Arc::new(MemoryStore::default());
    let before = TestServer::start().await;
    let space = owner_with(&before, &store);
    space
        .outbox()
        .add(&topic("one"), "n", Content::Plain(b"0"))
        .await
        .unwrap();
    space.outbox().send().await.unwrap();
    space
        .outbox()
        .add(&topic("one"), "n", Content::Plain(b"1"))
        .await
        .unwrap();
    drop(space);
    let restored = TestServer::start().await;
    let other = owner(&restored, 1);
    other
        .topic(&topic("one"))
        .post(Content::Plain(b"x"), "n")
        .await
        .unwrap();
    (store, restored)
}

#[tokio::test]
async fn what_waits_is_sent_to_a_server_that_was_restored_once_all_that_was_seen_is_forgotten() {
    let (store, restored) = restored_with_one_waiting().await;
    forget_all_seen(&*store).await.unwrap();
    let space = owner_with(&restored, &store);
    let sent = space.outbox().send().await.map(|sent| sent.len());
    assert_eq!(sent.map_err(|error| error.to_string()), Ok(1));
}

#[tokio::test]
async fn a_route_without_streams_does_not_ask_a_program_that_has_signed_in_to_sign_in() {
    let rig = Rig::start().await;
    let network = Arc::new(Meddled::new());
    let keys = Identity::from_seed(&[1; 32]);
    let space = Space::builder(&rig.server.url())
        .transport(Arc::clone(&network) as Arc<dyn Transport>)
        .sign_in_by_hand(true)
        .open(rig.owner.id(), keys.user_id(), keys, &root())
        .unwrap();
    space.session().sign_in().await.unwrap();
    network.unreachable(vec![TransportError::Handshake(404)]);
    let error = space.live().await.map(drop).unwrap_err();
    assert_ne!(error.code_text(), "client.not_signed_in", "{error}");
}

#[tokio::test]
async fn one_draft_that_cannot_be_read_does_not_hold_up_the_others_without_a_name() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (space, _) = rig.restarted(&store);
    let shared = Arc::clone(&store) as Arc<dyn Store>;
    Records::new(shared, space.id())
        .add_draft(b"damaged")
        .await
        .unwrap();
    space
        .outbox()
        .add(&topic("one"), "n", Content::Plain(b"1"))
        .await
        .unwrap();
    let error = space.outbox().send().await.unwrap_err();
    let sent = rig
        .owner
        .topic(&topic("one"))
        .history()
        .all()
        .await
        .unwrap();
    assert!(sent.len() == 1 || error.draft().is_some(), "{error}");
}

#[tokio::test]
async fn what_waits_is_sent_to_a_server_that_was_restored_once_the_restore_is_accepted() {
    let (store, restored) = restored_with_one_waiting().await;
    let space = owner_with(&restored, &store);
    space.accept_restore().await.unwrap();
    assert_eq!(space.outbox().send().await.unwrap().len(), 1);
}

/// A proxy that lets only the routes of the first release through, with a page of its own for the others.
fn lets_through_only_what_it_knows(network: &Meddled) {
    network.with(|route, status, body| {
        if route.starts_with("blob-check") || route.starts_with("entries") {
            (*status, *body) = (404, b"<html>404 Not Found</html>".to_vec());
        }
    });
}

#[tokio::test]
async fn a_proxy_that_does_not_know_listings_is_told_as_a_server_without_them() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    lets_through_only_what_it_knows(&network);
    let listed = space.data().list(&PathPrefix::ALL).await.map(drop);
    assert_eq!(listed.unwrap_err().code_text(), "client.unsupported");
}

#[tokio::test]
async fn a_stream_that_nobody_waits_for_any_more_does_not_leave_the_status_connecting() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let reachable = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&reachable);
    network.on_request(move |_| {
        let up = up.load(Ordering::SeqCst);
        async move {
            if up {
                Ok(())
            } else {
                Err(TransportError::Connect("off".to_owned()))
            }
        }
    });
    let mut follow = space.topic(&topic("one")).follow(None);
    let waited = tokio::time::timeout(Duration::from_millis(50), follow.next()).await;
    assert!(waited.is_err());
    reachable.store(true, Ordering::SeqCst);
    space.state().list(&PathPrefix::ALL).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(*space.status().borrow(), Status::Idle);
}

#[tokio::test]
async fn a_member_that_was_removed_signs_in_once_and_not_for_every_topic_that_waits() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Write, "topics/{...}")]).await;
    let keys = Identity::from_seed(&[2; 32]);
    let network = Arc::new(Meddled::new());
    let user = Space::builder(&rig.server.url())
        .transport(Arc::clone(&network) as Arc<dyn Transport>)
        .store(Arc::new(MemoryStore::default()))
        .open(user.id(), user.member(), keys, &root())
        .unwrap();
    let outbox = user.outbox();
    for n in 0..50 {
        let name = format!("topic-{n}");
        outbox
            .add(&topic(&name), "n", Content::Plain(b"1"))
            .await
            .unwrap();
    }
    rig.owner.members().remove(&user.member()).await.unwrap();
    network.requests();
    outbox.send().await.unwrap_err();
    let asked = network.requests();
    let challenges = asked.iter().filter(|line| line.contains("auth/")).count();
    assert!(challenges <= 4, "{challenges} requests to sign in");
}

#[tokio::test]
async fn a_cut_short_join_survives_one_attempt_to_reopen_it_at_a_wrong_address() {
    let rig = joining_rig().await;
    let (link, mine) = (for_one(&rig).await, store());
    let builder = Space::builder(link.server()).store(Arc::clone(&mine));
    let network = network_for(1) as Arc<dyn Transport>;
    builder.transport(network).join(&link).await.unwrap_err();
    let wrong = Space::builder("http://127.0.0.1:1").store(Arc::clone(&mine));
    wrong.reopen(&link.space()).await.unwrap_err();
    let space = Space::join(&link, mine).await;
    assert!(space.is_ok(), "{}", space.unwrap_err());
}
