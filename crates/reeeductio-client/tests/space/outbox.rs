//! Messages that wait on this machine until the server has them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reeeductio_client::store::{Change, Durability, Scan, Scanned, Store, Stored};
use reeeductio_client::transport::TransportError;
use reeeductio_client::{Content, Identity, MemoryStore, Space};
use reeeductio_proto::{ErrorCode, Operation};

use crate::rig::{Rig, root, soon, topic};

async fn contents(space: &Space, name: &str) -> Vec<Vec<u8>> {
    let all = space.topic(&topic(name)).history().all().await.unwrap();
    all.iter().map(|one| one.bytes().unwrap()).collect()
}

#[tokio::test]
async fn what_was_added_without_a_connection_is_sent_in_order_after_a_restart() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (space, network) = rig.restarted(&store);
    network.on_request(|_| async { Err(TransportError::Connect("refused".to_owned())) });
    for (name, data) in [("one", b"1"), ("two", b"2"), ("one", b"3")] {
        space
            .outbox()
            .add(&topic(name), "n", Content::Plain(data))
            .await
            .unwrap();
    }
    let error = space.outbox().send().await.unwrap_err();
    assert_eq!(error.code_text(), "transport.connect");
    drop(space);

    rig.owner
        .topic(&topic("one"))
        .post(Content::Plain(b"0"), "n")
        .await
        .unwrap();
    let (space, _) = rig.restarted(&store);
    let waiting = space.outbox().waiting(10).await.unwrap();
    let topics: Vec<&str> = waiting.iter().map(|one| one.topic.as_str()).collect();
    assert_eq!(topics, ["one", "two", "one"]);
    let sent = space.outbox().send().await.unwrap();
    assert_eq!(sent.len(), 3);
    assert!(space.outbox().waiting(10).await.unwrap().is_empty());
    assert_eq!(contents(&space, "one").await, [b"0", b"1", b"3"]);
    assert_eq!(contents(&space, "two").await, [b"2"]);
}

#[tokio::test]
async fn what_was_stored_before_the_program_ended_is_not_stored_again() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (space, network) = rig.restarted(&store);
    space.topic(&topic("one")).newest().await.unwrap();
    let number = space
        .outbox()
        .add(&topic("one"), "n", Content::Plain(b"once"))
        .await
        .unwrap();
    // Everything after the post is lost, as if the program had ended there.
    let posted = AtomicBool::new(false);
    network.on_answer(move |line| {
        if line == "Post topics/one/messages" {
            posted.store(true, Ordering::SeqCst);
        }
        let lost = posted.load(Ordering::SeqCst);
        async move {
            if lost {
                Err(TransportError::Timeout)
            } else {
                Ok(())
            }
        }
    });
    space.outbox().send().await.unwrap_err();
    drop(space);
    rig.owner
        .topic(&topic("one"))
        .post(Content::Plain(b"later"), "n")
        .await
        .unwrap();

    let (space, _) = rig.restarted(&store);
    let sent = space.outbox().send().await.unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].number, number);
    assert_eq!(contents(&space, "one").await, [&b"once"[..], b"later"]);
    let all = space.topic(&topic("one")).history().all().await.unwrap();
    assert_eq!(sent[0].position.hash, all[0].message_hash);
}

#[tokio::test]
async fn two_messages_that_say_the_same_are_both_sent() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    for _ in 0..2 {
        let (space, _) = rig.restarted(&store);
        for _ in 0..2 {
            space
                .outbox()
                .add(&topic("one"), "n", Content::Plain(b"hi"))
                .await
                .unwrap();
        }
        space.outbox().send_next().await.unwrap();
    }
    let (space, _) = rig.restarted(&store);
    space.outbox().send().await.unwrap();
    assert_eq!(contents(&space, "one").await, [b"hi"; 4]);
}

