//! Histories and live messages as streams.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::{StreamExt as _, TryStreamExt as _, future, poll};
use reeeductio_client::{ClientError, Content, Frame, Identity, Space, Store, VerifiedMessage};
use reeeductio_proto::{Operation, TopicId};
use tokio::sync::Notify;

use crate::history::{bodies, chain, frame, listing, serve_pages_of, signed};
use crate::meddled::Meddled;
use crate::rig::{Rig, path, root, soon, topic};
use crate::watched::Watched;

/// The content of a message, or the code of an error.
fn told(item: Result<VerifiedMessage, ClientError>) -> String {
    match item {
        Ok(message) => String::from_utf8(message.bytes().unwrap()).unwrap(),
        Err(error) => error.code_text().to_owned(),
    }
}

async fn post(rig: &Rig, name: &str, texts: &[&str]) {
    for text in texts {
        let posted = rig
            .owner
            .topic(&topic(name))
            .post(Content::Plain(text.as_bytes()), "n")
            .await;
        posted.unwrap();
    }
}

#[tokio::test]
async fn a_history_goes_on_from_its_cursor_and_after_its_end() {
    let rig = Rig::start().await;
    post(&rig, "one", &["a", "b", "c"]).await;
    let one = rig.owner.topic(&topic("one"));
    let mut history = one.history();
    assert_eq!(history.cursor(), None);
    let first = history.next().await.unwrap().unwrap();
    assert_eq!(first.bytes().unwrap(), b"a");
    assert_eq!(history.cursor(), Some(first.position()));

    let rest = one.history_after(history.cursor());
    let rest: Vec<String> = rest.map(told).collect().await;
    assert_eq!(rest, ["b", "c"]);

    let page = history.next_page().await.unwrap().unwrap();
    assert_eq!((page.messages.len(), page.has_more), (2, false));
    assert!(history.next().await.is_none());
    post(&rig, "one", &["d"]).await;
    assert_eq!(history.next().await.map(told).unwrap(), "d");
    assert!(history.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn a_forged_message_is_an_error_in_its_place_and_hides_nothing() {
    let rig = Rig::start().await;
    post(&rig, "general", &["a", "b", "c", "d"]).await;
    let (space, network) = rig.meddled();
    let stranger = Identity::from_seed(&[8; 32]).user_id().to_string();
    listing(&network, move |all| all[1].sender.clone_from(&stranger));
    let general = space.topic(&topic("general"));
    let items: Vec<String> = general.history().map(told).collect().await;
    assert_eq!(items, ["a", "verify.message_hash", "c", "d"]);
    let all: Result<Vec<_>, _> = general.history().try_collect().await;
    assert_eq!(all.unwrap_err().code_text(), "verify.message_hash");
}

#[tokio::test]
async fn a_topic_live_gives_its_own_messages_only() {
    let rig = Rig::start().await;
    post(&rig, "one", &["old"]).await;
    let one = rig.owner.topic(&topic("one"));
    let mut from_now = soon(one.live()).await.unwrap();
    let mut all = soon(one.live_after(None)).await.unwrap();
    // By somebody whose right is given by messages that neither stream gives.
    let user = rig.user(2, &[(Operation::Create, "topics/{any}")]).await;
    rig.owner
        .state()
        .set(&path("a"), Content::Plain(b"state"))
        .await
        .unwrap();
    for name in ["other", "one"] {
        let there = user.topic(&topic(name));
        there.post(Content::Plain(b"new"), "n").await.unwrap();
    }
    assert_eq!(soon(from_now.next()).await.map(told).unwrap(), "new");
    assert_eq!(soon(all.next()).await.map(told).unwrap(), "old");
    let last = soon(all.next()).await.unwrap().unwrap();
    assert_eq!(last.bytes().unwrap(), b"new");

    post(&rig, "one", &["newest"]).await;
    let mut rest = soon(one.live_after(Some(last.position()))).await.unwrap();
    assert_eq!(soon(rest.next()).await.map(told).unwrap(), "newest");
}

#[tokio::test]
async fn live_messages_are_a_stream_with_its_combinators() {
    let rig = Rig::start().await;
    post(&rig, "one", &["a", "b"]).await;
    let live = soon(rig.owner.topic(&topic("one")).live_after(None)).await;
    let mut live = live.unwrap().map(told);
    assert_eq!(soon(live.next()).await.unwrap(), "a");
    post(&rig, "one", &["c"]).await;
    let rest: Vec<String> = soon(live.take(2).collect()).await;
    assert_eq!(rest, ["b", "c"]);
}

#[tokio::test]
async fn a_stream_that_nobody_polls_keeps_no_one_from_reading_the_state() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Create, "topics/{any}")]).await;
    let general = topic("general");
    user.topic(&general)
        .post(Content::Plain(b"by the user"), "n")
        .await
        .unwrap();
    let (space, network) = rig.meddled();
    let (asked, answered) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (asking, answering) = (Arc::clone(&asked), Arc::clone(&answered));
    network.on_answer(move |line| {
        let (asking, answering) = (Arc::clone(&asking), Arc::clone(&answering));
        async move {
            if line.contains("state") {
                asking.notify_one();
                answering.notified().await;
                answering.notify_one();
            }
            Ok(())
        }
    });
    // Left alone where it waits for the state.
    let mut history = space.topic(&general).history();
    {
        let mut next = Box::pin(history.next());
        let mut asked = Box::pin(asked.notified());
        while poll!(&mut asked).is_pending() {
            assert!(poll!(&mut next).is_pending());
            tokio::task::yield_now().await;
        }
    }
    answered.notify_one();
    soon(space.members().authority()).await.unwrap();
    let message = soon(history.next()).await.unwrap().unwrap();
    assert_eq!(message.bytes().unwrap(), b"by the user");
}

