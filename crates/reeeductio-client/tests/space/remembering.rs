//! The server is checked against what a local store remembers, also after a restart.

use std::sync::Arc;

use reeeductio_client::store::Batch;
use reeeductio_client::store::records::forget_all_seen;
use reeeductio_client::transport::TransportError;
use reeeductio_client::{
    ClientError, Content, Identity, Keyring, MemoryStore, Range, Records, Space, Store,
    VerifiedMessage,
};
use reeeductio_proto::api::MessagePage;
use reeeductio_proto::{MemberKind, Message, Operation, encoding};

use crate::history::{bodies, listing, serve, signed};
use crate::rig::{Rig, data_path, path, topic};

/// A space whose five messages were read, and what was remembered of them.
async fn rig_read_before() -> (Rig, Arc<MemoryStore>, Vec<Message>) {
    let rig = Rig::start().await;
    for n in 0..5 {
        post(&rig.owner, n).await;
    }
    let store = Arc::new(MemoryStore::default());
    let (space, _) = rig.restarted(&store);
    let read = space
        .topic(&topic("general"))
        .history()
        .all()
        .await
        .unwrap();
    let read = read.into_iter().map(VerifiedMessage::into_message);
    (rig, store, read.collect())
}

async fn post(space: &Space, n: u8) {
    space
        .topic(&topic("general"))
        .post(Content::Plain(&[n]), "n")
        .await
        .unwrap();
}

fn code<T: std::fmt::Debug>(result: Result<T, ClientError>) -> String {
    result.unwrap_err().code_text().to_owned()
}