#[tokio::test]
async fn two_programs_with_one_store_send_each_message_once() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (one, _) = rig.restarted(&store);
    let (two, _) = rig.restarted(&store);
    for n in 0..10_u8 {
        let space = if n % 2 == 0 { &one } else { &two };
        space
            .outbox()
            .add(&topic("one"), "n", Content::Sealed(&[n]))
            .await
            .unwrap();
    }
    let (one_outbox, two_outbox) = (one.outbox(), two.outbox());
    let (a, b) = tokio::join!(one_outbox.send(), two_outbox.send());
    a.unwrap();
    b.unwrap();
    let all = rig
        .owner
        .topic(&topic("one"))
        .history()
        .all()
        .await
        .unwrap();
    let opened: Vec<Vec<u8>> = all
        .iter()
        .map(|message| rig.owner.open_message(message).unwrap())
        .collect();
    let expected: Vec<Vec<u8>> = (0..10).map(|n| vec![n]).collect();
    assert_eq!(opened, expected);
}

/// A user that may write in the topic `open` alone, with a store.
async fn limited_user(rig: &Rig) -> Space {
    let user = rig.user(2, &[(Operation::Write, "topics/open")]).await;
    let keys = Identity::from_seed(&[2; 32]);
    Space::builder(&rig.server.url())
        .store(Arc::new(MemoryStore::default()))
        .open(user.id(), user.member(), keys, &root())
        .unwrap()
}

#[tokio::test]
async fn what_the_server_refuses_waits_until_it_is_discarded_and_holds_up_its_topic_alone() {
    let rig = Rig::start().await;
    let outbox = limited_user(&rig).await.outbox();
    let add = async |name: &str, data: &[u8]| {
        let content = Content::Plain(data);
        outbox.add(&topic(name), "n", content).await.unwrap()
    };
    let too_large = vec![b'x'; 80_000];
    let denied = add("closed", b"no").await;
    add("open", b"yes").await;
    let large = add("open", &too_large).await;
    let behind = add("open", b"behind").await;
    let error = outbox.send().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::PermissionDenied));
    assert_eq!(
        error.to_string(),
        format!(
            "message {denied} of the outbox, for the topic closed: {}; discard it to go on",
            error.refusal().unwrap()
        )
    );
    assert_eq!(error.draft().unwrap().number, denied);
    let waiting = outbox.waiting(10).await.unwrap();
    let numbers: Vec<u64> = waiting.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [denied, large, behind]);
    assert_eq!(contents(&rig.owner, "open").await, [b"yes"]);

    outbox.discard(denied).await.unwrap();
    let error = soon(outbox.keep_sending()).await.unwrap_err();
    assert_eq!(error.draft().unwrap().number, large);
    outbox.discard(large).await.unwrap();
    assert_eq!(outbox.send().await.unwrap().len(), 1);
    assert_eq!(contents(&rig.owner, "open").await, [&b"yes"[..], b"behind"]);
}

#[tokio::test]
async fn a_failure_that_passes_by_itself_keeps_its_own_words() {
    let rig = Rig::start().await;
    let (space, network) = rig.restarted(&Arc::new(MemoryStore::default()));
    let outbox = space.outbox();
    outbox
        .add(&topic("one"), "n", Content::Plain(b"1"))
        .await
        .unwrap();
    network.on_request(|_| async { Err(TransportError::Timeout) });
    let error = outbox.send().await.unwrap_err();
    assert_eq!(error.code_text(), "transport.timeout");
    assert!(error.draft().is_none());
}

#[tokio::test]
async fn messages_that_are_added_at_once_have_the_numbers_of_their_order_and_cost_one_commit_each()
{
    let rig = Rig::start().await;
    let store = Arc::new(Counting::default());
    let keys = Identity::from_seed(&[1; 32]);
    let space = Space::builder(&rig.server.url())
        .store(Arc::clone(&store) as Arc<dyn Store>)
        .open(rig.owner.id(), rig.owner.member(), keys, &root())
        .unwrap();
    let (outbox, one) = (space.outbox(), topic("one"));
    let adding = (0..100_u8).map(|n| {
        let (outbox, one) = (&outbox, &one);
        async move { outbox.add(one, "n", Content::Plain(&[n])).await.unwrap() }
    });
    let numbers = futures_util::future::join_all(adding).await;
    assert!(numbers.is_sorted());
    let waiting = outbox.waiting(1000).await.unwrap();
    assert_eq!(waiting.len(), 100);
    let inserted = store.drafts.load(Ordering::SeqCst);
    assert_eq!(inserted, 100, "drafts were written that many times");
}