#[tokio::test]
async fn the_state_is_followed_from_where_the_program_says() {
    let rig = Rig::start().await;
    let first = rig
        .owner
        .state()
        .set(&path("a"), Content::Plain(b"1"))
        .await
        .unwrap();
    rig.owner
        .state()
        .set(&path("b"), Content::Plain(b"2"))
        .await
        .unwrap();
    let mut live = rig
        .owner
        .topic(&TopicId::state())
        .live_after(Some(first))
        .await
        .unwrap();
    let message = soon(live.next()).await.unwrap().unwrap();
    assert_eq!(message.kind, "b");
}

#[tokio::test]
async fn a_history_that_may_not_be_read_comes_to_an_end() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Read, "topics/open")]).await;
    let readable = user
        .topic(&topic("secret"))
        .history()
        .filter_map(|item| future::ready(item.ok()))
        .count();
    assert_eq!(soon(readable).await, 0);
}

/// Serves four messages in pages of `longest`. One of them, counted from 0, has another content than was signed.
fn serve_forged(rig: &Rig, network: &Meddled, forged: usize, longest: usize) {
    let keys = Identity::from_seed(&[1; 32]);
    let texts = [(1000, "a"), (2000, "b"), (3000, "c"), (4000, "d")];
    let mut wrong = bodies(&chain(rig, &keys, texts));
    "eA==".clone_into(&mut wrong[forged].data);
    serve_pages_of(longest, network, &wrong);
}

#[tokio::test]
async fn a_stream_does_not_ask_for_the_same_forged_page_for_ever() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    serve_forged(&rig, &network, 1, 2);
    let mut live = soon(space.topic(&topic("general")).live_after(None))
        .await
        .unwrap();
    let mut frames = Vec::new();
    for _ in 0..20 {
        match soon(live.next_frame()).await {
            Ok(Some(Frame::Message(message))) => frames.push(message.data.clone()),
            Ok(Some(Frame::Refused(refused))) => {
                frames.push(format!("refused {}", refused.position.timestamp));
            }
            Ok(Some(Frame::Ping)) => {}
            Ok(None) => break,
            // It says so, as a history does.
            Err(_) => return,
        }
    }
    panic!("{frames:?}");
}