#[tokio::test]
async fn a_topic_that_ends_earlier_than_before_the_restart_is_refused() {
    let (rig, store, read) = rig_read_before().await;
    let (space, network) = rig.restarted(&store);
    let general = topic("general");
    assert_eq!(
        space.topic(&general).history().all().await.unwrap().len(),
        5
    );
    serve(&network, &bodies(&read[..3]));
    assert_eq!(
        code(space.topic(&general).history().all().await),
        "verify.rolled_back"
    );
    assert_eq!(
        code(space.topic(&general).newest().await),
        "verify.rolled_back"
    );
    assert_eq!(
        code(space.topic(&general).head().await),
        "verify.rolled_back"
    );
    let first = space.topic(&general).page(Range::first(10)).await;
    assert_eq!(code(first), "verify.rolled_back");
    let last = space.topic(&general).page(Range::last(10)).await;
    assert_eq!(code(last), "verify.rolled_back");
    serve(&network, &[]);
    assert_eq!(
        code(space.topic(&general).newest().await),
        "verify.withheld"
    );
    // Without what was remembered, nobody can tell.
    let (forgetful, network) = rig.meddled();
    serve(&network, &bodies(&read[..3]));
    assert_eq!(
        forgetful
            .topic(&general)
            .history()
            .all()
            .await
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn a_second_history_of_a_topic_is_refused() {
    let (rig, store, read) = rig_read_before().await;
    let (space, network) = rig.restarted(&store);
    let general = topic("general");
    let time = read[4].server_timestamp;
    let owner = Identity::from_seed(&[1; 32]);
    let fork = signed(&rig, &owner, Some(&read[3]), time, b"another fourth");
    let after_fork = signed(&rig, &owner, Some(&fork), time + 1, b"and what follows it");

    let mut history = read[..4].to_vec();
    history.extend([fork, after_fork]);
    let history = bodies(&history);
    serve(&network, &history);
    assert_eq!(
        code(space.topic(&general).history().all().await),
        "verify.fork"
    );
    // Also when only what lies behind the fork is looked at.
    assert_eq!(code(space.topic(&general).newest().await), "verify.fork");
}

#[tokio::test]
async fn a_message_that_is_left_out_is_refused() {
    let (rig, store, read) = rig_read_before().await;
    post(&rig.owner, 5).await;
    let (space, network) = rig.restarted(&store);
    let known = read[4].message_hash.to_string();
    listing(&network, move |all| {
        all.retain(|message| message.message_hash != known);
    });
    let since = Range::since(read[4].server_timestamp, 10);
    let page = space.topic(&topic("general")).page(since).await;
    assert_eq!(code(page), "verify.withheld");
}

#[tokio::test]
async fn own_posts_are_remembered_and_must_stay() {
    let (rig, store, read) = rig_read_before().await;
    let general = topic("general");
    let (space, network) = rig.restarted(&store);
    let posted = space
        .topic(&general)
        .post(Content::Plain(b"mine"), "n")
        .await
        .unwrap();
    network.requests();
    let kept = space.topic(&general).message(posted.hash).await.unwrap();
    assert_eq!(kept.bytes().unwrap(), b"mine");
    assert!(network.requests().is_empty());
    space.topic(&general).fetch(posted.hash).await.unwrap();
    assert_eq!(network.requests().len(), 1);

    let (space, network) = rig.restarted(&store);
    serve(&network, &bodies(&read));
    assert_eq!(
        code(space.topic(&general).newest().await),
        "verify.rolled_back"
    );
}

#[tokio::test]
async fn heads_are_never_taken_from_the_store() {
    let (rig, store, read) = rig_read_before().await;
    let general = topic("general");
    let (space, network) = rig.restarted(&store);
    let head = space.topic(&general).head().await.unwrap();
    assert_eq!(head, Some(read[4].message_hash));
    post(&rig.owner, 5).await;
    network.requests();
    assert_ne!(space.topic(&general).head().await.unwrap(), head);
    assert!(
        network
            .requests()
            .contains(&"Get topics/general/messages".to_owned())
    );
    for n in 6..12 {
        post(&space, n).await;
        post(&rig.owner, n + 100).await;
    }
    assert_eq!(
        space.topic(&general).history().all().await.unwrap().len(),
        18
    );
}

#[tokio::test]
async fn what_others_posted_in_between_is_read_to_prove_one_history() {
    let (rig, store, _) = rig_read_before().await;
    let general = topic("general");
    let user = rig.user(2, &[(Operation::Write, "topics/{any}")]).await;
    for n in 5..9 {
        post(&user, n).await;
    }
    let (space, _) = rig.restarted(&store);
    let newest = space.topic(&general).newest().await.unwrap().unwrap();
    assert_eq!(newest.bytes().unwrap(), [8]);
    let stored = space
        .topic(&general)
        .stored(Range::first(100))
        .await
        .unwrap();
    let stored: Vec<u8> = stored
        .iter()
        .map(|message| message.bytes().unwrap()[0])
        .collect();
    assert_eq!(stored, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn an_honest_server_is_never_accused_however_much_happens_at_once() {
    let (rig, store, _) = rig_read_before().await;
    let user = rig.user(2, &[(Operation::Write, "topics/{any}")]).await;
    let (space, _) = rig.restarted(&store);
    let mut tasks = Vec::new();
    for n in 0..4 {
        for writer in [&space, &user] {
            let writer = writer.clone();
            tasks.push(tokio::spawn(async move {
                for _ in 0..5 {
                    post(&writer, n).await;
                }
            }));
        }
        let space = space.clone();
        tasks.push(tokio::spawn(async move {
            let general = topic("general");
            for _ in 0..5 {
                space.topic(&general).newest().await.unwrap();
                space.topic(&general).page(Range::first(7)).await.unwrap();
                space.topic(&general).page(Range::last(7)).await.unwrap();
                space.topic(&general).history().all().await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let all = space
        .topic(&topic("general"))
        .history()
        .all()
        .await
        .unwrap();
    assert_eq!(all.len(), 45);
    let records = Records::new(store, space.id());
    assert_eq!(records.count().await.unwrap(), 47);
}

#[tokio::test]
async fn an_old_data_entry_is_refused_after_a_restart() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (space, network) = rig.restarted(&store);
    let one = data_path("one");
    space
        .data()
        .set(&one, Content::Sealed(b"old"))
        .await
        .unwrap();
    let old = Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = Arc::clone(&old);
    network.with(move |_, _, body| keep.lock().unwrap().clone_from(body));
    space.data().entry(&one).await.unwrap();
    network.with(|_, _, _| {});
    rig.owner
        .data()
        .set(&one, Content::Sealed(b"new"))
        .await
        .unwrap();
    space.data().entry(&one).await.unwrap();

    let (space, network) = rig.restarted(&store);
    space.session().sign_in().await.unwrap();
    network.with(move |_, _, body| body.clone_from(&old.lock().unwrap()));
    assert_eq!(code(space.data().entry(&one).await), "verify.rolled_back");
    let (forgetful, network) = rig.meddled();
    forgetful.session().sign_in().await.unwrap();
    let (_, entry) = (network, forgetful.data().open(&one).await.unwrap());
    assert_eq!(entry, b"new");
}

#[tokio::test]
async fn the_state_is_read_on_from_where_it_was_and_must_be_the_same() {
    let rig = Rig::start().await;
    for n in 0..4 {
        rig.owner
            .state()
            .set(&path("a"), Content::Plain(&[n]))
            .await
            .unwrap();
    }
    let store = Arc::new(MemoryStore::default());
    let (space, _) = rig.restarted(&store);
    assert_eq!(space.state().value(&path("a")).await.unwrap(), [3]);

    // Only what is new is asked for.
    let (space, network) = rig.restarted(&store);
    let asked = Arc::new(std::sync::Mutex::new(0));
    let count = Arc::clone(&asked);
    network.with(move |route, _, body| {
        if route.starts_with("topics/state/messages?") {
            let page: MessagePage = serde_json::from_slice(body).unwrap();
            *count.lock().unwrap() += page.messages.len();
        }
    });
    assert_eq!(space.state().value(&path("a")).await.unwrap(), [3]);
    assert_eq!(*asked.lock().unwrap(), 1);

    // The entry before the last, and no list that could tell.
    let (space, network) = rig.restarted(&store);
    network.with(move |route, _, body| {
        if route.starts_with("topics/state/messages?") {
            let mut page: MessagePage = serde_json::from_slice(body).unwrap();
            page.messages.clear();
            *body = serde_json::to_vec(&page).unwrap();
        }
    });
    assert_eq!(
        code(space.state().entry(&path("a")).await),
        "verify.withheld"
    );
}

#[tokio::test]
async fn a_damaged_store_is_named_as_such() {
    let (rig, store, read) = rig_read_before().await;
    let records = Records::new(Arc::clone(&store) as Arc<_>, rig.owner.id());
    records.delete_messages(None, None).await.unwrap();
    let mut damaged = read[4].clone();
    damaged.data = read[3].data.clone();
    let batch = Batch {
        messages: vec![damaged.into()],
        ..Batch::default()
    };
    records.save(batch).await.unwrap();
    let (space, _) = rig.restarted(&store);
    let general = topic("general");
    let read = space.topic(&general).message(read[4].message_hash).await;
    assert_eq!(code(read), "store.damaged");
    let all = space.topic(&general).stored(Range::first(10)).await;
    assert_eq!(code(all), "store.damaged");
}

#[tokio::test]
async fn a_state_that_was_read_before_is_not_read_again() {
    let rig = Rig::start().await;
    let user = rig
        .user(2, &[(Operation::Write, "state/notes/{any}")])
        .await;
    for n in 0..80_u8 {
        let at = path(&format!("notes/{}", n % 7));
        user.state().set(&at, Content::Plain(&[n])).await.unwrap();
    }
    let store = Arc::new(MemoryStore::default());
    let (space, _) = rig.restarted(&store);
    let at = path("notes/2");
    assert_eq!(space.state().value(&at).await.unwrap(), [79]);
    let records = Records::new(Arc::clone(&store) as _, space.id());
    let kept = records.snapshot().await.unwrap().expect("a snapshot");
    user.state()
        .set(&at, Content::Plain(b"after the snapshot"))
        .await
        .unwrap();
    rig.owner.members().remove(&user.member()).await.unwrap();

    // Even without the messages from which it came about.
    records.delete_messages(None, None).await.unwrap();
    let (space, network) = rig.restarted(&store);
    let read = space.state().value(&at).await.unwrap();
    assert_eq!(read, b"after the snapshot");
    assert!(
        space
            .members()
            .list(MemberKind::User)
            .await
            .unwrap()
            .is_empty()
    );
    let asked = network.requests();
    let pages = asked
        .iter()
        .filter(|line| *line == "Get topics/state/messages");
    assert_eq!(pages.count(), 2, "{asked:?}");

    // One that somebody else wrote does not count: the messages do.
    let mut forged = kept;
    forged.bytes.reverse();
    let batch = Batch {
        snapshot: Some(forged),
        ..Batch::default()
    };
    records.save(batch).await.unwrap();
    let (space, _) = rig.restarted(&store);
    let read = space.state().value(&at).await.unwrap();
    assert_eq!(read, b"after the snapshot");
}

#[tokio::test]
async fn without_a_connection_what_was_read_last_is_read_from_the_store() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (space, _) = rig.restarted(&store);
    let (one, two) = (data_path("one"), data_path("two"));
    let at = path("a");
    post(&rig.owner, 1).await;
    rig.owner
        .state()
        .set(&at, Content::Plain(b"state"))
        .await
        .unwrap();
    rig.owner
        .data()
        .set(&one, Content::Plain(b"theirs"))
        .await
        .unwrap();
    space
        .topic(&topic("general"))
        .history()
        .all()
        .await
        .unwrap();
    space.state().entry(&at).await.unwrap();
    space.data().entry(&one).await.unwrap();
    space
        .data()
        .set(&two, Content::Plain(b"own"))
        .await
        .unwrap();

    let (space, network) = rig.restarted(&store);
    network.on_request(async |_| Err(TransportError::Connect("no network".to_owned())));
    space.state().entry(&at).await.unwrap_err();
    let messages = space.topic(&topic("general")).stored(Range::last(1)).await;
    assert_eq!(messages.unwrap()[0].bytes().unwrap(), [1]);
    let state = space.state().stored(&at).await.unwrap().unwrap();
    assert_eq!(state.bytes().unwrap(), b"state");
    assert!(
        space
            .state()
            .stored(&path("never"))
            .await
            .unwrap()
            .is_none()
    );
    for (at, expected) in [(&one, &b"theirs"[..]), (&two, b"own")] {
        let entry = space.data().stored(at).await.unwrap().unwrap();
        assert_eq!(encoding::decode(&entry.data).unwrap(), expected);
    }
    let never = space.data().stored(&data_path("never")).await.unwrap();
    assert!(never.is_none());

    let (space, _) = rig.restarted(&store);
    space.data().delete(&two).await.unwrap();
    assert!(space.data().stored(&two).await.unwrap().is_none());
}

#[tokio::test]
async fn a_store_that_is_cleared_of_what_was_seen_keeps_the_keys_and_what_waits_to_be_sent() {
    let rig = Rig::start().await;
    let store = Arc::<MemoryStore>::default();
    let (space, _) = rig.restarted(&store);
    let general = space.topic(&topic("general"));
    general.post(Content::Sealed(b"seen"), "n").await.unwrap();
    let path = data_path("x");
    space.data().set(&path, Content::Plain(b"x")).await.unwrap();
    let waits = Content::Sealed(b"waits");
    space.outbox().add(general.id(), "n", waits).await.unwrap();
    let keyring = Keyring::new(Arc::clone(&store) as Arc<dyn Store>);
    keyring.keep(&space.credentials()).await.unwrap();
    drop(space);

    forget_all_seen(&*store).await.unwrap();
    let (space, _) = rig.restarted(&store);
    let general = space.topic(&topic("general"));
    assert!(general.stored(Range::first(10)).await.unwrap().is_empty());
    assert_eq!(keyring.list().await.unwrap().len(), 1);
    assert_eq!(space.outbox().send().await.unwrap().len(), 1);
    assert_eq!(general.history().all().await.unwrap().len(), 2);
}