/// A store that counts how often a draft is written, and lets others run meanwhile.
#[derive(Debug, Default)]
struct Counting {
    store: MemoryStore,
    drafts: AtomicUsize,
}

impl Store for Counting {
    fn get(&self, keys: Vec<Vec<u8>>) -> Stored<'_, Vec<Option<Vec<u8>>>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.store.get(keys).await
        })
    }

    fn scan(&self, scan: Scan) -> Stored<'_, Scanned> {
        self.store.scan(scan)
    }

    fn commit(&self, changes: Vec<Change>, durability: Durability) -> Stored<'_, ()> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            // Drafts (`spec/local-store.md`).
            let is_draft = |change: &&Change| matches!(change, Change::Insert { key, .. } if key.first() == Some(&7));
            let drafts = changes.iter().filter(is_draft).count();
            self.drafts.fetch_add(drafts, Ordering::SeqCst);
            self.store.commit(changes, durability).await
        })
    }

    fn clear(&self) -> Stored<'_, ()> {
        self.store.clear()
    }
}

#[tokio::test]
async fn a_running_outbox_sends_what_is_added() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (space, _) = rig.restarted(&store);
    let outbox = space.outbox();
    let running = tokio::spawn(async move { outbox.keep_sending().await });
    let mut live = rig.owner.live().await.unwrap();
    for n in 0..3_u8 {
        space
            .outbox()
            .add(&topic("one"), "n", Content::Plain(&[n]))
            .await
            .unwrap();
        let message = soon(live.next()).await.unwrap().unwrap();
        assert_eq!(message.bytes().unwrap(), [n]);
    }
    running.abort();
}

#[tokio::test]
async fn without_a_store_there_is_no_outbox() {
    let rig = Rig::start().await;
    let error = rig
        .owner
        .outbox()
        .add(&topic("one"), "n", Content::Plain(b"x"))
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "client.argument");
}

/// A store whose reads of drafts are late.
#[derive(Debug)]
struct Slow(Arc<MemoryStore>);

impl Store for Slow {
    fn get(&self, keys: Vec<Vec<u8>>) -> Stored<'_, Vec<Option<Vec<u8>>>> {
        Box::pin(async move {
            // Drafts and their receipts (`spec/local-store.md`).
            if keys.iter().any(|key| matches!(key.first(), Some(7 | 13))) {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            self.0.get(keys).await
        })
    }

    fn scan(&self, scan: Scan) -> Stored<'_, Scanned> {
        self.0.scan(scan)
    }

    fn commit(&self, changes: Vec<Change>, durability: Durability) -> Stored<'_, ()> {
        self.0.commit(changes, durability)
    }

    fn clear(&self) -> Stored<'_, ()> {
        self.0.clear()
    }
}

#[tokio::test]
async fn a_draft_that_another_program_sends_at_once_is_added_once() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (other, _) = rig.restarted(&store);
    let keys = Identity::from_seed(&[1; 32]);
    let slow = Space::builder(&rig.server.url())
        .store(Arc::new(Slow(store)))
        .open(other.id(), other.member(), keys, &root())
        .unwrap();
    let (sending, outbox, one) = (other.outbox(), slow.outbox(), topic("one"));
    let added = tokio::select! {
        added = outbox.add(&one, "n", Content::Plain(b"once")) => added,
        sent = async {
            loop {
                if let Err(error) = sending.send().await {
                    break Err(error);
                }
                tokio::task::yield_now().await;
            }
        } => sent,
    };
    added.unwrap();
    sending.send().await.unwrap();
    assert_eq!(contents(&rig.owner, "one").await, [b"once"]);
}