#[tokio::test]
async fn a_forged_message_at_the_end_of_a_page_is_told_once() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    serve_forged(&rig, &network, 2, 3);
    let items: Vec<String> = space
        .topic(&topic("general"))
        .history()
        .map(told)
        .take(10)
        .collect()
        .await;
    assert_eq!(items, ["a", "b", "verify.message_hash", "d"]);
}

/// Pushes `count` frames to a stream that nobody polls, and counts what comes of them until a ping.
async fn kept_of(count: usize, text: impl Fn(usize) -> String) -> usize {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let mut live = soon(space.live()).await.unwrap();
    for n in 0..count {
        network.push(text(n));
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
    }
    network.push(r#"{"type": "ping"}"#.to_owned());
    let mut came = 0;
    loop {
        match soon(live.next_frame()).await {
            Ok(Some(Frame::Ping)) => return came,
            Ok(Some(Frame::Refused(_))) | Err(ClientError::Answer(_)) => came += 1,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn types_of_messages_count_towards_what_is_kept_for_a_stream() {
    let rig = Rig::start().await;
    let keys = Identity::from_seed(&[1; 32]);
    let message = signed(&rig, &keys, None, 1000, b"a");
    let came = kept_of(12, move |_| {
        let mut body = bodies(std::slice::from_ref(&message)).remove(0);
        body.kind = "k".repeat(1 << 20);
        serde_json::to_string(&body).unwrap()
    })
    .await;
    assert!(came <= 4, "{came} MiB were kept");
}

#[tokio::test]
async fn what_cannot_be_understood_counts_towards_what_is_kept_for_a_stream() {
    let came = kept_of(12, |_| {
        let long = "k".repeat(1 << 20);
        format!(r#"{{"message_hash": "x", "server_timestamp": "{long}"}}"#)
    })
    .await;
    assert!(came <= 4, "{came} MiB were kept");
}

#[tokio::test]
async fn a_message_that_could_not_be_kept_comes_once_it_can_be() {
    let rig = Rig::start().await;
    let store = Arc::new(Watched::default());
    let keys = Identity::from_seed(&[1; 32]);
    let space = Space::builder(&rig.server.url())
        .store(Arc::clone(&store) as Arc<dyn Store>)
        .open(rig.owner.id(), keys.user_id(), keys, &root())
        .unwrap();
    let general = topic("general");
    let there = rig.owner.topic(&general);
    there.post(Content::Plain(b"0"), "n").await.unwrap();
    let mut live = soon(space.topic(&general).live()).await.unwrap();
    store.full.store(true, Ordering::SeqCst);
    there.post(Content::Plain(b"1"), "n").await.unwrap();
    let error = soon(live.next()).await.unwrap().unwrap_err();
    assert_eq!(error.code_text(), "store.unavailable");
    store.full.store(false, Ordering::SeqCst);
    there.post(Content::Plain(b"2"), "n").await.unwrap();
    let message = soon(live.next()).await.unwrap().unwrap();
    assert_eq!(message.bytes().unwrap(), b"1");
}

#[tokio::test]
async fn a_pushed_message_in_the_place_of_ones_own_post_is_a_fork() {
    let rig = Rig::start().await;
    rig.user(2, &[(Operation::Create, "topics/{any}")]).await;
    let (space, network) = rig.meddled();
    let general = space.topic(&topic("general"));
    let mut live = soon(general.live()).await.unwrap();
    let there = rig.owner.topic(&topic("general"));
    there.post(Content::Plain(b"z"), "n").await.unwrap();
    let z = soon(live.next()).await.unwrap().unwrap();
    network.drop_messages(1);
    let own = general.post(Content::Plain(b"own"), "n").await.unwrap();
    let other = Identity::from_seed(&[2; 32]);
    let instead = signed(&rig, &other, Some(&z), own.timestamp + 100, b"instead");
    network.push(frame(&instead));
    let came = soon(live.next()).await.unwrap();
    assert!(came.is_err(), "it was given out");
}
